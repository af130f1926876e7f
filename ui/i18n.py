"""Text in two languages, through gettext: English in the source, the rest in `ui/locale/*.po`."""

import gettext
import io
from functools import cache
from pathlib import Path

import polib
import streamlit as st

LANGUAGES = {"en": "English", "zh": "中文"}
"""Language codes and how each language names itself."""

LOCALE = Path(__file__).parent / "locale"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    path = LOCALE / f"{language}.po"
    if not path.exists():
        return gettext.NullTranslations()
    return gettext.GNUTranslations(io.BytesIO(polib.pofile(str(path)).to_binary()))


def browser_language() -> str:
    """The browser's language if there is a catalogue for it, else English."""
    code = (st.context.locale or "en").split("-")[0].lower()
    return code if code in LANGUAGES else "en"


def language() -> str:
    """The language of this session: what the sidebar's switch says, else the address, else the browser."""
    chosen = st.session_state.get("lang") or st.query_params.get("lang")
    return chosen if chosen in LANGUAGES else browser_language()


def sentences(*texts: str) -> str:
    """Translated sentences one after another: with a space between them where the language has one."""
    return ("" if language() == "zh" else " ").join(text for text in texts if text)


def t(message: str, /, **values: object) -> str:
    """`message` in this session's language, its `{names}` filled in from `values`.

    The message is English and written as a literal, so that a test can collect every one and check that
    it is translated.
    """
    text = _catalogue(language()).gettext(message)
    return text.format(**values) if values else text
