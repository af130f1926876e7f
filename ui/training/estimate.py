"""The estimated time and memory of a run before it starts, and whether this machine can do it."""

from dataclasses import dataclass

import streamlit as st

from transformer import TransformerConfig
from transformer.learning.costs import (
    MEGABYTE,
    Work,
    check_free_memory,
    count_work,
    lengths,
    memory_needed,
    training_seconds,
)
from transformer.learning.feasible import check_feasible, check_file
from transformer.learning.shapes import parameter_count
from transformer.learning.steps import TrainConfig
from transformer.tasks import Task
from ui import models
from ui.i18n import t
from ui.jobs import jobs
from ui.state import PRESENTER
from ui.training.progress import duration


@dataclass(frozen=True)
class Estimate:
    """The size of a run, computed before it starts."""

    parameters: int
    bytes: int
    """The most memory that its process takes."""
    work: Work
    trg_length: int

    def check(self) -> None:
        """Raise `InputError` if it needs more memory than this machine has free."""
        check_free_memory(self.bytes)


def estimate(model: TransformerConfig, training: TrainConfig, task: Task) -> Estimate:
    """Estimate a training run from the shapes of its model and its task's batches."""
    src_length, trg_length = lengths(task)
    work = count_work(model, training.batch_size, src_length, trg_length)
    return Estimate(parameter_count(model), memory_needed(model, training, task), work, trg_length)


def draw(model: TransformerConfig, training: TrainConfig, task: Task) -> None:
    """Draw the estimate. Raises `InputError` if the run is impossible, or too large for this machine."""
    check_feasible(model, task)
    check_file(models.RUNS, model, training)
    found = estimate(model, training, task)
    _draw_figures(found, training)
    found.check()


def _draw_figures(found: Estimate, training: TrainConfig) -> None:
    test = jobs().speed_test
    if test.speed:
        seconds = training_seconds(test.speed, training, found.work, found.trg_length)
        time = t("about {time}", time=duration(seconds))
    else:
        time = "" if test.failed else t("time: measuring this machine ...")
    parts = [
        time,
        t("{count} parameters", count=f"{found.parameters:,}"),
        "" if PRESENTER.value else t("up to {size} MB of memory", size=f"{found.bytes // MEGABYTE:,}"),
    ]
    st.caption(
        " · ".join(part for part in parts if part),
        help=t("{count} sequences in all", count=f"{training.steps * training.batch_size:,}")
        + ". "
        + t(
            "The time is what a few small trainings on this machine suggest, while nothing else runs; the "
            "memory is counted from the sizes: weights, gradients, Adam's two moments, and all that the "
            "backward pass needs."
        ),
    )
