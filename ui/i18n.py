"""Text in two languages, through gettext: English in the source, translations in `ui/locale/*.po`."""

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
    """The language of this session: from the sidebar's control, else the address, else the browser."""
    if not hasattr(_this_run, "language"):
        if not runs_in_session():
            return _asked_for()
        settle()  # a fragment run has its own thread
    known: str = _this_run.language
    return known


def settle() -> None:
    """Store the current language for this run, since a page asks for it several hundred times.

    It is stored per thread: a thread runs scripts of one session only, and changing the language reruns the
    whole page, which calls this again.
    """
    _this_run.language = _asked_for()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Translate texts inside into this language, whatever the session's is."""
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
    """The translated text of an error or a remark, as Markdown in which text that a user typed is escaped."""
    values = {
        name: escaped(value) if isinstance(value, str) else value for name, value in error.values.items()
    }
    return t(error.message, **values)


def escaped(text: str) -> str:
    """One line of text, escaped so that Markdown shows it literally; names such as `embed_dim` are unchanged.

    Streamlit replaces URLs, emoji codes, arrows and dashes even if they are escaped, so text with any of them
    is returned as a code span.
    """
    if text.isidentifier() and text == text.strip("_"):
        return text
    if _LOOKED_FOR.search(text):
        return code_span(text)
    line = re.sub(r"([\\`*_\[\]<>$~:&|#/])", r"\\\1", one_line(text))
    return re.sub(r"^(\d*)([-+.)])", r"\1\\\2", line)  # would begin a list


_LOOKED_FOR = re.compile(r"://|www\.|@|:[-+\w]+:|--|->|<-|>=|<=|~=", re.IGNORECASE)


def one_line(text: str) -> str:
    """Text with single spaces between its words, since a line break can begin a list, a heading or code.

    Control characters are removed, including those that change the writing direction, since their effect
    reaches beyond the text.
    """
    return " ".join(_UNSEEN.sub("", text).split())


_UNSEEN = re.compile(r"[\0-\x08\x0e-\x1b\x7f\u202a-\u202e\u2066-\u2069]")


def code_span(text: str) -> str:
    """Markdown that shows any text as code, including backticks; empty text becomes a space."""
    text = (
        one_line(text).replace(":material/", ":\u2060material/") or " "
    )  # Streamlit draws an icon for it even in code
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def sentences(*texts: str) -> str:
    """Joins translated sentences, with a space between them if the language uses one; skips empty ones."""
    return ("" if language() == "zh" else " ").join(text for text in texts if text)


def listed(texts: Iterable[str]) -> str:
    """Joins texts with the language's own comma."""
    return ("、" if language() == "zh" else ", ").join(texts)


def figure(value: float, spec: str) -> str:
    """A number as `spec` formats it, but NaN and infinity without a per cent sign, and 0 without a minus."""
    if math.isnan(value):
        return "NaN"
    return f"{value + 0.0:{spec}}" if math.isfinite(value) else "∞" if value > 0 else "-∞"


def headed(name: object, fact: object) -> str:
    """A name and a fact about it, joined by the language's own colon."""
    return t("{name}: {fact}", name=name, fact=fact)


_COMMENT = re.compile(r"((?:^|  )# )(.+)$", re.MULTILINE)


def commented(code: str) -> str:
    """Code with its comments translated into this session's language, where a translation exists."""
    return _COMMENT.sub(lambda found: found[1] + _catalogue(language()).gettext(found[2]), code)


def t(message: str, /, **values: object) -> str:
    """`message` in this session's language, its `{names}` filled in from `values`.

    The message must be an English literal, so that a test can collect all messages and check that each is
    translated.
    """
    text = _catalogue(language()).gettext(message)
    return text.format(**values) if values else text


def message(text: str) -> str:
    """Marks English text that `t` will translate later, so that a test can collect it."""
    return text
