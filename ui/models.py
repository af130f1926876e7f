"""The current model: the one that every page of a session works on."""

import os
from pathlib import Path
from typing import get_args

import streamlit as st

from transformer import TASKS, Checkpoint, InputError, load_checkpoint
from transformer.checkpoint import SHIPPED
from transformer.config import Positions
from transformer.runs import CHECKPOINT
from ui.i18n import t
from ui.mistakes import marked
from ui.state import MODEL

RUNS = Path(os.environ.get("RUNS_FOLDER", Path(__file__).parent.parent / "runs"))
"""Where training runs are kept."""

_RUN = "run:"
POSITIONS = "positions:"
"""Begins the name of a small shipped model of one kind of positions: `positions:rotary-reverse`."""


def names() -> list[str]:
    """What can be chosen as current model: the shipped ones by task, then finished or saved runs."""
    runs = sorted(RUNS.glob(f"*/{CHECKPOINT}"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [*TASKS, *(_RUN + path.parent.name for path in runs)]


def title(name: str) -> str:
    """How a model is called on screen."""
    if name.startswith(_RUN):
        run = name.removeprefix(_RUN)
        return marked(t("run {name}", name=run), RUNS / run / CHECKPOINT)
    if name.startswith(POSITIONS):
        kind, _, task = name.removeprefix(POSITIONS).partition("-")
        return t("{task}, {kind} (small)", task=task_title(task), kind=kind)
    return t("{task} (shipped)", task=task_title(name))


def task_title(task: str) -> str:
    """How a task is called on screen."""
    titles = {"sort": t("sort digits"), "reverse": t("reverse digits"), "copy": t("copy digits")}
    return titles.get(task, task)


def use_run(run_name: str) -> None:
    """Make a run's model the current one."""
    MODEL.set(_RUN + run_name)


def current() -> Checkpoint:
    """The session's current model, ready to run.

    One object serves all sessions: nothing is ever stored on it. If the chosen one cannot be had, that is
    said and the shipped sort model takes its place.
    """
    try:
        return named(MODEL.value)
    except InputError as error:
        st.warning(t(error.message, **error.values) + " " + t("The shipped sort model is used instead."))
        return named("sort")


def named(name: str) -> Checkpoint:
    """A model by the name that `names` gives it. Raises `InputError` if it cannot be loaded."""
    path = folder(name) / CHECKPOINT
    if not path.is_file():
        raise InputError("There is no model “{name}”.", name=name[:80])
    return _load(str(path), path.stat().st_mtime_ns)


def small() -> list[str]:
    """The small shipped models, one for each kind of positions, of each task that there are any for."""
    names = [f"{POSITIONS}{kind}-{task}" for task in TASKS for kind in get_args(Positions)]
    return [name for name in names if (folder(name) / CHECKPOINT).is_file()]


def folder(name: str) -> Path:
    """Where a model's files are, or would be."""
    if name.startswith(_RUN):
        return RUNS / Path(name.removeprefix(_RUN)).name
    if name.startswith(POSITIONS):
        kind, _, task = name.removeprefix(POSITIONS).partition("-")
        return SHIPPED / "positions" / Path(kind).name / Path(task).name
    return SHIPPED / Path(name).name


@st.cache_resource(max_entries=16, show_spinner=False)
def _load(path: str, changed: int) -> Checkpoint:
    """`changed` is the file's time stamp, so that a checkpoint written anew is loaded anew."""
    return load_checkpoint(path)
