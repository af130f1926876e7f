"""The buttons of a training run: start, pause, step, stop, restart, continue, replay."""

import uuid
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from transformer import TransformerConfig
from transformer.learning.runs import Run
from transformer.learning.steps import TrainConfig
from transformer.tasks import PAIRS, Task
from ui import models
from ui.callbacks import made_once, says_why
from ui.i18n import t
from ui.jobs import Command, Job, jobs
from ui.jobs.abandoned import GRACE
from ui.ownership import about_mine
from ui.state import TrainingPage
from ui.training import condition, outcome, pairs, replay, shown
from ui.training.shown import RESTARTS, ShownRun

Configs = tuple[TransformerConfig, TrainConfig]

FIRST_POINT_WAIT = 0.8
"""Most seconds that Start waits for the first step, so that the first picture shows it."""

READY_WAIT = 10.0
"""Most seconds to wait for the process to be ready when a run is started with a single step."""

RUN_CHOICE = "training_run_choice"
"""Prefix of the key of the widget for `TrainingPage.run`, which may be empty while the widget shows a run."""


def draw(run: ShownRun | None, configs: Configs | None, row: DeltaGenerator) -> None:
    """Draw the buttons and the choice of a run into `row`.

    Optional buttons are at its end, so that no other button moves while the mouse is over it.
    """
    goes_on = run is not None and run.goes_on and run.state != "elsewhere"
    can_start = configs is not None and not goes_on
    drawn = uuid.uuid4().hex
    with row:
        st.button(
            t("Start"), key="start_button", type="primary", on_click=_start, args=(drawn, configs),
            disabled=not can_start,
        )  # fmt: skip
        if run and run.state == "paused":
            _command_button(t("Resume"), "resume", run, key="pause")  # same key as Pause, so no button moves
        else:
            can_pause = bool(run and goes_on and run.state != "waiting")
            _command_button(t("Pause"), "pause", run, enabled=can_pause)
        if run and goes_on:
            _command_button(t("Step"), "step", run, enabled=run.state == "paused")
        else:
            st.button(
                t("Step"), key="step_button", on_click=_start, args=(drawn, configs, True),
                disabled=not can_start, help=t("Starts with a single step, then waits"),
            )  # fmt: skip
        _command_button(t("Stop"), "stop", run, enabled=goes_on)
        draw_choice(run)
        with st.popover(t("This run"), key="this_run", disabled=run is None):
            if run:
                _draw_seldom(run, drawn, goes_on)
        if run and not run.is_shipped:
            if not goes_on and run.step < run.training.steps:
                _draw_continue(run)
            outcome.draw_use(run)


def _draw_seldom(run: ShownRun, drawn: str, goes_on: bool) -> None:
    """Draw rarely used controls of a run."""
    with st.container(horizontal=True):
        st.button(
            t("Restart"), key="restart_button", on_click=_restart, args=(drawn, run),
            disabled=run.state == "elsewhere",
            help=t("Trains anew from the same initial weights: same settings, same seed, a run of its own"),
        )  # fmt: skip
        st.button(
            t("Replay"), key="replay_button", on_click=_replay, disabled=goes_on or not run.records,
            help=t("Draws the recorded steps once more"),
        )  # fmt: skip
    if run.job and goes_on:
        _draw_keeping(run, run.job)
    outcome.draw_files(run)


def _draw_keeping(run: ShownRun, job: Job) -> None:
    st.toggle(
        t("Keep training when I close the page"), value=job.keep, key=f"keep_{run.path.name}",
        on_change=_keep, args=(run.choice,),
        help=t(
            "Otherwise it stops {minutes} minutes after the last page was closed, and can be continued",
            minutes=f"{GRACE / 60:g}",
        ),
    )  # fmt: skip


def _draw_continue(run: ShownRun) -> None:
    can_go_on = run.state != "elsewhere" and condition.of(run.path).can_go_on
    st.button(
        t("Continue"), key="continue_button", on_click=_continue, args=(run,), disabled=not can_go_on,
        help=t("Goes on exactly where the last checkpoint left it"),
    )  # fmt: skip


