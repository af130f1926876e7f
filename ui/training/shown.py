"""Which training run is on the charts: one that goes on, one in the folder of runs, or a shipped one."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import streamlit as st
import torch

from transformer import TASKS, TransformerConfig, build_model
from transformer.checkpoint import SHIPPED
from transformer.runs import CHECKPOINT, CONFIG, METRICS, Run
from transformer.tasks import Task, task_named
from transformer.training import TrainConfig, TrainStep
from ui import models
from ui.i18n import t
from ui.jobs import ACTIVE, Job, State, jobs
from ui.mistakes import marked
from ui.state import TrainingPage
from viz.curves import thin

RUN_PREFIX = "run:"
"""How `models.names` marks a run."""

SUMMARY_POINTS = 140
"""Steps kept of a run that is only compared with others."""


@dataclass(frozen=True)
class ShownRun:
    """A training run as the page sees it, going on or over."""

    choice: str
    """As `models.names` writes it: a task for its shipped model, or `run:` and a name."""
    path: Path
    model: TransformerConfig
    training: TrainConfig
    records: Sequence[TrainStep]
    evaluations: Sequence[TrainStep]
    """Those of the records that have an evaluation."""
    state: State
    job: Job | None = None

    @property
    def step(self) -> int:
        """Steps made so far."""
        return self.records[-1].step if self.records else 0

    @property
    def is_shipped(self) -> bool:
        """Whether it came with the project."""
        return not self.choice.startswith(RUN_PREFIX)

    @property
    def goes_on(self) -> bool:
        """Whether more steps are to come without anything being asked for."""
        return self.state in ("waiting", *ACTIVE)

    @property
    def task(self) -> Task:
        """What is trained."""
        return task_named(self.training.task)

    def until(self, share: float) -> "ShownRun":
        """The run as it was when this share of its steps was done."""
        records = self.records[: max(int(len(self.records) * share), 1)]
        evaluations = [record for record in self.evaluations if record.step <= records[-1].step]
        return replace(self, records=records, evaluations=evaluations)


def current() -> ShownRun | None:
    """What the setting says, else the run that goes on, else the shipped training of the chosen task."""
    wanted = TrainingPage.run.value
    if wanted:
        found = named(wanted)
        if found:
            return found
        st.warning(t("There is no training run “{name}” here.", name=title(wanted)))
    going_on = jobs().going_on()
    return named(RUN_PREFIX + going_on[-1].name if going_on else TrainingPage.task.value)


def named(choice: str) -> ShownRun | None:
    """A run by its name; None if there is none that can be read."""
    job = jobs().get(choice.removeprefix(RUN_PREFIX)) if choice.startswith(RUN_PREFIX) else None
    return _of_job(choice, job) if job else _recorded(choice)


def summary(choice: str) -> ShownRun | None:
    """`named` with few steps and without samples, cheap to keep for hundreds of runs."""
    folder = _folder(choice)
    changed = _changed(folder)
    if jobs().get(folder.name) or not changed:
        return named(choice)
    try:
        return _read_summary(choice, folder, changed)
    except UNREADABLE:
        return None


def choices() -> list[str]:
    """Everything that can be shown: runs that go on and recorded ones, latest first, then shipped ones."""
    times = {path.parent.name: path.stat().st_mtime for path in models.RUNS.glob(f"*/{CONFIG}")}
    times |= {job.name: time.time() for job in jobs().going_on()}
    names = sorted(times, key=lambda name: (times[name], name), reverse=True)
    shipped = [task for task in TASKS if (SHIPPED / task / METRICS).exists()]
    return [*(RUN_PREFIX + name for name in names), *shipped]


def title(choice: str) -> str:
    """How a run is called on screen."""
    if choice in TASKS:
        return models.title(choice)
    name = choice.removeprefix(RUN_PREFIX)
    return marked(name, models.RUNS / name / CHECKPOINT)


def state_title(state: State) -> str:
    """How a state is called on screen."""
    return {
        "waiting": t("waiting"),
        "starting": t("starting"),
        "running": t("training"),
        "paused": t("paused"),
        "finished": t("finished"),
        "stopped": t("stopped"),
        "failed": t("failed"),
        "killed": t("killed"),
    }[state]


def by_gradient(record: TrainStep) -> float:
    """What to prefer when not all steps are drawn: a large gradient is where something happened."""
    return record.grad_norm if record.grad_norm == record.grad_norm else float("inf")  # NaN is something


@lru_cache(maxsize=256)
def parameter_count(config: TransformerConfig) -> int:
    """How many numbers a model learns; no memory is taken for them."""
    with torch.device("meta"):
        return sum(weight.numel() for weight in build_model(config).parameters())


UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)
"""What reading a folder raises that holds no run, or not one of this program."""


def _of_job(choice: str, job: Job) -> ShownRun:
    return ShownRun(choice, job.path, job.model, job.training, job.records, job.evaluations, job.state, job)


def _recorded(choice: str) -> ShownRun | None:
    folder = _folder(choice)
    try:
        return _read(choice, folder, _changed(folder))
    except UNREADABLE:
        return None


def _folder(choice: str) -> Path:
    root = models.RUNS if choice.startswith(RUN_PREFIX) else SHIPPED
    return root / Path(choice.removeprefix(RUN_PREFIX)).name


def _changed(folder: Path) -> int:
    """Changes when the run goes on; 0 if there is none."""
    return sum(path.stat().st_mtime_ns for path in (folder / CONFIG, folder / METRICS) if path.exists())


@st.cache_resource(max_entries=16, show_spinner=False)
def _read(choice: str, folder: Path, changed: int) -> ShownRun:
    """Never mutated. `changed` is part of the key only."""
    run = Run.find(folder)
    config = run.config()
    training = TrainConfig.from_dict(config["training"])
    records = tuple(TrainStep.from_dict(values) for values in run.metrics())
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
