"""The training run on the charts: one in progress, one in the folder of runs, or a shipped one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import streamlit as st

from transformer import TASKS, TransformerConfig
from transformer.learning.checkpoint import SHIPPED
from transformer.learning.folder import CONFIG, METRICS, read_about
from transformer.learning.follow import Follower
from transformer.learning.lock import live_writer, was_cut_off
from transformer.learning.runs import Run, task_of
from transformer.learning.steps import TrainConfig, TrainStep
from transformer.tasks import PAIRS, Task, TokenKind
from ui import models
from ui.i18n import escaped, sentences, t
from ui.jobs import ACTIVE, Command, Job, State, jobs
from ui.live.events import by_gradient
from ui.live.topics import Visitor
from ui.models import RUN_PREFIX as RUN_PREFIX
from ui.ownership import is_of, may_see, owner
from ui.state import TrainingPage
from ui.training import condition
from viz.curves import thin

RESTARTS = "restarts"
"""The key in `about.json` for the run that a run restarts, from the same initial weights."""

SUMMARY_POINTS = 140
"""Number of steps kept of a run that is only compared with others."""


@dataclass(frozen=True)
class ShownRun:
    """A training run as the page shows it, in progress or over."""

    choice: str
    """Its name as in `models.names`: a task for its shipped model, or `run:` and the folder's name."""
    path: Path
    model: TransformerConfig
    training: TrainConfig
    records: Sequence[TrainStep]
    evaluations: Sequence[TrainStep]
    """The records that have an evaluation."""
    state: State
    job: Job | None = None
    seconds: float | None = None
    """The time that all steps took; None if it was not recorded."""

    @property
    def step(self) -> int:
        """Steps made so far."""
        return self.records[-1].step if self.records else 0

    @property
    def is_shipped(self) -> bool:
        """Whether it came with the project."""
        return not self.choice.startswith(RUN_PREFIX)

    @property
    def restarts(self) -> str:
        """The title of the run that it restarts; empty if it restarts none, or that run no longer exists."""
        choice = read_about(self.path).get(RESTARTS)
        return title(choice) if isinstance(choice, str) and named(choice) else ""

    @property
    def goes_on(self) -> bool:
        """Whether it is in progress or waiting, here or in another process."""
        return self.state in ("waiting", "elsewhere", *ACTIVE)

    @property
    def lost_its_server(self) -> bool:
        """Whether it was cut off because its server or process ended, and this server has no job for it."""
        return self.job is None and self.state == "stopped" and was_cut_off(self.path)

    @property
    def task(self) -> Task:
        """The task that the run trains."""
        return self.job.task if self.job else _task(self.path, self.training.task, self.training.tokens)

    def until(self, share: float) -> "ShownRun":
        """The run as of this share of its steps."""
        records = self.records[: max(int(len(self.records) * share), 1)]
        evaluations = [record for record in self.evaluations if record.step <= records[-1].step]
        return replace(self, records=records, evaluations=evaluations)


def current() -> ShownRun | None:
    """The run that the setting names, else the session's latest run in progress, else a shipped one.

    The shipped one is that of the chosen task. None if there is none, or it cannot be read.
    """
    wanted = TrainingPage.run.value
    if wanted:
        found = named(wanted)
        if found:
            return found
        name, why = escaped(title(wanted)), condition.why_not_shown(wanted)
        if why:
            st.warning(sentences(t("The run “{name}” cannot be shown.", name=name), why))
        else:
            st.warning(t("There is no training run “{name}” here.", name=name))
    going_on = mine_going_on()
    if going_on:
        return named(RUN_PREFIX + going_on[-1].name)
    return None if TrainingPage.task.value == PAIRS else named(TrainingPage.task.value)


def named(choice: str) -> ShownRun | None:
    """A run by its name; None if it does not exist, cannot be read, or belongs to somebody else."""
    if choice.startswith(RUN_PREFIX) and not may_see(models.folder_of(choice)):
        return None
    return _find(choice)


def named_for(choice: str, visitor: Visitor) -> ShownRun | None:
    """`named` for a visitor of an event stream, which has no session."""
    if choice.startswith(RUN_PREFIX) and not is_of(models.folder_of(choice), visitor.owner):
        return None
    return _find(choice)


def _find(choice: str) -> ShownRun | None:
    job = jobs().get(choice.removeprefix(RUN_PREFIX)) if choice.startswith(RUN_PREFIX) else None
    return _of_job(choice, job) if job and not _is_outdated(job) else _recorded(choice)


