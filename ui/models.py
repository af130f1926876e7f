"""The current model: the one that every page of a session works on."""

import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
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
"""Prefix of the name of a small shipped model with one kind of positions: `positions:rotary-reverse`."""

TITLE = "title"
"""The key of the title in `about.json` of a run or an upload."""


_NEXT = "next_model"


def names() -> list[str]:
    """The models that can be chosen as current: the shipped ones by task, then runs with a checkpoint."""
    return [*TASKS, *(RUN_PREFIX + folder.name for folder in folders_with(CHECKPOINT))]


def folders_with(file: str) -> list[Path]:
    """The folders of this session's runs and uploads that contain `file`, the last changed first."""
    changed: dict[Path, float] = {}
    for path in RUNS.glob(f"*/{file}"):
        with suppress(OSError):  # just removed, or a broken link
            changed[path.parent] = path.stat().st_mtime
    mine = [folder for folder in changed if folder.name.isprintable() and may_see(folder)]
    return sorted(mine, key=lambda folder: (changed[folder], folder.name), reverse=True)


def folder_of(name: str) -> Path:
    """The folder of a run or a model, which need not exist; never outside of `RUNS` and `SHIPPED`."""
    if name.startswith(RUN_PREFIX):
        return RUNS / _file_name(name.removeprefix(RUN_PREFIX))
    if name.startswith(POSITIONS):
        kind, _, task = name.removeprefix(POSITIONS).partition("-")
        return SHIPPED / "positions" / _file_name(kind) / _file_name(task)
    return SHIPPED / _file_name(name)


def _file_name(name: str) -> str:
    """The last part of a name from an address as a valid file name: not `..`, no NUL, at most 250 bytes."""
    last = Path(name.replace("\0", "")).name.encode(errors="replace")[:250].decode(errors="ignore")
    return "-" if last in ("", ".", "..") else last


def shipped() -> list[str]:
    """The names of the models that come with the project, without the small ones."""
    return [name for name in names() if not name.startswith(RUN_PREFIX)]


def title(name: str) -> str:
    """The title of a model on screen."""
    if name.startswith(RUN_PREFIX):
        return t("run {name}", name=marked_title(name))
    if name in TASKS:
        return t("{task} (shipped)", task=task_title(name))
    if name.startswith(POSITIONS) and (folder_of(name) / CHECKPOINT).is_file():
        kind, _, task = name.removeprefix(POSITIONS).partition("-")
        return t("{task}, {kind} (small)", task=task_title(task), kind=choice_title(kind))
    return t("{name} (not found)", name=name)


def told_apart(names: Iterable[str], called: Callable[[str], str] = title) -> dict[str, str]:
    """Titles of models by name, made unique: equal titles get the name of the folder appended.

    With two choices of the same title, a Streamlit widget would always select the first.
    """
    titles = {name: called(name) for name in names}
    shared = Counter(titles.values())
    return {
        name: words if shared[words] == 1 else f"{words} · {name.removeprefix(RUN_PREFIX)}"
        for name, words in titles.items()
    }


def titles_key(key: str, titles: Mapping[str, str]) -> str:
    """A key for a widget with these titles as choices: another one whenever a title changes.

    A widget sends the title of its choice with every click on the page. After a run got another title, the
    browser may still send the old one, which no longer stands for any choice, and the choice would be lost.
    With another key, this is a value of a widget that is not drawn any more, and Streamlit ignores it.
    """
    return f"{key}_{zlib.crc32(repr(sorted(titles.items())).encode()):08x}"


def run_title(name: str) -> str:
    """The title that its owner gave a run, else the name of its folder."""
    folder = folder_of(name)
    given = read_about(folder).get(TITLE) if may_see(folder) else None
    return one_line(given) if isinstance(given, str) and given else folder.name


def marked_title(name: str) -> str:
    """A run's title with its deliberate mistake, if any."""
    folder = folder_of(name)
    return marked(run_title(name), folder / CHECKPOINT) if may_see(folder) else folder.name


def task_title(task: str) -> str:
    """The title of a task on screen."""
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
    """Make a run's model the current one at the next run.

    For use in the middle of a page, after the sidebar's widget has been drawn and can no longer be set.
    """
    st.session_state[_NEXT] = RUN_PREFIX + run_name


def take_next() -> None:
    """Apply `use_run_next`. Call it before the sidebar is drawn."""
    if _NEXT in st.session_state:
        MODEL.set(st.session_state.pop(_NEXT))


def current() -> Checkpoint:
    """The session's current model, ready to run.

    All sessions share one object per model, so nothing must be stored on it. If the chosen model cannot be
    loaded, a warning says so and a shipped one takes its place: the sort model, if it can be read. If none
    can, an error is drawn and the page run stops.
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
    """The name of the model that `current` returns: the chosen one or its substitute."""
    try:
        named(MODEL.value)
    except InputError:
        return _substitute()[0]
    return MODEL.value


def current_task() -> Task:
    """The task of the model that `current` returns, without a warning; sorting if no model can be read."""
    try:
        return named(current_name()).task
    except InputError:
        return TASKS["sort"]


def web_page(checkpoint: Checkpoint, title: str) -> str:
    """A model as an HTML page that computes in the browser without the app. Needs no session."""
    from transformer.standalone.page import page  # loaded only when somebody downloads a page

    return page(checkpoint, title)


def loading_call() -> str:
    """Python code that loads the model that `current` returns, to be run in the project's folder."""
    name = current_name()
    if name in shipped():
        return f'shipped_checkpoint("{name}")'
    return f"load_checkpoint({os.path.relpath(folder_of(name) / CHECKPOINT)!r})"


def _substitute() -> tuple[str, Checkpoint | None]:
    """The name of the first shipped model that can be read, and the model; ("", None) if none can."""
    for name in TASKS:
        with suppress(InputError):
            return name, named(name)
    return "", None


def named(name: str) -> Checkpoint:
    """The model of a name. Raises `InputError` if this session has none of that name or cannot read it."""
    path = folder_of(name) / CHECKPOINT
    if not path.is_file() or (name.startswith(RUN_PREFIX) and not may_see(path.parent)):
        raise InputError("There is no model “{name}”.", name=name[:80])
    return _load(str(path), path.stat().st_mtime_ns)


def small() -> list[str]:
    """The names of the small shipped models, one for each task and kind of positions."""
    names = [f"{POSITIONS}{kind}-{task}" for task in TASKS for kind in get_args(Positions)]
    return [name for name in names if (folder_of(name) / CHECKPOINT).is_file()]


@st.cache_resource(max_entries=16, show_spinner=False)
def _load(path: str, changed: int) -> Checkpoint:
    """Load a checkpoint; `changed`, its modification time, is part of the cache key.

    The optimiser's moments, twice as large as the model, are dropped, since pages do not need them.
    """
    return replace(load_checkpoint(path), extra={})
