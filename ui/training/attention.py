"""Attention over training: the snapshots of a run, which the user steps through in the browser."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from transformer import InputError, limits
from transformer.learning.snapshots import (
    ATTENTIONS,
    BEYOND,
    MOST,
    MOST_WORDS,
    Snapshot,
    Snapshots,
    similarity,
    superfluous,
    take_snapshot,
)
from transformer.model.places import Attention
from ui import attention_titles
from ui.frames import training
from ui.i18n import t
from ui.layout import Suggestion, controls, fragment, notice, show_source, stage, try_this
from ui.live.component import asker
from ui.live.topics import State, Topic, Visitor, topic
from ui.state import PRESENTER, TrainingPage
from ui.tensor_grid import Frame, GridEvent, tensor_grid
from ui.training import buttons, charts, shown, wrong_on_purpose
from ui.training.shown import ShownRun

HIGH, LOW = 500, 450
"""Heights in pixels of the curves beside the grid, without and with presenter size."""


@topic("snapshots", every=1.0)
def _count(words: Mapping[str, str], visitor: Visitor) -> State | None:
    """The version of the snapshots of the run `run`."""
    run = shown.named_for(words.get("run", ""), visitor)
    return {"version": _version(run)} if run else None


def _version(run: ShownRun) -> int:
    """A number that changes with the latest snapshot's step, and when the run ends.

    The number of snapshots would not do, since older ones are removed during the run.
    """
    return 2 * max(Snapshots(run.path).steps(), default=-1) + run.goes_on


def draw() -> None:
    """Draw the section: controls, the grid, which grows during the run, and the curves beside it."""
    run = shown.current()
    with controls("controls_attention"):
        buttons.draw_choice(run)
        _choose_look()
    if run is None:
        st.write(t("There is no run yet."))
    elif wrong_on_purpose.is_open(run):
        wrong_on_purpose.draw_invitation()
    else:
        fragment(_draw, run.choice)
    notice(
        t("Before the first step every head spreads its attention about evenly: nothing is learned yet."),
        t("Step to where the loss falls most: which heads have become sharp, and which have not?"),
        t("Exact match rises once cross-attention finds the right source token for every position."),
    )
    try_this(
        Suggestion(
            t("Play it from the beginning and watch one head: at which step does it settle?"),
            {TrainingPage.snapshot: 0},
        ),
        Suggestion(
            t("Look at the similarity of the embeddings: which digits grow alike?"),
            {TrainingPage.look: "embed"},
        ),
    )
    show_source(take_snapshot, similarity)


def _choose_look() -> None:
    titles = {Attention(code).path: title for code, title in attention_titles.titles().items()}
    titles["all"] = t("all three")
    titles |= {"embed": t("similarity of the embeddings"), "position": t("similarity of the positions")}
    st.selectbox(
        t("What to look at"), [*ATTENTIONS, "all", "embed", "position"], key=TrainingPage.look.name,
        format_func=titles.__getitem__, label_visibility="collapsed", width=230,
    )  # fmt: skip


def _draw(choice: str) -> None:
    """Draw grid and curves in one fragment, since the curves mark the step of the snapshot on screen."""
    run = shown.named(choice)
    if run is None:
        return
    asker(
        "asks_for_snapshots",
        _version(run),
        Topic.of("snapshots", run=choice) if run.goes_on else None,
    )
    left, right = st.columns([3, 1], gap="medium")
    with left:
        step = _draw_snapshots(run)
    with right, stage("stage_curves"):
        charts.draw_marked(run, LOW if PRESENTER.value else HIGH, step)


def _draw_snapshots(run: ShownRun) -> int:
    """Draw the grid, if there are snapshots; return the training step of the one on screen."""
    store = Snapshots(run.path)
    found = [_read(run.path, step, _changed(store.path(step))) for step in store.steps()]
    snapshots = [snapshot for snapshot in found if snapshot]
    if len(snapshots) < len(found):
        st.warning(t("{count} snapshots cannot be read and are left out.", count=len(found) - len(snapshots)))
    if not snapshots:
        st.write(_why_none(run))
        return run.step
    few = _few(snapshots)
    steps = [snapshot.step for snapshot in few]
    place = _place(steps, TrainingPage.snapshot.value)
    tensor_grid(
        _frames(run, few),
        key=f"snapshots_{run.choice}",
        start=place,
        report=["frame"],
        on_event=lambda event: _remember(event, steps),
        follow=True,
        stage=True,
        counter=t("Snapshot {number} of {total}"),
    )
    st.caption(_about(len(few), len(snapshots)))
    return steps[place]


def _why_none(run: ShownRun) -> str:
    if run.goes_on:
        return t("The first snapshot is taken before the first step.")
    return t(
        "This run was recorded without snapshots of the attention. Start a run: one is taken before its "
        "first step and at every measurement."
    )


def _about(drawn: int, there: int) -> str:
    about = t(
        "One held-out input, sent through the model with its right answer before the first step and at every "
        "measurement. Below each predicted token stands the probability of the right one. Of a long run "
        "{most} snapshots are kept, close together at its beginning.",
        most=MOST,
    )
    if drawn == there:
        return about
    return f"{about} " + t(
        "This model has so many heads that only {drawn} of {there} snapshots are shown.",
        drawn=drawn,
        there=there,
    )


def _frames(run: ShownRun, snapshots: Sequence[Snapshot]) -> list[Frame]:
    wanted = TrainingPage.look.value
    records = {record.step: record for record in run.evaluations}
    if wanted in ("embed", "position"):
        remark = _about_positions(run, snapshots[0]) if wanted == "position" else ""
        return training.similarity_frames(run.task, snapshots, records, wanted, remark)
    attentions = ATTENTIONS if wanted == "all" else (wanted,)
    return training.attention_frames(run.task, snapshots, records, attentions)


def _about_positions(run: ShownRun, snapshot: Snapshot) -> str:
    if run.model.positions == "none":
        return t("This model has no codes for positions.")
    if run.model.positions == "sinusoidal":
        return t("Sinusoidal codes are computed, not learned: nothing changes from step to step.")
    if len(snapshot.similarity["encoder.position"]) == min(run.model.max_len, MOST_WORDS):
        return t("Learned codes begin at random.")
    return t(
        "Learned codes begin at random. The last {count} positions occur in no training sequence, so nothing "
        "ever moves them.",
        count=BEYOND,
    )


def _few(snapshots: list[Snapshot]) -> list[Snapshot]:
    """The snapshots thinned to at most `limits.MAX_SNAPSHOT_CELLS` cells, but at least two snapshots."""
    wanted = TrainingPage.look.value
    first = snapshots[0]
    tensors = first.similarity if wanted in ("embed", "position") else first.weights
    cells = sum(array.size for name, array in tensors.items() if wanted == "all" or wanted in name)
    dropped = set(
        superfluous([snapshot.step for snapshot in snapshots], max(limits.MAX_SNAPSHOT_CELLS // cells, 2))
    )
    return [snapshot for snapshot in snapshots if snapshot.step not in dropped]


def _place(steps: Sequence[int], wanted: int) -> int:
    """The index of the snapshot nearest to the step `wanted`; the last one for -1."""
    if wanted < 0:
        return len(steps) - 1
    return min(range(len(steps)), key=lambda place: abs(steps[place] - wanted))


def _remember(event: GridEvent, steps: Sequence[int]) -> None:
    """Store the step on screen in its setting; -1 for the last one, so that the view follows the run."""
    is_latest = event.frame >= len(steps) - 1
    TrainingPage.snapshot.set(-1 if is_latest else steps[event.frame])


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


@st.cache_resource(max_entries=500, show_spinner=False)
def _read(run: Path, step: int, changed: int) -> Snapshot | None:
    """A cached snapshot, not to be changed; None if damaged. `changed` is only part of the cache key."""
    try:
        return Snapshots(run).read(step)
    except InputError:
        return None
