"""The current model: the one that every page of a session works on."""

import os
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import get_args

import streamlit as st

from transformer import TASKS, Checkpoint, InputError, load_checkpoint
from transformer.learning.checkpoint import SHIPPED
from transformer.learning.folder import CHECKPOINT, read_about
from transformer.model.config import Positions
from transformer.tasks import PAIRS, Task
from ui.choices import choice_title
from ui.fault_titles import marked
from ui.i18n import explain, one_line, sentences, t
from ui.ownership import may_see
from ui.state import MODEL

RUNS = Path(os.environ.get("RUNS_FOLDER", Path(__file__).parent.parent / "runs"))
"""Where training runs are kept."""

RUN_PREFIX = "run:"
"""Marks the name of a run or an upload; the other names are tasks, for the shipped models."""

POSITIONS = "positions:"
"""Begins the name of a small shipped model of one kind of positions: `positions:rotary-reverse`."""

TITLE = "title"
"""Where `about.json` of a run or an upload says what it is called."""


_NEXT = "next_model"


def names() -> list[str]:
    """What can be chosen as current model: the shipped ones by task, then finished or saved runs."""
    return [*TASKS, *(RUN_PREFIX + folder.name for folder in folders_with(CHECKPOINT))]


def folders_with(file: str) -> list[Path]:
    """The folders of runs and uploads that hold such a file and are this session's, latest change first."""
    changed: dict[Path, float] = {}
    for path in RUNS.glob(f"*/{file}"):
        with suppress(OSError):  # just removed, or a link that leads nowhere
            changed[path.parent] = path.stat().st_mtime
    mine = [folder for folder in changed if folder.name.isprintable() and may_see(folder)]
    return sorted(mine, key=lambda folder: (changed[folder], folder.name), reverse=True)


def folder_of(name: str) -> Path:
    """Where a run or a model is kept, whether it exists or not; never outside the folders for them."""
    if name.startswith(RUN_PREFIX):
        return RUNS / _file_name(name.removeprefix(RUN_PREFIX))
    if name.startswith(POSITIONS):
        kind, _, task = name.removeprefix(POSITIONS).partition("-")
        return SHIPPED / "positions" / _file_name(kind) / _file_name(task)
    return SHIPPED / _file_name(name)


def _file_name(name: str) -> str:
    """The last part of a name from an address; never `..`, and without NUL and more than 255 bytes."""
    last = Path(name.replace("\0", "")).name.encode(errors="replace")[:250].decode(errors="ignore")
    return "-" if last in ("", ".", "..") else last


def shipped() -> list[str]:
    """The models that come with the project."""
    return [name for name in names() if not name.startswith(RUN_PREFIX)]


def title(name: str) -> str:
    """How a model is called on screen."""
    if name.startswith(RUN_PREFIX):
        return t("run {name}", name=marked_title(name))
    if name in TASKS:
        return t("{task} (shipped)", task=task_title(name))
    if name.startswith(POSITIONS) and (folder_of(name) / CHECKPOINT).is_file():
        kind, _, task = name.removeprefix(POSITIONS).partition("-")
        return t("{task}, {kind} (small)", task=task_title(task), kind=choice_title(kind))
    return t("{name} (not found)", name=name)


def told_apart(names: Iterable[str], called: Callable[[str], str] = title) -> dict[str, str]:
    """How each of several is called; with its folder's name where another one is called the same.

    Of two choices with one title a list would always take the first.
    """
    titles = {name: called(name) for name in names}
    shared = Counter(titles.values())
    return {
        name: words if shared[words] == 1 else f"{words} · {name.removeprefix(RUN_PREFIX)}"
        for name, words in titles.items()
    }


def run_title(name: str) -> str:
    """What a run's owner calls it; the name of its folder, unless it was given a title."""
    folder = folder_of(name)
    given = read_about(folder).get(TITLE) if may_see(folder) else None
    return one_line(given) if isinstance(given, str) and given else folder.name


