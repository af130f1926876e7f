"""Problems with the files of a run that is not in progress, and from which step Continue would resume it."""

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from transformer.learning.folder import CHECKPOINT, CONFIG, METRICS, PAIRS_TABLE
from transformer.learning.lock import live_writer
from transformer.learning.run_health import Condition, condition_of
from transformer.learning.snapshots import FOLDER
from ui import models
from ui.i18n import explain, sentences, t

if TYPE_CHECKING:
    from ui.training.shown import ShownRun

Stamps = tuple[tuple[int, int], ...]


def of(folder: Path) -> Condition:
    """The condition of a run. It is cached until its files change."""
    return _condition(folder, tuple(map(_stamp, _files(folder))))


def in_words(folder: Path) -> str:
    """All problems with a run's files, as plain text; empty if there are none."""
    return sentences(*(t(problem.message, **problem.values) for problem in of(folder).problems))


def unreadable() -> list[Path]:
    """The folders of this session's runs that cannot be shown at all, the last changed first."""
    folders = {folder: None for file in (CONFIG, METRICS, FOLDER) for folder in models.folders_with(file)}
    return [folder for folder in folders if not of(folder).can_be_shown]


def why_not_shown(choice: str) -> str:
    """Why a run cannot be shown, as Markdown; empty if it can be shown or does not exist."""
    folder = models.folder_of(choice)
    if not choice.startswith(models.RUN_PREFIX) or folder not in unreadable():
        return ""
    return sentences(*map(explain, of(folder).problems))


def draw(run: "ShownRun") -> None:
    """Draw what is wrong with a run; nothing for a run in progress here, or one that ended normally."""
    if run.is_shipped:
        return
    if run.state == "elsewhere":
        _draw_elsewhere(run)
    if run.goes_on:
        return
    found = of(run.path)
    said = str(run.job.problem) if run.job else ""  # already shown above, as the reason why it ended
    for problem in found.problems:
        if str(problem) != said:
            st.warning(explain(problem))
    was_stopped_here = run.job is not None and run.job.problem is None
    if run.step < run.training.steps and found.can_go_on and not was_stopped_here:
        st.info(_where_it_goes_on(run.step, found.saved_step))


def _draw_elsewhere(run: "ShownRun") -> None:
    writer = live_writer(run.path)
    if writer and writer.pid:
        st.info(
            t(
                "Process {pid} on {host} trains this run: it was started by another server or in a terminal, "
                "and is followed here.",
                pid=writer.pid,
                host=writer.host,
            )
        )


def _where_it_goes_on(step: int, saved: int) -> str:
    if step == 0:
        return t("This run has not made its first step. Continue begins it.")
    if saved >= step:
        return t("Nothing is lost: Continue goes on after step {step}.", step=f"{step:,}")
    return t(
        "Everything recorded up to step {step} is kept. The last checkpoint is of step {saved}: Continue "
        "goes on from there and takes the steps between once more, with the same losses.",
        step=f"{step:,}",
        saved=f"{saved:,}",
    )


def _files(folder: Path) -> list[Path]:
    return [folder / name for name in (CONFIG, METRICS, CHECKPOINT, PAIRS_TABLE)]


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, -1
    return status.st_mtime_ns, status.st_size


@st.cache_resource(max_entries=1000, show_spinner=False)
def _condition(folder: Path, stamps: Stamps) -> Condition:
    """`stamps` is only part of the cache key."""
    return condition_of(folder)
