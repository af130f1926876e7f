"""The model's answers to the same few held-out sequences over its training."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import streamlit as st

from transformer import EOS
from transformer.learning.snapshots import superfluous
from transformer.learning.steps import TrainStep, sample_rows
from transformer.tasks import Batch, Task, held_out_batch
from ui.frames.training import sample_frames
from ui.i18n import t
from ui.layout import fragment
from ui.live.component import Replay, asker
from ui.live.component import board as live_board
from ui.live.topics import State, Topic, Visitor, topic
from ui.state import TrainingPage
from ui.tensor_grid import tensor_grid
from ui.training import shown
from ui.training.replay import of_board
from ui.training.shown import ShownRun

Table = dict[str, Any]

MOMENTS = 3
"""How many moments are shown: the first, the latest, and one halfway."""

MOST_FRAMES = 40
"""Most evaluations to step through."""

MOST_ROWS = 40
"""Most versions of one answer that are shown."""


def draw_choice(run: ShownRun) -> None:
    """Draw the choice of samples, and of how to show them; nothing if the run recorded none."""
    if not (run.goes_on or _moments(run)):
        return
    batch = held_out_batch(run.task, run.training.evaluation_size)
    rows = sample_rows(len(batch.src))
    titles = {
        "moments": t("all, at the first, a middle and the latest measurement"),
        "steps": t("all, step by step"),
    }
    titles |= {str(place): _source_text(run.task, batch, row) for place, row in enumerate(rows)}
    if TrainingPage.sample.value not in titles:
        TrainingPage.sample.set(TrainingPage.sample.default)
    st.selectbox(
        t("Held-out samples, each answered running free"),
        list(titles),
        key=TrainingPage.sample.name,
        format_func=lambda choice: (
            titles[choice] if choice in ("moments", "steps") else t("only {source}", source=titles[choice])
        ),
    )


@topic("newest", every=0.4)
def _look_at_newest(words: Mapping[str, str], visitor: Visitor) -> State | None:
    """The newest samples of the run `run`."""
    run = shown.named_for(words.get("run", ""), visitor)
    return newest(run) if run else None


@topic("samples", every=0.4)
def _look_at_samples(words: Mapping[str, str], visitor: Visitor) -> State | None:
    """The samples of the run `run`; `sample` is `moments`, or the index of one sample."""
    run = shown.named_for(words.get("run", ""), visitor)
    return board(run, words.get("sample", "moments")) if run else None


@topic("measurements", every=0.4)
def _count(words: Mapping[str, str], visitor: Visitor) -> State | None:
    """The version of the samples of the run `run`: the number of its evaluations."""
    run = shown.named_for(words.get("run", ""), visitor)
    return {"version": len(run.evaluations)} if run else None


def newest(run: ShownRun) -> State:
    """A table of what the model wrote at the latest evaluation; empty if the run recorded no samples."""
    moments = _moments(run)[-1:]
    return {"tables": [_samples_table(run, moments, newest=True)] if moments else []}


def draw_newest(run: ShownRun, replay: Replay | None) -> None:
    """Draw the table of `newest`, for beside the curves."""
    live_board(
        "live_newest",
        newest(run),
        Topic.of("newest", run=run.choice) if run.goes_on else None,
        of_board(replay, run, newest),
    )


def draw(run: ShownRun, replay: Replay | None) -> None:
    """Draw sources, right answers, and what the model wrote; nothing if the run recorded no samples."""
    wanted = TrainingPage.sample.value
    if wanted == "steps":
        fragment(_draw_steps, run.choice)
        return
    live_board(
        "live_samples",
        board(run, wanted),
        Topic.of("samples", run=run.choice, sample=wanted) if run.goes_on else None,
        of_board(replay, run, lambda part: board(part, wanted)),
    )


def board(run: ShownRun, wanted: str) -> State:
    """A table of all samples at some moments or, if `wanted` is an index, of one sample over time."""
    moments = _moments(run)
    if not moments:
        return {"tables": []}
    if wanted.isdigit():
        return {"tables": [_evolution(run, moments, int(wanted))]}
    last = len(moments) - 1
    places = sorted({last * index // (MOMENTS - 1) for index in range(MOMENTS)})
    return {"tables": [_samples_table(run, [moments[place] for place in places])]}


def _moments(run: ShownRun) -> list[TrainStep]:
    return [record for record in run.evaluations if record.evaluation and record.evaluation.samples]


def _draw_steps(choice: str) -> None:
    """Draw all samples in the tensor grid, one frame per evaluation."""
    run = shown.named(choice)
    if run is None:
        return
    asker(
        "asks_for_samples",
        len(run.evaluations),
        Topic.of("measurements", run=choice) if run.goes_on else None,
    )
    moments = _moments(run)
    if not moments:
        return
    batch = held_out_batch(run.task, run.training.evaluation_size)
    dropped = set(superfluous([moment.step for moment in moments], MOST_FRAMES))
    tensor_grid(
        sample_frames(
            run.task,
            [batch.src[row].tolist() for row in sample_rows(len(batch.src))],
            [moment for moment in moments if moment.step not in dropped],
        ),
        key=f"samples_{run.choice}",
        start=len(moments) - 1,
        follow=True,
    )


def _evolution(run: ShownRun, moments: Sequence[TrainStep], place: int) -> Table:
    """A table of the right answer to one sample and, below it, the model's answers over time."""
    changes = changes_of(moments, place)
    dropped = set(superfluous([span[0].step for span in changes], MOST_ROWS))
    drawn = [span for span in changes if span[0].step not in dropped]
    batch = held_out_batch(run.task, run.training.evaluation_size)
    rows = sample_rows(len(batch.src))
    source = batch.src[rows[min(place, len(rows) - 1)]].tolist()
    expected = run.task.answer(source) or []
    answers = [[_span_title(*span), marked(run.task, _written(span[1], place), expected)] for span in drawn]
    return {
        "kind": "samples",
        "head": [],
        "rows": [[t("right answer"), marked(run.task, expected, expected)], *answers],
        "caption": t(
            "Measurements: {count}. Versions of the answer: {versions}, of which {shown} are shown, the "
            "latest last. Wrong tokens are bold and underlined with a wave.",
            count=len(moments),
            versions=len(changes),
            shown=len(drawn),
        ),
    }


