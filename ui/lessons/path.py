"""The position in a lesson: going to a step applies the settings of its view and opens its page."""

from typing import Any

import streamlit as st

from transformer import InputError, limits
from ui import address, kept
from ui.i18n import code_span, explain, t
from ui.lessons.lesson import Lesson, Step
from ui.lessons.shelf import named, shipped
from ui.pages import BY_SLUG, HOME, Page
from ui.setting import Setting, waiting
from ui.state import AT, HIDE, LANGUAGE, LESSON, LESSON_STEP, LOCK, MODEL, PRESENTER

_GOES, _PREDICTED, _DONE = "lesson_goes", "lesson_predictions", "lessons_done"
"""Session state: the page to open in the next run; the predictions, by lesson and step. In the browser: the
lessons that the user has finished."""

LINK_STEP = "step"
"""The parameter of a short link's step, `?lesson=why_masks&step=3`. Elsewhere, `step` is a page's setting."""


def _find(name: str) -> Lesson | None:
    """The lesson of a name; if there is none, or it is invalid, a toast says so and None is returned."""
    try:
        lesson = named(name)
    except InputError as error:
        st.toast(explain(error), icon=":material/warning:", duration="long")
        return None
    if lesson is None:
        st.toast(t("There is no lesson {name}.", name=code_span(name)))
    return lesson


def running() -> tuple[Lesson, int, Step] | None:
    """The lesson in progress, the number of its step, counted from 1, and the step; None if there is none."""
    if not LESSON.value:
        return None
    lesson = _find(LESSON.value)
    if lesson is None:
        leave()
        return None
    number = min(max(LESSON_STEP.value, 1), len(lesson.steps))
    return lesson, number, lesson.steps[number - 1]


def go(lesson: Lesson, number: int) -> None:
    """Go to a step, counted from 1. Call it in a callback, or before a page is drawn."""
    step = lesson.steps[number - 1]
    LESSON.set(lesson.name)
    LESSON_STEP.set(number)
    here = address.current()
    for setting in step.view.page.settings:
        _set(setting, step.view.values.get(setting, setting.default), step.view.page is here)
    MODEL.set(step.view.values.get(MODEL, MODEL.default))
    AT.set(step.view.values.get(AT, AT.default))
    HIDE.set(",".join(step.hide))
    LOCK.set(",".join(step.lock))
    if step.view.page is not here:
        st.session_state[_GOES] = step.view.page.slug


def _set(setting: Setting[Any], value: object, is_here: bool) -> None:
    if is_here:
        setting.set(value)
    else:
        waiting()[setting.name] = value


def hurry() -> None:
    """Rerun the whole page if a step was chosen. Call it in a fragment whose buttons call `go`."""
    if _GOES in st.session_state:
        st.rerun()


def leave() -> None:
    """End the lesson, and stay on the page."""
    LESSON.set(LESSON.default)
    LESSON_STEP.set(LESSON_STEP.default)
    HIDE.set(HIDE.default)
    LOCK.set(LOCK.default)


def finish(lesson: Lesson) -> None:
    """End a lesson after its last step, mark it as done, and go to the home page."""
    kept.keep(_DONE, sorted({*done(), lesson.name}))
    leave()
    st.session_state[_GOES] = HOME.slug


def done() -> set[str]:
    """The names of the lessons that were finished in this browser."""
    found = kept.value(_DONE)
    return set(found) & set(shipped()) if isinstance(found, list) and all(map(_is_text, found)) else set()


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def predictions() -> dict[tuple[str, int], int]:
    """The index of the option that the user chose, by lesson and step; may be changed."""
    found: dict[tuple[str, int], int] = st.session_state.setdefault(_PREDICTED, {})
    return found


def follow(page: Page) -> None:
    """At the start of a run: open the page of the step that the user went to, or that a short link names."""
    goes = st.session_state.pop(_GOES, None)
    if goes is None and page is HOME and LESSON.name in st.query_params:
        goes = _take_link()
    if goes is not None and goes != page.slug:
        st.switch_page(BY_SLUG[goes].file)


def _take_link() -> str | None:
    """Go to the step that a short link names, and return its page's slug; None for any other address."""
    if LESSON_STEP.name in st.query_params:
        return None
    lesson = _find(st.query_params[LESSON.name][: limits.MAX_WORD])
    if lesson is None:
        del st.query_params[LESSON.name]
        return None
    for setting in (LANGUAGE, PRESENTER):
        given = setting.parse(st.query_params.get(setting.name, ""))
        if given is not None:
            _set(setting, given, True)
    text = st.query_params.get(LINK_STEP, "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
    st.session_state.setdefault(address.ENTERED, HOME.slug)
    go(lesson, min(max(number, 1), len(lesson.steps)))
    page: str | None = st.session_state.pop(_GOES, None)
    return page