def marked_title(name: str) -> str:
    """A run's title, and the mistake that it was trained with on purpose, if there is one."""
    folder = folder_of(name)
    return marked(run_title(name), folder / CHECKPOINT) if may_see(folder) else folder.name


def task_title(task: str) -> str:
    """How a task is called on screen."""
    titles = {
        "sort": t("sort digits"),
        "reverse": t("reverse digits"),
        "copy": t("copy digits"),
        "words": t("read number words"),
        "dates": t("rewrite dates"),
        PAIRS: t("translate your own pairs"),
    }
    return titles.get(task, task)


def use_run(run_name: str) -> None:
    """Make a run's model the current one."""
    MODEL.set(RUN_PREFIX + run_name)


def use_run_next(run_name: str) -> None:
    """`use_run` from the middle of a page, where the sidebar's choice has been drawn: at the next run."""
    st.session_state[_NEXT] = RUN_PREFIX + run_name


def take_next() -> None:
    """Obey `use_run_next`; before the sidebar is drawn."""
    if _NEXT in st.session_state:
        MODEL.set(st.session_state.pop(_NEXT))


def current() -> Checkpoint:
    """The session's current model, ready to run.

    One object serves all sessions: nothing is ever stored on it. If the chosen one cannot be had, that is
    said and a shipped one takes its place, the sort model if it can be read. With none the page ends there.
    """
    try:
        return named(MODEL.value)
    except InputError as error:
        name, model = _substitute()
        if model is None:
            st.error(
                sentences(
                    explain(error),
                    t("None of the shipped models can be read: get the project's files once more."),
                )
            )
            st.stop()
        instead = (
            t("The shipped sort model is used instead.")
            if name == "sort"
            else t("{model} is used instead.", model=title(name))
        )
        st.warning(sentences(explain(error), instead))
        return model


def current_name() -> str:
    """The name of the model that `current` gives: the chosen one's, or that of what takes its place."""
    try:
        named(MODEL.value)
    except InputError:
        return _substitute()[0]
    return MODEL.value


def current_task() -> Task:
    """The task of the model that `current` gives, said nothing of; where no model can be read, sorting."""
    try:
        return named(current_name()).task
    except InputError:
        return TASKS["sort"]


def web_page(checkpoint: Checkpoint, title: str) -> str:
    """A model as a page that computes in the browser, without the app; callable where there is no session."""
    from transformer.standalone.page import page  # for who takes one, not for all who could

    return page(checkpoint, title)


def loading_call() -> str:
    """The call that loads the model that `current` gives, for code that runs in the project's folder."""
    name = current_name()
    if name in shipped():
        return f'shipped_checkpoint("{name}")'
    return f"load_checkpoint({os.path.relpath(folder_of(name) / CHECKPOINT)!r})"


def _substitute() -> tuple[str, Checkpoint | None]:
    """The first shipped model that can be read, and its name."""
    for name in TASKS:
        with suppress(InputError):
            return name, named(name)
    return "", None


def named(name: str) -> Checkpoint:
    """A model by the name that `names` gives it. Raises `InputError` if it cannot be loaded."""
    path = folder_of(name) / CHECKPOINT
    if not path.is_file() or (name.startswith(RUN_PREFIX) and not may_see(path.parent)):
        raise InputError("There is no model “{name}”.", name=name[:80])
    return _load(str(path), path.stat().st_mtime_ns)


def small() -> list[str]:
    """The small shipped models, one for each kind of positions, of each task that there are any for."""
    names = [f"{POSITIONS}{kind}-{task}" for task in TASKS for kind in get_args(Positions)]
    return [name for name in names if (folder_of(name) / CHECKPOINT).is_file()]


@st.cache_resource(max_entries=16, show_spinner=False)
def _load(path: str, changed: int) -> Checkpoint:
    """`changed` is the file's time stamp, so that a checkpoint written anew is loaded anew.

    The optimiser's moments, twice as large as the model, are of no use to a page.
    """
    return replace(load_checkpoint(path), extra={})