def _is_outdated(job: Job) -> bool:
    """Whether a run that ended here has since been continued by another server, or removed.

    One more recorded step is no sign of that: a killed process may have recorded a step without reporting it.
    """
    if not job.is_over:
        return False
    writer = live_writer(job.path)
    if writer and not (job.worker and writer.pid == job.worker.process.pid):
        return True
    if not job.path.exists():
        return job.problem is None
    return Run(job.path).last_step() > job.step + 1


def summary(choice: str) -> ShownRun | None:
    """`named`, but with few steps and without samples for ended runs, so that hundreds can be cached."""
    folder = models.folder_of(choice)
    changed = _changed(folder)
    if jobs().get(folder.name) or not changed or live_writer(folder):
        return named(choice)
    try:
        return _read_summary(choice, folder, changed)
    except UNREADABLE:
        return None


def choices() -> list[str]:
    """All runs that can be shown: this session's, the last started first, then the shipped ones."""
    shipped = [task for task in TASKS if (SHIPPED / task / METRICS).exists()]
    return [*(RUN_PREFIX + folder.name for folder in models.folders_with(CONFIG)), *shipped]


def mine_going_on() -> list[Job]:
    """This session's runs that are not over."""
    return [job for job in jobs().going_on() if job.owner == owner()]


def title(choice: str) -> str:
    """The title of a run on screen."""
    if choice in TASKS:
        return models.title(choice)
    return models.marked_title(choice)


def state_title(state: State) -> str:
    """The title of a state on screen."""
    return {
        "waiting": t("waiting"),
        "starting": t("starting"),
        "running": t("training"),
        "paused": t("paused"),
        "finished": t("finished"),
        "stopped": t("stopped"),
        "failed": t("failed"),
        "killed": t("killed"),
        "elsewhere": t("training in another process"),
    }[state]


def asked_title(command: Command) -> str:
    """The title on screen of a command that the process has not obeyed yet."""
    return {
        "pause": t("pausing"),
        "resume": t("resuming"),
        "step": t("taking a step"),
        "stop": t("stopping"),
    }[command]


def time_taken(records: Sequence[TrainStep]) -> float | None:
    """The seconds that all steps took; None if they were not recorded."""
    known = [record.seconds for record in records if record.seconds is not None]
    return sum(known) if known else None


UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""Exceptions when reading a folder that contains no valid run."""


@lru_cache(maxsize=64)
def _task(folder: Path, name: str, tokens: TokenKind) -> Task:
    """The task of a run; cached, since the samples need it several times per second."""
    return task_of(folder, TrainConfig(task=name, tokens=tokens))


def _of_job(choice: str, job: Job) -> ShownRun:
    return ShownRun(
        choice,
        job.path,
        job.model,
        job.training,
        job.records,
        job.evaluations,
        job.state,
        job,
        job.seconds,
    )


def _recorded(choice: str) -> ShownRun | None:
    folder = models.folder_of(choice)
    try:
        run = _read(choice, folder, _changed(folder))
    except UNREADABLE:
        return None
    return replace(run, state="elsewhere") if live_writer(folder) else run


def _changed(folder: Path) -> int:
    """A number that changes when the run's files do; 0 if they do not exist."""
    return sum(path.stat().st_mtime_ns for path in (folder / CONFIG, folder / METRICS) if path.exists())


@lru_cache(maxsize=64)
def _follower(folder: Path) -> Follower:
    """A cached follower, so that only new steps are read of a run that another process trains."""
    return Follower(folder)


@st.cache_resource(max_entries=16, show_spinner=False)
def _read(choice: str, folder: Path, changed: int) -> ShownRun:
    """A recorded run, not to be changed, since it is cached. `changed` is only part of the cache key."""
    run = Run.find(folder)
    config = run.config()
    training = TrainConfig.from_dict(config["training"])
    _task(folder, training.task, training.tokens)  # raises an error if the run's table of pairs is missing
    records = _follower(folder).look()
    evaluations = tuple(record for record in records if record.evaluation)
    state: State = "finished" if records and records[-1].step >= training.steps else "stopped"
    return ShownRun(
        choice,
        folder,
        TransformerConfig.from_dict(config["model"]),
        training,
        records,
        evaluations,
        state,
        seconds=time_taken(records),
    )


@st.cache_resource(max_entries=1000, show_spinner=False)
def _read_summary(choice: str, folder: Path, changed: int) -> ShownRun:
    whole = _read(choice, folder, changed)
    measured = [
        replace(record, evaluation=replace(record.evaluation, samples=()))
        for record in thin(whole.evaluations, by_gradient, SUMMARY_POINTS)
        if record.evaluation
    ]
    records = tuple(thin(whole.records, by_gradient, SUMMARY_POINTS))
    return replace(whole, records=records, evaluations=tuple(measured))
