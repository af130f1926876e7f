"""Text in two languages, through gettext: English in the source, the rest in `ui/locale/*.po`."""

import gettext
import io
import math
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import polib
import streamlit as st

from transformer import InputError
from transformer.errors import Remark
from ui.streamlit_internals import runs_in_session

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
    if not hasattr(_this_run, "language"):
        if not runs_in_session():
            return _asked_for()
        settle()  # a part of a page runs alone, in a thread of its own
    known: str = _this_run.language
    return known


def settle() -> None:
    """Stay with the language that is asked for now: a page asks several hundred times in a run.

    A thread runs the scripts of one session only, and a switch of the language runs the whole page.
    """
    _this_run.language = _asked_for()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Inside, texts are in this language, whatever the session's is."""
    settled = vars(_this_run).copy()
    _this_run.language = language
    try:
        yield
    finally:
        vars(_this_run).clear()
        vars(_this_run).update(settled)


_this_run = threading.local()


def _asked_for() -> str:
    chosen = st.session_state.get("lang") or st.query_params.get("lang")
    return chosen if chosen in LANGUAGES else browser_language()


def explain(error: InputError | Remark) -> str:
    """What an error or a remark says, as Markdown in which nothing that a user typed means anything."""
    values = {
        name: escaped(value) if isinstance(value, str) else value for name, value in error.values.items()
    }
    return t(error.message, **values)


def escaped(text: str) -> str:
    """Text in one line whose signs Markdown shows as they are; names such as `embed_dim` unchanged.

    Addresses, emoji, arrows and dashes are looked for after escapes are gone: text with one is shown as code.
    """
    if text.isidentifier() and text == text.strip("_"):
        return text
    if _LOOKED_FOR.search(text):
        return code_span(text)
    line = re.sub(r"([\\`*_\[\]<>$~:&|#/])", r"\\\1", one_line(text))
    return re.sub(r"^(\d*)([-+.)])", r"\1\\\2", line)  # would begin a list


_LOOKED_FOR = re.compile(r"://|www\.|@|:[-+\w]+:|--|->|<-|>=|<=|~=", re.IGNORECASE)


def one_line(text: str) -> str:
    """Text with single blanks between its words: a line break can begin a list, a heading or code.

    Signs that turn the direction of writing around are left out, as they do so beyond the text, and so are
    those that no font has.
    """
    return " ".join(_UNSEEN.sub("", text).split())


_UNSEEN = re.compile(r"[\0-\x08\x0e-\x1b\x7f\u202a-\u202e\u2066-\u2069]")


def code_span(text: str) -> str:
    """Markdown that shows any text as code, backticks in it included; nothing at all as a blank."""
    text = (
        one_line(text).replace(":material/", ":\u2060material/") or " "
    )  # an icon to Streamlit even in code
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def sentences(*texts: str) -> str:
    """Translated sentences one after another: with a space between them where the language has one."""
    return ("" if language() == "zh" else " ").join(text for text in texts if text)


def listed(texts: Iterable[str]) -> str:
    """Texts one after another in a sentence, with the language's own comma between them."""
    return ("、" if language() == "zh" else ", ").join(texts)


def figure(value: float, spec: str) -> str:
    """A number as `spec` formats it; NaN and infinity have no per cent sign, and 0 has no minus."""
    if math.isnan(value):
        return "NaN"
    return f"{value + 0.0:{spec}}" if math.isfinite(value) else "∞" if value > 0 else "-∞"


def headed(name: object, fact: object) -> str:
    """What is said of a name, with the language's own colon between them."""
    return t("{name}: {fact}", name=name, fact=fact)


_COMMENT = re.compile(r"((?:^|  )# )(.+)$", re.MULTILINE)


def commented(code: str) -> str:
    """Code that was run, for reading: its comments are in this session's language where that has them."""
    return _COMMENT.sub(lambda found: found[1] + _catalogue(language()).gettext(found[2]), code)


def t(message: str, /, **values: object) -> str:
    """`message` in this session's language, its `{names}` filled in from `values`.

    The message is English and written as a literal, so that a test can collect every one and check that
    it is translated.
    """
    text = _catalogue(language()).gettext(message)
    return text.format(**values) if values else text


def message(text: str) -> str:
    """Marks English text that `t` will translate later, so that a test can collect it."""
    return text