def _keep(choice: str) -> None:
    run = shown.named(choice)
    if run and run.job:
        run.job.keep = st.session_state[f"keep_{run.path.name}"]


def _command_button(
    label: str, command: Command, run: ShownRun | None, enabled: bool = True, key: str = ""
) -> None:
    choice = run.choice if run else ""
    st.button(
        label, key=f"{key or command}_button", on_click=_tell, args=(choice, command), disabled=not enabled
    )


@says_why
def _tell(choice: str, command: Command) -> None:
    run = shown.named(choice)
    if run and run.job:
        jobs().tell(run.job, command)
        TrainingPage.run.set(choice)  # so that a stopped run stays on the charts


@says_why
def _start(drawn: str, configs: Configs, paused: bool = False) -> None:
    """Start a run. Does nothing for a late click that finds the run on the charts in progress."""
    before = shown.named(TrainingPage.run.value) if TrainingPage.run.value else None
    if before and before.goes_on:
        return
    job = made_once(drawn, partial(launch, configs, paused))
    if paused:
        job.wait_until(lambda: job.state not in ("waiting", "starting"), READY_WAIT)
        jobs().tell(job, "step")
    show(job)


def launch(configs: Configs, paused: bool = False, task: Task | None = None) -> Job:
    """Start or queue a new run. For the pairs task, it uses the pairs in the table unless `task` is given."""
    if configs[1].task == PAIRS:
        task = task or pairs.task()
    return jobs().start(models.RUNS, *configs, task, paused=paused, about=about_mine())


def show(job: Job) -> None:
    """Put a new run on the charts; waits up to `FIRST_POINT_WAIT` seconds for its first step."""
    replay.end()
    TrainingPage.run.set(shown.RUN_PREFIX + job.name)
    job.wait_until(lambda: job.step > 0 or job.is_over or job.state == "waiting", FIRST_POINT_WAIT)


@says_why
def _continue(run: ShownRun) -> None:
    replay.end()
    job = jobs().resume(Run.find(run.path))
    TrainingPage.run.set(run.choice)
    job.wait_until(lambda: job.state not in ("waiting", "starting"), FIRST_POINT_WAIT)


@says_why
def _restart(drawn: str, run: ShownRun) -> None:
    """Start a new run with the same configuration and seed, and so the same initial weights."""
    replay.end()
    if run.job and not run.job.is_over:
        jobs().tell(run.job, "stop")
    about = {**about_mine(), RESTARTS: run.choice}
    start = partial(jobs().start, models.RUNS, run.model, run.training, run.task, about=about)
    job = made_once(drawn, start)
    TrainingPage.run.set(shown.RUN_PREFIX + job.name)
    job.wait_until(lambda: job.step > 0 or job.is_over or job.state == "waiting", FIRST_POINT_WAIT)


@says_why
def _replay() -> None:
    replay.begin()


def draw_choice(run: ShownRun | None) -> None:
    """Draw the choice of a run.

    The widget's key contains the run on the charts, so that `_keep_choice` recognizes a late event.
    """
    choices = shown.choices()
    if run and run.choice not in choices:  # its folder does not exist yet
        choices.insert(0, run.choice)
    on_charts = run.choice if run else None
    titles = models.told_apart(choices, shown.title)
    key = models.titles_key(f"{RUN_CHOICE}_{on_charts}", titles)
    st.session_state[key] = on_charts
    st.selectbox(
        t("On the charts"), choices, key=key, label_visibility="collapsed", width=230,
        format_func=titles.__getitem__,
        on_change=_keep_choice, args=(key, on_charts),
        placeholder=t("Choose a run") if choices else t("There is no run yet."),
    )  # fmt: skip


def _keep_choice(key: str, was_on_charts: str | None) -> None:
    """Apply a choice, unless another run was put on the charts since the widget was drawn."""
    if TrainingPage.run.value in ("", was_on_charts):
        replay.end()
        TrainingPage.run.set(st.session_state[key])