def _span_title(first: TrainStep, last: TrainStep) -> str:
    steps = f"{first.step:,}" if first is last else f"{first.step:,}–{last.step:,}"
    return t("after step {step}", step=steps)


def changes_of(moments: Sequence[TrainStep], place: int) -> list[tuple[TrainStep, TrainStep]]:
    """Groups of consecutive evaluations with the same answer to one sample: the first and last of each."""
    groups = (list(group) for _, group in groupby(moments, key=lambda moment: _written(moment, place)))
    return [(group[0], group[-1]) for group in groups]


def _source_text(task: Task, batch: Batch, row: int) -> str:
    return task.join(task.src_vocabulary.strip(batch.src[row].tolist()))


def _samples_table(run: ShownRun, moments: Sequence[TrainStep], newest: bool = False) -> Table:
    """A table of all samples at some moments.

    For the `newest`, the model's answers come before the right ones, since the table may be cut off there.
    """
    task, batch = run.task, held_out_batch(run.task, run.training.evaluation_size)
    steps = [t("after step {step}", step=f"{moment.step:,}") for moment in moments]
    rows = []
    for place, row in enumerate(sample_rows(len(batch.src))):
        source = batch.src[row].tolist()
        expected = task.answer(source) or []
        answers = [marked(task, _written(moment, place), expected) for moment in moments]
        rows.append([task.source_text(source), *_in_order(task.decode(expected), answers, newest)])
    return {
        "kind": "newest" if newest else "samples",
        "head": [t("input"), *_in_order(t("right answer"), steps, newest)],
        "rows": rows,
        "caption": t("Wrong tokens are bold and underlined with a wave."),
    }


def _in_order(right: object, answers: Sequence[object], newest: bool) -> list[object]:
    return [*answers, right] if newest else [right, *answers]


def _written(moment: TrainStep, place: int) -> Sequence[int]:
    samples = moment.evaluation.samples if moment.evaluation else ()
    return samples[place] if place < len(samples) else ()


def marked(task: Task, written: Sequence[int], expected: Sequence[int]) -> Table:
    """An answer for the browser: whether it is right, and its tokens, without SOS and a right EOS."""
    tokens = []
    for place, index in enumerate(written[1:], start=1):
        is_wrong = place >= len(expected) or index != expected[place]
        if is_wrong or index != EOS:
            tokens.append((task.trg_vocabulary.label(index), is_wrong))
    return {"right": list(written) == list(expected), "tokens": tokens}
