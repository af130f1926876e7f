"""Building blocks that all pages share: head, row of controls, fragments, remarks, source code display."""

import inspect
import unicodedata
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from transformer import InputError
from ui import address, hiding, own_lesson, ownership, streamlit_internals
from ui.i18n import commented, explain, t
from ui.pages import MY_LESSON, Page
from ui.setting import HIDEABLE, LOCKABLE, Setting
from ui.state import EVERYWHERE, HIDE, LOCK, MODEL, PRESENTER
from ui.style import PRESENTER_SCALE

T = TypeVar("T")


def page_head() -> None:
    """Draw the head of a page in one line: title, link to this view and reset button."""
    with _head_line():
        _title()
        _tools()


def section_head(contents: Mapping[str, T]) -> T:
    """Draw the head of a page with sections: title, choice of section, link and reset button.

    `contents` maps the names of the sections to values. Returns the value of the chosen section.
    """
    with _head_line():
        _title()
        chosen = _choose_section()
        _tools()
    return contents[chosen]


def _head_line() -> DeltaGenerator:
    return st.container(key="page_head", horizontal=True, vertical_alignment="center", gap="small")


def _title() -> None:
    page = address.current()
    st.title(t(page.title), anchor=False, help=None if PRESENTER.value else t(page.purpose), width="content")


def _tools() -> None:
    with st.container(key="page_tools", horizontal=True, gap="xsmall", width="content"):
        fragment(_link)
        st.button(
            t("Reset"),
            icon=":material/restart_alt:",
            on_click=address.reset,
            args=(address.current(),),
            help=t("Put this page back to its defaults"),
            disabled=hiding.withholds("controls"),
        )


def _link() -> None:
    """Draw the link's box, again each time it is opened, since the view can change without a page run."""
    with st.popover(
        t("Link"), icon=":material/link:", help=t("Copy a link to this view"), key="link", on_change="rerun"
    ):
        st.caption(t("This link opens the page as it is now."))
        withheld = _withheld()
        st.code(address.link(address.current(), withheld), language=None, wrap_lines=True)
        st.button(
            t("Add this view to my lesson"), icon=":material/playlist_add:", on_click=_add_view,
            args=(withheld,),
        )  # fmt: skip
        st.page_link(MY_LESSON.file, label=t("My lesson"), icon=":material/chevron_right:")


def _withheld() -> dict[Setting[str], str]:
    """Draw the choice of what a link hides and locks; returns the values of these settings."""
    parts = hiding_titles()
    hidden = st.multiselect(
        t("Hide in this link"), HIDEABLE, format_func=parts.__getitem__, key="link_hides",
        help=t("What is hidden is not drawn. Settings keep the values that they have now."),
    )  # fmt: skip
    locked = st.multiselect(
        t("Lock in this link"), LOCKABLE, format_func=parts.__getitem__, key="link_locks",
        help=t("What is locked is drawn, and cannot be changed."),
    )  # fmt: skip
    return {HIDE: ",".join(hidden), LOCK: ",".join(locked)}


def _add_view(withheld: Mapping[Setting[str], str]) -> None:
    page = address.current()
    query = {name: text for name, text in address.query_of(page).items() if name not in TRAVELS}
    own_lesson.add(page.slug, query, {one.name: text.split(",") for one, text in withheld.items() if text})
    st.toast(t("This view is step {number} of your lesson.", number=len(own_lesson.given()["step"])))


TRAVELS = {one.name for one in EVERYWHERE if one is not MODEL}
"""Names of settings that lesson steps do not set."""


def hiding_titles() -> dict[str, str]:
    """Titles on screen of the parts that can be hidden."""
    return {
        "sidebar": t("the sidebar"),
        "sections": t("the choice of sections"),
        "controls": t("the row of controls"),
        "answers": t("answers to questions"),
    }


def _choose_section() -> str:
    """Draw a row of the titles of the page's sections; returns the name of the chosen one."""
    page = address.current()
    assert page.section is not None, f"{page.slug} has no sections"
    if hiding.hides("sections"):
        return page.section.value
    if PRESENTER.value:
        return _choose_section_from_list(page)
    chosen: str | None = st.segmented_control(
        t("Section"),
        list(page.sections),
        key=page.section.name,
        format_func=lambda name: t(page.sections[name]),
        required=True,
        label_visibility="collapsed",
        wrap=True,
    )
    return chosen or page.section.default


def _choose_section_from_list(page: Page) -> str:
    """The same as a list for presenter size, where a row of titles does not fit beside the controls."""
    assert page.section is not None
    titles = {name: t(page.sections[name]) for name in page.sections}
    chosen: str = st.selectbox(
        t("Section"),
        list(titles),
        key=page.section.name,
        format_func=titles.__getitem__,
        label_visibility="collapsed",
        width=scaled(AROUND_TITLE + TITLE_LETTER * _columns(titles[page.section.value])),
    )
    return chosen


AROUND_TITLE, TITLE_LETTER = 44, 7
"""Widths in pixels: of a select box without its text, and of one letter in it."""


def _columns(text: str) -> int:
    """The width of a text in letters; a Chinese character counts as two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def controls(key: str = "controls") -> DeltaGenerator:
    """A container for a view's controls. Labels stand left of their controls, so that the row is one line."""
    if hiding.hides("controls") and key not in hiding.NEEDED:
        return hiding.unseen()
    return st.container(key=key, horizontal=True, vertical_alignment="center", gap="small")


def scaled(pixels: int) -> int:
    """A control's width in pixels, enlarged in presenter size, as its text is."""
    return round(PRESENTER_SCALE * pixels) if PRESENTER.value else pixels


