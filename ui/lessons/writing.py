"""The page on which the user writes a lesson: its steps, their texts, and the lesson as a file."""

import tomllib
from typing import Any

import streamlit as st

from transformer import InputError, limits
from ui import kept, own_lesson
from ui.i18n import LANGUAGES, explain, t
from ui.layout import controls
from ui.lessons import path
from ui.lessons.reader import LONGEST_TEXT, MOST_MINUTES, read_lesson

_UPLOADED = "lesson_uploaded"
"""Session state: the error of the last uploaded file; None if it was read."""


def draw() -> None:
    """Draw controls, title and audience, and the steps."""
    lesson = own_lesson.given()
    with controls("controls_lesson"):
        _use(lesson)
    if not lesson["step"]:
        st.info(
            t("No view has been added yet. On any page, open “Link” and choose “Add this view to my lesson”.")
        )
    _texts(lesson, "title", t("Title"))
    _texts(lesson, "audience", t("For whom"))
    for place in range(len(lesson["step"])):
        _draw_step(lesson, place)
    kept.sync()


def _use(lesson: dict[str, Any]) -> None:
    """Draw the lesson's minutes, and the controls to preview, download and upload it."""
    st.number_input(
        t("Minutes"), 1, MOST_MINUTES, lesson["minutes"], key=f"own_minutes_{lesson['minutes']}",
        on_change=_set_minutes, args=(f"own_minutes_{lesson['minutes']}",),
    )  # fmt: skip
    if lesson["step"]:
        try:
            own = own_lesson.read()
            st.button(t("Preview"), type="primary", on_click=path.go, args=(own, 1))
        except InputError as error:
            st.warning(explain(error))
        st.download_button(
            t("Download"), own_lesson.as_toml(), "lesson.toml", "text/plain", on_click="ignore"
        )
    with st.popover(t("Upload a lesson")):
        st.file_uploader(
            t("A lesson as a file (.toml)"),
            type="toml",
            key="lesson_file",
            on_change=_take_file,
            max_upload_size=limits.MAX_LESSON_MB,
        )
        if st.session_state.get(_UPLOADED):
            st.warning(explain(st.session_state[_UPLOADED]))


def _set_minutes(key: str) -> None:
    own_lesson.keep({**own_lesson.given(), "minutes": st.session_state[key]})


def _take_file() -> None:
    """Replace the lesson by the uploaded one; if that is invalid, keep the lesson and store the error."""
    file = st.session_state.get("lesson_file")
    if file is None:
        return
    try:
        text = file.getvalue().decode(errors="replace")
        read_lesson(text, file.name)
        own_lesson.keep(tomllib.loads(text))
        st.session_state[_UPLOADED] = None
    except InputError as error:
        st.session_state[_UPLOADED] = error


def _draw_step(lesson: dict[str, Any], place: int) -> None:
    """Draw a step: its view, texts and question, and buttons to move or remove it."""
    step = lesson["step"][place]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{place + 1}**", width="content")
            st.code(_view_of(step), language=None, width="content")
            st.button("↑", key=f"up_{place}", on_click=own_lesson.move, args=(place, -1), disabled=place == 0)
            last = place == len(lesson["step"]) - 1
            st.button("↓", key=f"down_{place}", on_click=own_lesson.move, args=(place, 1), disabled=last)
            st.button("✕", key=f"remove_{place}", on_click=own_lesson.remove, args=(place,))
        _texts(step, "text", t("What is to be seen"), place)
        _ask(step, place)


def _view_of(step: dict[str, Any]) -> str:
    """A step's page, settings, and hidden and locked parts in one line."""
    settings = [f"{name}={value}" for name, value in step.get("settings", {}).items()]
    withheld = [f"{name}={','.join(step[name])}" for name in ("hide", "lock") if step.get(name)]
    return "  ".join([step["page"], ", ".join(settings), *withheld])


def _texts(table: dict[str, Any], name: str, label: str, place: int = -1) -> None:
    """Draw the fields for a text in both languages, side by side."""
    for column, (code, language) in zip(st.columns(2), LANGUAGES.items(), strict=True):
        key = f"own_{name}_{code}_{place}_{hash(table[name][code])}"
        column.text_area(
            f"{label} ({language})", table[name][code], key=key, max_chars=LONGEST_TEXT, height=80,
            on_change=_set_text, args=(place, name, code, key),
        )  # fmt: skip


def _set_text(place: int, name: str, code: str, key: str) -> None:
    lesson = own_lesson.given()
    table = lesson if place < 0 else lesson["step"][place]
    table[name][code] = st.session_state[key]
    own_lesson.keep(lesson)


def _ask(step: dict[str, Any], place: int) -> None:
    """Draw the field for a question and its options, one per line: `English | 中文`, * at the right one."""
    question = step.get("question")
    lines = ""
    if question:
        marks = ["*" if number == question["answer"] else "" for number in range(len(question["options"]))]
        options = [mark + _one_line(one) for mark, one in zip(marks, question["options"], strict=True)]
        lines = "\n".join([_one_line(question), *options])
    key = f"own_question_{place}_{hash(lines)}"
    st.text_area(
        t("Something to predict (optional): the question, then its options, a line each, as English | 中文, "
          "with a * before the right one"),
        lines, key=key, height=100, on_change=_set_question, args=(place, key),
    )  # fmt: skip


def _set_question(place: int, key: str) -> None:
    lesson = own_lesson.given()
    step = lesson["step"][place]
    step.pop("question", None)
    lines = [line.strip() for line in st.session_state[key].splitlines() if line.strip()]
    if lines:
        answer = next((n for n, line in enumerate(lines[1:]) if line.startswith("*")), 0)
        texts = [_both(line.lstrip("*")) for line in lines]
        step["question"] = {**texts[0], "options": texts[1:], "answer": answer}
    own_lesson.keep(lesson)


def _one_line(text: dict[str, Any]) -> str:
    return f"{text['en']} | {text['zh']}"


def _both(line: str) -> dict[str, str]:
    """The two texts of a line `English | 中文`; a text without `|` is used for both."""
    english, _, chinese = (part.strip() for part in line.partition("|"))
    return {"en": english, "zh": chinese or english}
