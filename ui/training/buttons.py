"""Start, pause, resume, step, stop, continue, replay. Never drawn in a polled fragment: clicks get lost."""

import time

import streamlit as st

from transformer import InputError, TransformerConfig
from transformer.runs import Run
from transformer.training import TrainConfig
from ui import models
from ui.i18n import t
from ui.jobs import Command, Job, jobs
from ui.state import MODEL, REPLAY_SINCE, TrainingPage
from ui.training import shown
from ui.training.shown import ShownRun

Configs = tuple[TransformerConfig, TrainConfig]

FIRST_POINT_WAIT = 0.8
"""Seconds that Start waits for the first step, so that the first picture has it already."""

READY_WAIT = 10.0
"""Seconds that starting with a single step waits for the process to be ready."""

RUN_CHOICE = "training_run_choice"
"""Key of the widget that shows `TrainingPage.run`, which may be empty where the widget names a run."""


def draw(run: ShownRun | None, configs: Configs | None) -> None:
    """The row of buttons, and which run they are about."""
    goes_on = run is not None and run.goes_on
    can_start = configs is not None and not goes_on
    with st.container(horizontal=True):
        st.button(
            t("Start"), key="start_button", type="primary", on_click=_start, args=(configs,),
            disabled=not can_start,
        )  # fmt: skip
        if run and run.state == "paused":
            _command_button(t("Resume"), "resume", run)
        else:
            _command_button(t("Pause"), "pause", run, enabled=goes_on)
        if run and goes_on:
            _command_button(t("Step"), "step", run, enabled=run.state == "paused")
        else:
            st.button(
                t("Step"), key="step_button", on_click=_start, args=(configs, True), disabled=not can_start,
                help=t("Starts with a single step, then waits"),
            )  # fmt: skip
        _command_button(t("Stop"), "stop", run, enabled=goes_on)
        if run and not goes_on and not run.is_shipped and run.step < run.training.steps:
            st.button(
                t("Continue"), key="continue_button", on_click=_continue, args=(run,),
                help=t("Goes on exactly where the last checkpoint left it"),
            )  # fmt: skip
        if run and not goes_on and run.records:
            st.button(
                t("Replay"),
                key="replay_button",
                on_click=_replay,
                help=t("Draws the recorded steps once more"),
            )
        _draw_choice(run)


def _command_button(label: str, command: Command, run: ShownRun | None, enabled: bool = True) -> None:
    choice = run.choice if run else ""
    st.button(label, key=f"{command}_button", on_click=_tell, args=(choice, command), disabled=not enabled)


def _tell(choice: str, command: Command) -> None:
    job = jobs().get(choice.removeprefix(shown.RUN_PREFIX))
    if job:
        jobs().tell(job, command)


def _start(configs: Configs, paused: bool = False) -> None:
    """A second click of a double click finds the first one's run going on, and does nothing."""
    before = shown.named(TrainingPage.run.value) if TrainingPage.run.value else None
    if before and before.goes_on:
        return
    job = launch(configs, paused)
    if paused:
        job.wait_until(lambda: job.state not in ("waiting", "starting"), READY_WAIT)
        jobs().tell(job, "step")
    show(job)


def launch(configs: Configs, paused: bool = False) -> Job:
    """A new run, or its place in the queue."""
    return jobs().start(models.RUNS, *configs, paused=paused)


def show(job: Job) -> None:
    """Put a run just started on the charts, with its first point if that does not take long."""
    st.session_state[REPLAY_SINCE] = None
    TrainingPage.run.set(shown.RUN_PREFIX + job.name)
    job.wait_until(lambda: job.step > 0 or job.is_over or job.state == "waiting", FIRST_POINT_WAIT)


def _continue(run: ShownRun) -> None:
    st.session_state[REPLAY_SINCE] = None
    try:
        job = jobs().resume(Run.find(run.path))
    except InputError as error:
        st.toast(t(error.message, **error.values))
        return
    TrainingPage.run.set(run.choice)
    job.wait_until(lambda: job.state not in ("waiting", "starting"), FIRST_POINT_WAIT)


def _replay() -> None:
    st.session_state[REPLAY_SINCE] = time.time()


def _draw_choice(run: ShownRun | None) -> None:
    choices = shown.choices()
    if run and run.choice not in choices:  # its folder is not there yet
        choices.insert(0, run.choice)
    st.session_state[RUN_CHOICE] = run.choice if run else None
    st.selectbox(
        t("On the charts"), choices, key=RUN_CHOICE, label_visibility="collapsed",
        format_func=shown.title, on_change=_keep_choice,
    )  # fmt: skip


def _keep_choice() -> None:
    st.session_state[REPLAY_SINCE] = None
    TrainingPage.run.set(st.session_state[RUN_CHOICE])


def draw_outcome(run: ShownRun) -> None:
    """What was trained, and what can be done with it now."""
    st.caption(
        t(
            "{task}: {steps} steps of {batch} sequences, learning rate {rate} ({schedule}), "
            "{layers} + {layers} layers, {heads} heads, D = {width}, {parameters} parameters, seed {seed}.",
            task=models.task_title(run.training.task),
            steps=f"{run.training.steps:,}",
            batch=run.training.batch_size,
            rate=f"{run.training.learning_rate:g}",
            schedule=run.training.schedule,
            layers=run.model.num_layers,
            heads=run.model.heads,
            width=run.model.embed_dim,
            parameters=f"{shown.parameter_count(run.model):,}",
            seed=run.training.seed,
        )
    )
    if run.is_shipped or run.goes_on:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        has_model = Run(run.path).checkpoint_path.exists()
        st.button(
            t("Use this model on all pages"), key="use_model_button", on_click=models.use_run,
            args=(run.path.name,), disabled=not has_model,
        )  # fmt: skip
        with st.popover(t("Delete")):
            st.write(t("This removes the run's folder with its checkpoint and its measurements."))
            st.button(t("Delete this run"), key="delete_button", on_click=_delete, args=(run,))
        st.code(str(run.path), language=None)


def _delete(run: ShownRun) -> None:
    try:
        jobs().delete(Run(run.path))
    except InputError as error:
        st.toast(t(error.message, **error.values))
        return
    TrainingPage.run.set("")
    if MODEL.value == run.choice:
        MODEL.set(MODEL.default)
