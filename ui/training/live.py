"""A training run as it goes on: progress and charts, drawn again and again without the rest of the page."""

import time
from collections.abc import Sequence
from typing import cast

import pandas as pd
import pyarrow as pa
import streamlit as st

from transformer.training import Evaluation
from ui.i18n import explain, figure, sentences, t
from ui.jobs import State, jobs
from ui.layout import fragment
from ui.state import PRESENTER, REPLAY_SINCE, TrainingPage
from ui.style import PRESENTER_SCALE
from ui.training import condition, shown
from ui.training.samples import draw_samples
from ui.training.shown import ShownRun
from viz.curves import MAX_MARKS, ZOOM, Curve, Spec, curve_chart, thin, thinning

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

REPLAY_POLL = 0.25
REPLAY_SECONDS = 12.0
"""How long the replay of a recorded run takes."""


def follow(run: ShownRun) -> None:
    """Progress and charts, again and again while the run goes on; the whole page once its state changes."""
    fragment(_draw_progress, run.choice, run.state, run_every=_interval(run.state))
    every = _interval(run.state, CHARTS_POLL)
    loss, accuracy = (st.container(), st.container()) if PRESENTER.value else st.columns(2)
    with loss:
        fragment(_draw_loss, run.choice, run_every=every)
    with accuracy:
        fragment(_draw_accuracy, run.choice, run_every=every)
    fragment(_draw_small_charts, run.choice, run_every=every)


def follow_samples(run: ShownRun) -> None:
    """The samples, again and again while the run goes on."""
    fragment(_draw_samples, run.choice, run_every=_interval(run.state, SAMPLES_POLL))


def _interval(state: State, least: float = 0) -> float | None:
    """Seconds from one look at a run to the next, None for no more; in a full class fewer looks do."""
    if _replayed() < 1:
        return REPLAY_POLL
    if state not in POLL:
        return None
    return max(POLL[state], least) * (1 + len(jobs().presence.visits()) // CROWD)


def _draw_progress(choice: str, drawn: State) -> None:
    replayed = _replayed()
    ends_now = replayed == 1 and st.session_state.get(REPLAY_SINCE) is not None
    run = shown.named(choice)
    if run is None or run.state != drawn or ends_now:
        st.session_state[REPLAY_SINCE] = None
        st.rerun()
    run = run.until(replayed) if replayed < 1 else run
    _draw_state(run)
    st.progress(min(run.step / run.training.steps, 1.0), text=_progress_text(run, replaying=replayed < 1))


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


def _progress_text(run: ShownRun, replaying: bool) -> str:
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
    if run.records:
        parts.append(t("training loss {loss}", loss=figure(run.records[-1].loss, ".4f")))
    if run.evaluations:
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


def _draw_loss(choice: str) -> None:
    """With the choice of its axis, which draws nothing else anew."""
    run = _as_replayed(choice)
    if run:
        curves = _loss_curves()
        draw_chart(_table_of(run, curves), _loss_chart(curves), "loss")
        TrainingPage.log.set(TrainingPage.log.value)  # else a browser that sees it only now takes it for off
        st.toggle(t("Loss on a logarithmic axis"), key=TrainingPage.log.name)


def _draw_accuracy(choice: str) -> None:
    run = _as_replayed(choice)
    if run:
        curves = _accuracy_curves()
        draw_chart(_table_of(run, curves), _accuracy_chart(curves), "accuracy")


def _table_of(run: ShownRun, curves: Sequence[Curve]) -> pa.Table:
    return history_table(run).select(["step", *(curve.column for curve in curves)])


def _draw_small_charts(choice: str) -> None:
    run = _as_replayed(choice)
    if run is None:
        return
    table = history_table(run)
    small = {
        "learning_rate": (t("learning rate"), "~g", 0),
        "grad_norm": (t("gradient norm"), "~s", 3),
        "tokens_per_second": (t("tokens per second"), "~s", 2),
    }
    for place, (column, (label, axis_format, style)) in zip(st.columns(3), small.items(), strict=True):
        with place:
            curve = Curve(column, label, style)
            spec = curve_chart(
                [curve], x_title=t("training step"), y_title=label, axis_format=axis_format,
                number_format=".4~g", height=150, small=True, scale=title_scale(),
            )  # fmt: skip
            draw_chart(table.select(["step", column]), spec, column)
    stride = thinning(len(run.records))
    thinned = t("Of every {count} steps the one with the largest gradient is drawn.", count=stride)
    usage = t("Drag a chart to move it, Ctrl and wheel to zoom, double-click to see all of it.")
    st.caption(sentences(thinned if stride > 1 else "", usage))


def _loss_curves() -> list[Curve]:
    return [
        Curve("loss", t("training batch"), 0),
        Curve("held_out_loss", t("held-out sequences"), 1, dotted=True),
    ]


def _loss_chart(curves: Sequence[Curve]) -> Spec:
    return curve_chart(
        curves,
        x_title=t("training step"),
        y_title=t("loss, nats per token"),
        axis_format=".2~g",
        log=TrainingPage.log.value,
        scale=title_scale(),
    )


def _accuracy_curves() -> list[Curve]:
    return [
        Curve("token_accuracy", t("tokens, training batch (teacher forced)"), 0),
        Curve("held_out_accuracy", t("tokens, held out (teacher forced)"), 1, dotted=True),
        Curve("exact_match", t("whole answers, held out (running free)"), 2, dotted=True),
    ]


def _accuracy_chart(curves: Sequence[Curve]) -> Spec:
    return curve_chart(
        curves,
        x_title=t("training step"),
        y_title=t("share right"),
        axis_format=".0%",
        number_format=".1%",
        y_range=(0, 1),
        scale=title_scale(),
    )


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