def stage(key: str = "stage") -> DeltaGenerator:
    """A container for what must fit on the first screen together, in views without a tensor grid."""
    return st.container(key=key)


def filling_stage() -> DeltaGenerator:
    """A stage as high as the window minus head and one row of controls. Charts in it share the height."""
    return stage("stage_fill")


def more(key: str = "more") -> DeltaGenerator:
    """A popover at the end of the row of controls, for rarely needed ones."""
    return st.popover(t("More"), key=key)


def choose(
    label: str,
    titles: Mapping[str, str],
    setting: Setting[str],
    *,
    help: str | None = None,
    on_change: Callable[[], None] | None = None,
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> None:
    """Draw a choice of one title among several, all visible, on several lines if needed."""
    st.segmented_control(
        label,
        list(titles),
        key=setting.name,
        format_func=titles.__getitem__,
        required=True,
        help=help,
        on_change=on_change,
        label_visibility=label_visibility,
        wrap=True,
    )


def part(draw: Callable[..., None], *arguments: object) -> None:
    """Draw a part of a page as a fragment: its controls redraw it without the rest of the page."""
    fragment(_draw_part, draw, arguments)


def _draw_part(draw: Callable[..., None], arguments: tuple[object, ...]) -> None:
    ownership.enter()  # a fragment run shows that the browser is present, too
    address.keep()
    draw(*arguments)


def fragment(draw: Callable[..., None], *arguments: object) -> None:
    """Draw something as a Streamlit fragment. After a fragment run, changed settings are written to the URL.

    All fragments of the app are created here.
    """
    st.fragment(_draw_fragment)(draw, arguments)


_INSIDE: ContextVar[bool] = ContextVar("inside_fragment", default=False)
"""Whether the code runs inside a fragment; fragments can be nested."""


def _draw_fragment(draw: Callable[..., None], arguments: tuple[object, ...]) -> None:
    runs_alone = streamlit_internals.runs_fragments() and not _INSIDE.get()
    inside = _INSIDE.set(True)
    try:
        draw(*arguments)
    finally:
        _INSIDE.reset(inside)
    if runs_alone:
        hiding.clear()
        address.write_url(address.current())


def notice(*remarks: str) -> None:
    """Draw remarks on what to look for in the picture above."""
    st.markdown(f"**{t('What to notice')}**\n\n" + "\n".join(f"- {remark}" for remark in remarks))


@dataclass(frozen=True)
class Suggestion:
    """Something to try, and the values of settings that a click on it sets."""

    text: str
    values: Mapping[Setting[Any], object]


def try_this(*suggestions: Suggestion) -> None:
    """Draw suggestions as buttons; a click applies the suggestion's settings and scrolls to the top."""
    if not suggestions:
        return
    st.markdown(f"**{t('Try this')}**")
    for one in suggestions:
        st.button(
            one.text, type="tertiary", icon=":material/chevron_right:", on_click=_follow, args=(one,),
            disabled=hiding.withholds("controls"),
        )  # fmt: skip
    if st.session_state.pop(_FOLLOWED, False):
        st.html(
            _TO_STAGE % (streamlit_internals.ELEMENTS["Main"], uuid.uuid4().hex), unsafe_allow_javascript=True
        )


_FOLLOWED = "suggestion_followed"
"""Session state: whether a suggestion was clicked; the stage that it changes may be scrolled out of view."""

_TO_STAGE = """<script>
    ((name) => {
        if (window.followed !== name) document.querySelector("%s").scrollTo({ top: 0 });
        window.followed = name;
    })("%s");
</script>"""
"""Scrolls only once per name, since Streamlit may run a drawn script again."""


def _follow(suggestion: Suggestion) -> None:
    for setting, value in suggestion.values.items():
        setting.set(value)
    st.session_state[_FOLLOWED] = True


def closing_popover(
    label: str, key: str, *, width: Literal["stretch", "content"] = "stretch"
) -> DeltaGenerator:
    """A popover that a callback of a control inside it can close with `close_popover`."""
    return st.popover(label, key=key, on_change="rerun", width=width)


def close_popover(key: str) -> None:
    """Close a `closing_popover`. Call it in a callback."""
    st.session_state[key] = False


def folded(label: str, key: str, draw: Callable[..., None], *arguments: object) -> None:
    """Draw an expander whose contents are computed only while it is open.

    In presenter size it is left out, to save space for the picture.
    """
    if PRESENTER.value:
        return
    fragment(_draw_folded, label, key, draw, arguments)


def _draw_folded(label: str, key: str, draw: Callable[..., None], arguments: tuple[object, ...]) -> None:
    box = st.expander(label, key=key, on_change="rerun")
    if box.open:
        with box:
            draw(*arguments)


def show_code(code: str) -> None:
    """Draw Python code that was run: comments in the page's language, long lines wrapped."""
    st.code(commented(code), language="python", wrap_lines=True)


def show_source(*objects: Callable[..., object] | type) -> None:
    """Draw an expander with the source of the functions that computed what the page shows."""
    folded(t("Show the code"), "source", _draw_source, *objects)


def _draw_source(*objects: Callable[..., object] | type) -> None:
    for item in objects:
        st.caption(f"`{item.__module__}`")
        st.code(_source(item), language="python")


@cache
def _source(item: Callable[..., object] | type) -> str:
    """The source of an object; cached, since reading and parsing it can take longer than a forward pass."""
    return inspect.getsource(item)


@contextmanager
def explained() -> Iterator[None]:
    """Shows an `InputError` raised inside as a warning; the code after the block still runs."""
    try:
        yield
    except InputError as error:
        st.warning(explain(error))
