"""Attention over training: the snapshots of a run, stepped through in the browser."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from transformer import InputError, limits
from transformer.snapshots import ATTENTIONS, BEYOND, MOST, MOST_WORDS, Snapshot, Snapshots, superfluous
from ui.frames import training
from ui.frames.attention import titles as attention_titles
from ui.i18n import t
from ui.layout import fragment
from ui.state import PRESENTER, TrainingPage
from ui.tensor_grid import Frame, GridEvent, tensor_grid
from ui.training import shown
from ui.training.shown import ShownRun

POLL = 2.0
"""Seconds between two looks at what snapshots there are, while a run goes on."""


def follow(run: ShownRun) -> None:
    """The section: what to look at, and the grid, which grows while the run goes on."""
    st.subheader(t("Attention over training"), anchor=False)
    if not run.goes_on and not Snapshots(run.path).steps():
        _explain_none(run)
        return
    titles = {"all": t("all three")} | attention_titles()
    titles |= {"embed": t("similarity of the embeddings"), "position": t("similarity of the positions")}
    st.segmented_control(
        t("What to look at"),
        [*ATTENTIONS, "all", "embed", "position"],
        key=TrainingPage.look.name,
        format_func=titles.__getitem__,
        required=True,
        label_visibility="collapsed",
    )
    fragment(_draw, run.choice, run_every=POLL if run.goes_on else None)


def _explain_none(run: ShownRun) -> None:
    if run.is_shipped:
        st.write(
            t(
                "The shipped trainings were recorded without snapshots of the attention. Start a run: one is "
                "taken before its first step and at every measurement."
            )
        )
    else:
        st.write(t("This run was recorded without snapshots of the attention; a new run takes them."))


def _draw(choice: str) -> None:
    run = shown.named(choice)
    if run is None:
        return
    store = Snapshots(run.path)
    found = [_read(run.path, step, _changed(store.path(step))) for step in store.steps()]
    snapshots = [snapshot for snapshot in found if snapshot]
    if len(snapshots) < len(found):
        st.warning(t("{count} snapshots cannot be read and are left out.", count=len(found) - len(snapshots)))
    if not snapshots:
        st.write(t("The first snapshot is taken before the first step."))
        return
    few = _few(snapshots)
    st.caption(_about(len(few), len(snapshots)))
    steps = [snapshot.step for snapshot in few]
    tensor_grid(
        _frames(run, few),
        key=f"snapshots_{run.choice}",
        start=_place(steps, TrainingPage.snapshot.value),
        report=["frame"],
        on_event=lambda event: _remember(event, steps),
        presenter=PRESENTER.value,
        follow=True,
        counter=t("Snapshot {number} of {total}"),
    )


def _about(drawn: int, there: int) -> str:
    about = t(
        "One held-out input, sent through the model with its right answer before the first step and at every "
        "measurement. Of a long run {most} snapshots are kept, close together at its beginning.",
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
    look = TrainingPage.look.value
    records = {record.step: record for record in run.evaluations}
    if look in ("embed", "position"):
        remark = _about_positions(run, snapshots[0]) if look == "position" else ""
        return training.similarity_frames(run.task, snapshots, records, look, remark)
    attentions = ATTENTIONS if look == "all" else (look,)
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
    """As many as make no more than `limits.MAX_SNAPSHOT_CELLS`, chosen as those kept were."""
    look = TrainingPage.look.value
    first = snapshots[0]
    tensors = first.similarity if look in ("embed", "position") else first.weights
    cells = sum(array.size for name, array in tensors.items() if look == "all" or look in name)
    dropped = set(
        superfluous([snapshot.step for snapshot in snapshots], max(limits.MAX_SNAPSHOT_CELLS // cells, 2))
    )
    return [snapshot for snapshot in snapshots if snapshot.step not in dropped]


def _place(steps: Sequence[int], wanted: int) -> int:
    """The place of the snapshot nearest to a step; the last one for -1."""
    if wanted < 0:
        return len(steps) - 1
    return min(range(len(steps)), key=lambda place: abs(steps[place] - wanted))


def _remember(event: GridEvent, steps: Sequence[int]) -> None:
    """Let the link name the step on screen, unless it is the latest, whichever that will be."""
    is_latest = event.frame >= len(steps) - 1
    TrainingPage.snapshot.set(-1 if is_latest else steps[event.frame])


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


@st.cache_resource(max_entries=500, show_spinner=False)
def _read(run: Path, step: int, changed: int) -> Snapshot | None:
    """Never mutated; None if it is damaged. `changed` is part of the key only."""
    try:
        return Snapshots(run).read(step)
    except InputError:
        return None
