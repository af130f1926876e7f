"""The teacher's controls for training runs."""

from collections.abc import Callable

import streamlit as st

from ui.callbacks import says_why
from ui.classroom import token
from ui.i18n import t
from ui.jobs import Job, jobs
from ui.layout import controls
from ui.models import task_title
from ui.presence import presence

_CHOICE = "teacher_run"


def draw() -> None:
    """Draw the choice of a run, and buttons to stop it, to move it up in the queue, and to stop all runs."""
    names = [job.name for job in jobs().going_on()]
    titles = {job.name: title(job) for job in jobs().going_on()}
    if st.session_state.get(_CHOICE) not in names:
        st.session_state[_CHOICE] = None  # otherwise the widget would select another run
    with controls("controls_teacher"):
        st.selectbox(
            t("Run"), names, None, key=_CHOICE, format_func=lambda name: titles.get(name, name), width=520,
            placeholder=t("Choose a run") if names else t("No run is under way."), disabled=not names,
        )  # fmt: skip
        chosen = _chosen()
        st.button(t("Stop"), key="teacher_stop", on_click=_stop, disabled=chosen is None,
                  help=t("It can be continued from its own page."))  # fmt: skip
        st.button(t("Next in the queue"), key="teacher_first", on_click=_put_first,
                  disabled=chosen is None or chosen.state != "waiting")  # fmt: skip
        with st.popover(t("Stop all"), disabled=not names):
            st.markdown(
                t("All {count} runs stop, waiting ones too. Each can be continued.", count=len(names))
            )
            st.button(t("Stop all runs now"), key="teacher_stop_all", type="primary", on_click=_stop_all)


def title(job: Job) -> str:
    """A run's title for the teacher; it contains no text that a user typed."""
    return f"{browser(job.owner)} · {task_title(job.training.task)} · {job.name}"


def browser(owner: str | None) -> str:
    """An owner's title for the teacher."""
    return t("browser {number}", number=presence().number(owner)) if owner else t("all browsers")


def _chosen() -> Job | None:
    job = jobs().get(st.session_state.get(_CHOICE) or "")
    return job if job and not job.is_over else None


def _guarded(action: Callable[[Job], None]) -> None:
    job = _chosen()
    if job and token.is_teacher():
        action(job)


@says_why
def _stop() -> None:
    _guarded(jobs().stop_by_teacher)


@says_why
def _put_first() -> None:
    _guarded(jobs().put_first)


@says_why
def _stop_all() -> None:
    if token.is_teacher():
        for job in reversed(jobs().going_on()):  # waiting ones first, since they would start otherwise
            jobs().stop_by_teacher(job)
