"""A training run as it goes on: progress and charts, drawn again and again without the rest of the page."""

import time
from collections.abc import Sequence
from typing import Any, cast

import pandas as pd
import pyarrow as pa
import streamlit as st

from transformer.learning.steps import Evaluation
from ui.i18n import explain, figure, t
from ui.jobs import State, jobs
from ui.layout import fragment
from ui.state import PRESENTER, REPLAY_SINCE, TrainingPage
from ui.style import PRESENTER_SCALE
from ui.training import condition, outcome, shown
from ui.training.samples import draw_newest, draw_samples
from ui.training.shown import ShownRun
from viz.curves import MARK, MAX_MARKS, ZOOM, Curve, Spec, curve_chart, thin, thinning

POLL: dict[State, float] = {
    "waiting": 1.0,
    "starting": 0.25,
    "running": 0.25,
    "paused": 0.5,
    "elsewhere": 2.0,
}
"""Seconds between two looks at a run, by its state; a run that is over is looked at once."""

CHARTS_POLL, SAMPLES_POLL = 0.5, 1.0
"""The least seconds between two drawings: a browser that is busy drawing answers a click late."""

CROWD = 10
"""With n times as many browsers connected, runs are looked at n times less often."""

SMALL = ("learning_rate", "grad_norm", "tokens_per_second")
SAFE = ("learning_rate", "tokens_per_second")
"""Those of the small charts that do not tell whether a model learns."""

REPLAY_POLL = 0.25
REPLAY_SECONDS = 12.0
"""How long the replay of a recorded run takes."""


def follow_progress(run: ShownRun, is_open: bool) -> None:
    """How far it is, again and again while it goes on; the whole page once its state changes.

    While a prediction `is_open`, without the figures that answer it.
    """
    fragment(_draw_progress, run.choice, run.state, is_open, run_every=_interval(run.state))


def follow(run: ShownRun, is_open: bool, height: int) -> None:
    """Loss, accuracy and the newest samples; while a prediction `is_open`, only what does not answer it."""
    every = _interval(run.state, CHARTS_POLL)
    if is_open:
        fragment(_draw_small_charts, run.choice, SAFE, run_every=every)
        return
    left, right = st.columns([5, 12])
    with left:
        fragment(_draw_loss, run.choice, height, run_every=every)
    with right:
        fragment(_draw_accuracy_and_samples, run.choice, height, run_every=every)


def follow_small_charts(run: ShownRun) -> None:
    """What drives the training: the learning rate, the gradient's norm, the speed."""
    fragment(_draw_small_charts, run.choice, SMALL, run_every=_interval(run.state, CHARTS_POLL))


def follow_samples(run: ShownRun) -> None:
    """The samples over the training, again and again while the run goes on."""
    fragment(_draw_samples, run.choice, run_every=_interval(run.state, SAMPLES_POLL))


