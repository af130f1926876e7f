"""The progress of a training run: a bar and a line of text, which an event stream keeps up to date."""

from collections.abc import Mapping
from typing import cast

import streamlit as st

from transformer.learning.steps import Evaluation
from ui.i18n import explain, figure, t
from ui.jobs import jobs
from ui.live import component
from ui.live.component import Replay
from ui.live.topics import State, Topic, Visitor, topic
from ui.training import condition, outcome, shown
from ui.training.replay import of_board
from ui.training.shown import ShownRun


@topic("progress", every=0.2)
def _look(words: Mapping[str, str], visitor: Visitor) -> State | None:
    """The progress of the run `run`; `open` says whether the user has yet to predict its outcome."""
    run = shown.named_for(words.get("run", ""), visitor)
    return board(run, is_open=bool(words.get("open"))) if run else None


def draw(run: ShownRun, is_open: bool, replay: Replay | None) -> None:
    """Draw what went wrong with the run, if anything, its progress and, once it is finished, its use.

    The page reruns when the run's state changes. While a prediction `is_open`, figures that would give its
    answer away are left out.
    """
    _draw_why_not(run)
    words = {"run": run.choice} | ({"open": "1"} if is_open else {})
    component.board(
        "live_progress",
        board(run, is_open),
        Topic.of("progress", **words) if run.goes_on else None,
        of_board(replay, run, lambda part: board(part, is_open, is_replayed=True)),
    )
    if run.state == "finished" and not run.is_shipped:
        st.markdown(_about_its_use(run, is_open))


def _draw_why_not(run: ShownRun) -> None:
    problem = run.job.problem if run.job else None
    if problem and run.state in ("failed", "killed"):
        st.error(explain(problem))
    elif problem and run.state == "stopped":
        st.info(explain(problem))
    elif run.lost_its_server:
        st.info(t("The server or the process that trained this run ended before the run did."))
    condition.draw(run)


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


def board(run: ShownRun, is_open: bool, is_replayed: bool = False) -> State:
    """The bar, the line beside it, and the place in the queue.

    While a prediction `is_open`, figures that would give its answer away are left out.
    """
    return {
        "state": run.state,
        "bar": {"share": min(run.step / run.training.steps, 1.0), "text": _text(run, is_replayed, is_open)},
        "remarks": _place_in_queue(run),
    }


def _place_in_queue(run: ShownRun) -> list[str]:
    waiting = jobs().waiting()
    if run.job not in waiting:
        return []
    return [
        t(
            "Place {place} of {count} in the queue. {active} runs are under way or paused, as many as "
            "this machine takes at once; the next one starts when one of them ends.",
            place=waiting.index(run.job) + 1,
            count=len(waiting),
            active=len(jobs().active()),
        )
    ]


def _text(run: ShownRun, is_replayed: bool, is_open: bool) -> str:
    asked = run.job.asked if run.job else None
    parts = [
        t("replay") if is_replayed else shown.asked_title(asked) if asked else shown.state_title(run.state),
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
    """A duration in seconds as readable text, such as "2 min 5 s"."""
    whole = round(seconds)
    if whole < 60:
        return t("{seconds} s", seconds=whole)
    if whole < 3600:
        return t("{minutes} min {seconds} s", minutes=whole // 60, seconds=whole % 60)
    return t("{hours} h {minutes} min", hours=whole // 3600, minutes=whole // 60 % 60)
