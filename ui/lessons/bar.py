"""The bar of the lesson in progress: a text, a question, the step's number, and buttons for other steps."""

import streamlit as st

from ui.i18n import t
from ui.lessons import path
from ui.lessons.lesson import Lesson, Question, Step
from ui.lessons.shelf import shipped
from ui.state import PRESENTER
from ui.streamlit_internals import styled

HEIGHT, WITH_QUESTION = 3.4, 5.5
"""The bar's height in rem: two lines, or three with a question; longer text is scrolled. The height is fixed,
so that the page below does not move while it is drawn."""

_STYLE = """<style>
:root { --lesson-bar: %(height)srem; }
.st-key-lesson_bar {
  height: %(height)srem; min-height: %(height)srem; overflow-y: auto;
  padding: 0.25rem 2.25rem 0.25rem 0.6rem; border-radius: 0.5rem;
  background: color-mix(in srgb, #0072b2 12%%, transparent); border: 1px solid #0072b2; flex-wrap: nowrap;
}
body:has($ExpandSidebarButton) .st-key-lesson_bar { padding-left: 2.5rem; }
.st-key-lesson_bar $MarkdownContainer { margin: 0; }
.st-key-lesson_bar p { margin: 0; line-height: 1.3; }
.st-key-lesson_bar button { min-height: 1.9rem; padding-block: 0; white-space: nowrap; }
.st-key-lesson_bar > :not(:first-child) { flex: none; width: auto; }
.st-key-lesson_said, .st-key-lesson_asked { gap: 0.15rem 0.75rem; }
.st-key-lesson_said > * { flex: none; }
.st-key-lesson_asked { min-height: 2rem; }
$LayoutWrapper:has(> .st-key-lesson_script) { display: none; }
%(point)s
</style>"""

_POINT = """:is(.st-key-%(point)s, .st-key-at_%(point)s) {
  outline: 3px solid #d9480f !important; outline-offset: 0; border-radius: 4px;
}"""

_KEYS = """<script>
    (() => {
        if (window.heedsLesson) return;
        window.heedsLesson = true;
        const taken = "input, select, textarea, [contenteditable=true], [id^=grid-], [role=radiogroup],"
            + "[role=slider], [role=listbox], [role=combobox], [role=dialog], [role=application], summary";
        addEventListener("keydown", (event) => {
            const name = { ArrowRight: "next", ArrowLeft: "back" }[event.key];
            if (!name || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
            const focused = event.composedPath()[0];
            if (event.composedPath().some((one) => one instanceof Element && one.matches(taken))) return;
            const bar = document.querySelector(".st-key-lesson_bar");
            const button = bar?.querySelector(`.st-key-lesson_${name} button:not(:disabled)`);
            if (!bar || focused.closest?.("[role=tablist]")) return;
            event.preventDefault();
            event.stopImmediatePropagation();
            button?.click();
        }, true);
    })();
</script>"""
"""Arrow keys lead through the lesson unless a grid or a field has the focus."""


def draw() -> None:
    """Draw the bar, if a lesson is in progress. Call it once per run, above the page."""
    running = path.running()
    if running is None:
        return
    lesson, number, step = running
    point = _POINT % {"point": step.point} if step.point else ""
    height = WITH_QUESTION if step.question else HEIGHT
    with st.container(key="lesson_script"):
        style = styled(_STYLE % {"height": height, "point": point})
        st.html(style + _KEYS, unsafe_allow_javascript=True)
    with st.container(key="lesson_bar", horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(key="lesson_said", gap=None):
            _say(lesson, number, step)
        _buttons(lesson, number)


def _say(lesson: Lesson, number: int, step: Step) -> None:
    """Draw the outcome of the previous step's prediction, the step's text, and its question."""
    st.markdown(" ".join(filter(None, (_outcome(lesson, number), str(step.text)))))
    if step.question:
        with st.container(key="lesson_asked", horizontal=True, vertical_alignment="center", gap="small"):
            _ask(lesson, number, step.question)


def _outcome(lesson: Lesson, number: int) -> str:
    """Whether the user's prediction at the previous step was right; empty if that had no question."""
    question = lesson.steps[number - 2].question if number > 1 else None
    chosen = path.predictions().get((lesson.name, number - 1))
    if question is None:
        return ""
    right = str(question.options[question.answer])
    if chosen is None:
        return t("The answer: **{right}**.", right=right)
    if chosen == question.answer:
        return t("✓ As you predicted: **{right}**.", right=right)
    return t("✗ You said “{said}”; it is: **{right}**.", said=str(question.options[chosen]), right=right)


def _ask(lesson: Lesson, number: int, question: Question) -> None:
    key = f"lesson_answer_{lesson.name}_{number}"
    st.markdown(f"**{question.text}**", width="content")
    st.segmented_control(
        str(question.text),
        range(len(question.options)),
        key=key,
        format_func=lambda option: str(question.options[option]),
        label_visibility="collapsed",
        default=path.predictions().get((lesson.name, number)),
        on_change=_predict,
        args=(lesson.name, number, key),
    )


def _predict(lesson: str, number: int, key: str) -> None:
    chosen: int | None = st.session_state.get(key)
    if chosen is None:
        path.predictions().pop((lesson, number), None)
    else:
        path.predictions()[lesson, number] = chosen


def _buttons(lesson: Lesson, number: int) -> None:
    """Draw the step's number and the buttons back, next and leave."""
    last = number == len(lesson.steps)
    onward = t("Answer ›") if lesson.steps[number - 1].question else t("Next ›")
    st.markdown(t("{number} of {count}", number=number, count=len(lesson.steps)), width="content")
    st.button(
        "‹", key="lesson_back", help=t("Back (left arrow)"), disabled=number == 1,
        on_click=path.go, args=(lesson, number - 1),
    )  # fmt: skip
    st.button(
        t("Finish") if last else onward, key="lesson_next",
        help=t("Finish (right arrow)") if last else t("Next (right arrow)"),
        type="primary", on_click=path.finish if last else path.go,
        args=(lesson,) if last else (lesson, number + 1),
    )  # fmt: skip
    st.button("✕", key="lesson_leave", help=t("Leave the lesson"), on_click=path.leave)


def draw_list() -> None:
    """Draw a button for each lesson, for the home page; with minutes, except in presenter size."""
    done = path.done()
    for name, lesson in shipped().items():
        mark, title = "✓ " if name in done else "", str(lesson.title)
        minutes = "" if PRESENTER.value else t(" · {minutes} min", minutes=lesson.minutes)
        st.button(
            f"{mark}**{title}**{minutes}", key=f"lesson_start_{name}", help=str(lesson.audience),
            on_click=path.go, args=(lesson, 1),
        )  # fmt: skip