def _interval(state: State, least: float = 0) -> float | None:
    """Seconds from one look at a run to the next, None for no more; in a full class fewer looks do."""
    if _replayed() < 1:
        return REPLAY_POLL
    if state not in POLL:
        return None
    return max(POLL[state], least) * (1 + len(jobs().presence.visits()) // CROWD)


def _draw_progress(choice: str, drawn: State, is_open: bool) -> None:
    replayed = _replayed()
    ends_now = replayed == 1 and st.session_state.get(REPLAY_SINCE) is not None
    run = shown.named(choice)
    if run is None or run.state != drawn or ends_now:
        st.session_state[REPLAY_SINCE] = None
        st.rerun()
    is_replayed = replayed < 1
    run = run.until(replayed) if is_replayed else run
    _draw_state(run)
    st.progress(min(run.step / run.training.steps, 1.0), text=_progress_text(run, is_replayed, is_open))
    if run.state == "finished" and not run.is_shipped and not is_replayed:
        st.markdown(_about_its_use(run, is_open))


def _about_its_use(run: ShownRun, is_open: bool) -> str:
    if outcome.is_used(run):
        return t("All pages work with this model now.")
    if is_open or not run.evaluations:
        return t("The training is finished: every page can work with this model now.")
    last = cast(Evaluation, run.evaluations[-1].evaluation)
    return t(
        "The training is finished, {share} of the held-out answers are exactly right: every page can work "
        "with this model now.",
        share=figure(last.exact_match, ".1%"),
    )


def _draw_samples(choice: str) -> None:
    run = _as_replayed(choice)
    if run:
        draw_samples(run)


def _as_replayed(choice: str) -> ShownRun | None:
    run, replayed = shown.named(choice), _replayed()
    return run.until(replayed) if run and replayed < 1 else run


def _replayed() -> float:
    """How much of the run the replay has reached; 1 if there is none."""
    since = st.session_state.get(REPLAY_SINCE)
    return min((time.time() - since) / REPLAY_SECONDS, 1.0) if since else 1.0


def _draw_state(run: ShownRun) -> None:
    """Why it does not go on, if there is something to say."""
    problem = run.job.problem if run.job else None
    if problem and run.state in ("failed", "killed"):
        st.error(explain(problem))
    elif problem and run.state == "stopped":
        st.info(explain(problem))
    elif run.lost_its_server:
        st.info(t("The server or the process that trained this run ended before the run did."))
    condition.draw(run)
    waiting = jobs().waiting()
    if run.job in waiting:
        st.info(
            t(
                "Place {place} of {count} in the queue. {active} runs are under way or paused, as many as "
                "this machine takes at once; the next one starts when one of them ends.",
                place=waiting.index(run.job) + 1,
                count=len(waiting),
                active=len(jobs().active()),
            )
        )


def _progress_text(run: ShownRun, replaying: bool, is_open: bool) -> str:
    asked = run.job.asked if run.job else None
    parts = [
        t("replay") if replaying else shown.asked_title(asked) if asked else shown.state_title(run.state),
        t("step {step} of {total}", step=f"{run.step:,}", total=f"{run.training.steps:,}"),
    ]
    if run.job and run.job.repeated and run.goes_on:
        parts.append(t("step {step} once more", step=f"{run.job.repeated:,}"))
    left = run.job.seconds_left() if run.job and run.state == "running" else None
    if left is not None:
        parts.append(t("about {time} left", time=duration(left)))
    if run.records and not is_open:
        parts.append(t("training loss {loss}", loss=figure(run.records[-1].loss, ".4f")))
    if run.evaluations and not is_open:
        last = cast(Evaluation, run.evaluations[-1].evaluation)
        parts.append(t("exact match {share}", share=figure(last.exact_match, ".1%")))
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    whole = round(seconds)
    if whole < 60:
        return t("{seconds} s", seconds=whole)
    if whole < 3600:
        return t("{minutes} min {seconds} s", minutes=whole // 60, seconds=whole % 60)
    return t("{hours} h {minutes} min", hours=whole // 3600, minutes=whole // 60 % 60)


def _draw_loss(choice: str, height: int) -> None:
    """With the choice of its axis, which draws nothing else anew."""
    run = _as_replayed(choice)
    if run:
        draw_loss(run, height)
        TrainingPage.log.set(TrainingPage.log.value)  # else a browser that sees it only now takes it for off
        st.toggle(t("Loss on a logarithmic axis"), key=TrainingPage.log.name)


def _draw_accuracy_and_samples(choice: str, height: int) -> None:
    run = _as_replayed(choice)
    if run is None:
        return
    left, right = st.columns([5, 7])
    with left:
        draw_accuracy(run, height)
        if not PRESENTER.value:
            st.caption(t("Drag a chart to move it, Ctrl and wheel to zoom, double-click to see all of it."))
    with right:
        draw_newest(run)


def draw_loss(run: ShownRun, height: int, mark: int | None = None) -> None:
    """The curves of the loss; with a line at the step `mark`, if there is one."""
    _draw_curves(run, "loss", mark, _loss_curves(), {
        "y_title": t("loss, nats per token"), "axis_format": ".2~g", "log": TrainingPage.log.value,
        "height": height,
    })  # fmt: skip


def draw_accuracy(run: ShownRun, height: int, mark: int | None = None) -> None:
    """The curves of the shares right; with a line at the step `mark`, if there is one."""
    _draw_curves(run, "accuracy", mark, _accuracy_curves(), {
        "y_title": t("share right"), "axis_format": ".0%", "number_format": ".1%", "y_range": (0, 1),
        "height": height,
    })  # fmt: skip


def _draw_curves(
    run: ShownRun, name: str, mark: int | None, curves: Sequence[Curve], look: dict[str, Any]
) -> None:
    table = _table_of(run, curves)
    spec = curve_chart(
        curves, x_title=t("training step"), marked=mark is not None, small=mark is not None,
        scale=title_scale(), **look,
    )  # fmt: skip
    if mark is not None:
        column = [mark] * min(len(table), 1) + [None] * (len(table) - 1)
        table = table.append_column(MARK, pa.array(column, pa.float64()))
    draw_chart(table, spec, name)


def _table_of(run: ShownRun, curves: Sequence[Curve]) -> pa.Table:
    return history_table(run).select(["step", *(curve.column for curve in curves)])


def _draw_small_charts(choice: str, columns: Sequence[str]) -> None:
    run = _as_replayed(choice)
    if run is None:
        return
    table = history_table(run)
    titles = {
        "learning_rate": (t("learning rate"), "~g", 0),
        "grad_norm": (t("gradient norm"), "~s", 3),
        "tokens_per_second": (t("tokens per second"), "~s", 2),
    }
    for place, column in zip(st.columns(len(columns)), columns, strict=True):
        with place:
            label, axis_format, style = titles[column]
            spec = curve_chart(
                [Curve(column, label, style)], x_title=t("training step"), y_title=label,
                axis_format=axis_format, number_format=".4~g", height=150, small=True, scale=title_scale(),
            )  # fmt: skip
            draw_chart(table.select(["step", column]), spec, column)
    stride = thinning(len(run.records))
    if stride > 1:
        st.caption(t("Of every {count} steps the one with the largest gradient is drawn.", count=stride))


def _loss_curves() -> list[Curve]:
    return [
        Curve("loss", t("training batch"), 0),
        Curve("held_out_loss", t("held-out sequences"), 1, dotted=True),
    ]


def _accuracy_curves() -> list[Curve]:
    return [
        Curve("token_accuracy", t("tokens, training batch"), 0),
        Curve("held_out_accuracy", t("tokens, held out"), 1, dotted=True),
        Curve("exact_match", t("whole answers, running free"), 2, dotted=True),
    ]


def title_scale() -> float:
    """How much larger than usual the titles of charts are."""
    return PRESENTER_SCALE if PRESENTER.value else 1


def draw_chart(table: pa.Table | pd.DataFrame, spec: Spec, name: str) -> None:
    """A chart that keeps its zoom while `table` grows.

    Streamlit forgets the zoom at new data unless it is a selection that somebody wants to know of.
    """
    st.vega_lite_chart(
        table,
        spec,
        key=f"chart_{name}",
        width="stretch",
        on_select=_zoomed,
        selection_mode=ZOOM,
    )


def _zoomed() -> None:
    """Nothing to do: the browser has zoomed already."""


def history_table(run: ShownRun) -> pa.Table:
    """A row a drawn step; the columns of held-out figures are empty where nothing was measured.

    As it travels to the browser: turning a pandas table into this took longer than all else at a look. What
    is no number, as after a training that diverged, is empty too.
    """
    marked = thin(run.evaluations, shown.by_gradient, MAX_MARKS)
    kept = [*thin(run.records, shown.by_gradient), *marked]
    rows = {record.step: record for record in kept}
    drawn = [rows[step] for step in sorted(rows)]
    measured = [record.evaluation for record in drawn]
    columns: dict[str, list[float | None]] = {
        "step": [record.step for record in drawn],
        "loss": [record.loss for record in drawn],
        "token_accuracy": [record.token_accuracy for record in drawn],
        "learning_rate": [record.learning_rate for record in drawn],
        "grad_norm": [record.grad_norm for record in drawn],
        "tokens_per_second": [record.tokens_per_second for record in drawn],
        "held_out_loss": [one.loss if one else None for one in measured],
        "held_out_accuracy": [one.token_accuracy if one else None for one in measured],
        "exact_match": [one.exact_match if one else None for one in measured],
    }
    return pa.table(
        {name: pa.array(values, pa.float64(), from_pandas=True) for name, values in columns.items()}
    )
