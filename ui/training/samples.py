"""What the model answered to the same few held-out sequences over its training."""

import html
from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from transformer import EOS
from transformer.learning.snapshots import superfluous
from transformer.learning.steps import TrainStep, sample_rows
from transformer.tasks import Batch, Task, held_out_batch
from ui.frames.training import sample_frames
from ui.i18n import t
from ui.state import TrainingPage
from ui.tensor_grid import tensor_grid
from ui.training.shown import ShownRun
from viz.colors import RIGHT, WRONG

MOMENTS = 3
"""How many moments are shown: the first, the latest, and one half-way."""

MOST_FRAMES = 40
"""Measurements that can be stepped through."""

MOST_ROWS = 40
"""Versions of one answer."""

STYLE = f"""
<style>
.samples-frame {{ overflow: auto; padding-bottom: 0.3rem; }}
.samples-frame.newest {{ max-height: calc(100vh - 17rem); }}
.samples {{ border-collapse: collapse; font: 0.8rem monospace; word-spacing: -0.4em; }}
.samples th, .samples td {{ padding: 0.15rem 1rem 0.15rem 0; text-align: left; white-space: pre; }}
.samples th {{ font: inherit; font-style: italic; word-spacing: normal; }}
.samples .wrong {{ color: {WRONG}; font-weight: bold; }}
.samples .wrong.token {{ text-decoration: underline wavy; text-underline-offset: 0.2em; }}
.samples .right {{ color: {RIGHT}; font-weight: bold; }}
</style>
"""


def draw_choice(run: ShownRun) -> None:
    """Which samples to show, and how; nothing if the run recorded none."""
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


def draw_newest(run: ShownRun) -> None:
    """What the model wrote at the latest measurement; nothing if the run recorded no samples."""
    moments = _moments(run)
    if moments:
        st.html(STYLE + samples_html(run.task, run.training.evaluation_size, moments[-1:], newest=True))
        st.caption(t("Wrong tokens are bold and underlined with a wave."))


def draw_samples(run: ShownRun) -> None:
    """Sources, right answers, and what the model wrote; nothing if the run recorded no samples."""
    moments = _moments(run)
    if not moments:
        return
    if TrainingPage.sample.value == "moments":
        last = len(moments) - 1
        places = sorted({last * index // (MOMENTS - 1) for index in range(MOMENTS)})
        table = samples_html(run.task, run.training.evaluation_size, [moments[place] for place in places])
        st.html(STYLE + table)
        st.caption(t("Wrong tokens are bold and underlined with a wave."))
    elif TrainingPage.sample.value == "steps":
        _draw_steps(run, moments)
    else:
        _draw_evolution(run, moments, int(TrainingPage.sample.value))


def _moments(run: ShownRun) -> list[TrainStep]:
    return [record for record in run.evaluations if record.evaluation and record.evaluation.samples]


def _draw_steps(run: ShownRun, moments: Sequence[TrainStep]) -> None:
    """All samples in the tensor grid, one frame a measurement."""
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


def _draw_evolution(run: ShownRun, moments: Sequence[TrainStep], place: int) -> None:
    changes = changes_of(moments, place)
    dropped = set(superfluous([span[0].step for span in changes], MOST_ROWS))
    drawn = [span for span in changes if span[0].step not in dropped]
    st.html(STYLE + evolution_html(run.task, run.training.evaluation_size, drawn, place))
    st.caption(
        t(
            "Measurements: {count}. Versions of the answer: {versions}, of which {shown} are shown, the "
            "latest last. Wrong tokens are bold and underlined with a wave.",
            count=len(moments),
            versions=len(changes),
            shown=len(drawn),
        )
    )


def changes_of(moments: Sequence[TrainStep], place: int) -> list[tuple[TrainStep, TrainStep]]:
    """The first and the last of the measurements in a row at which one sample had the same answer."""
    groups = (list(group) for _, group in groupby(moments, key=lambda moment: _written(moment, place)))
    return [(group[0], group[-1]) for group in groups]


def evolution_html(
    task: Task, evaluation_size: int, spans: Sequence[tuple[TrainStep, TrainStep]], place: int
) -> str:
    """One sample's answers below each other, and above them the right one; every token escaped."""
    batch = held_out_batch(task, evaluation_size)
    source = batch.src[sample_rows(len(batch.src))[place]].tolist()
    expected = task.answer(source) or []
    known = " ".join(task.trg_vocabulary.labels(expected[1:-1]))
    right = f"<span class='right'>✓</span>  {html.escape(known)}"
    rows = [(t("right answer"), right)]
    for first, last in spans:
        steps = f"{first.step:,}" if first is last else f"{first.step:,}–{last.step:,}"
        rows.append((t("after step {step}", step=steps), _marked(task, _written(last, place), expected)))
    cells = (f"<tr><th>{html.escape(label)}</th><td>{answer}</td></tr>" for label, answer in rows)
    return f"<div class='samples-frame'><table class='samples'>{''.join(cells)}</table></div>"


def _source_text(task: Task, batch: Batch, row: int) -> str:
    return task.join(task.src_vocabulary.strip(batch.src[row].tolist()))


def samples_html(task: Task, evaluation_size: int, moments: Sequence[TrainStep], newest: bool = False) -> str:
    """The table; every token escaped. The `newest` samples stand in the room that the window leaves, and
    before the right answers, which may be out of sight there.
    """
    batch = held_out_batch(task, evaluation_size)
    steps = [t("after step {step}", step=f"{moment.step:,}") for moment in moments]
    titles = [t("input"), *_in_order(t("right answer"), steps, newest)]
    heads = [f"<th>{html.escape(text)}</th>" for text in titles]
    rows = [f"<tr>{''.join(heads)}</tr>"]
    for place, row in enumerate(sample_rows(len(batch.src))):
        source = batch.src[row].tolist()
        expected = task.answer(source) or []
        answers = [_marked(task, _written(moment, place), expected) for moment in moments]
        right = html.escape(task.decode(expected))
        cells = [html.escape(task.source_text(source)), *_in_order(right, answers, newest)]
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    frame = "samples-frame newest" if newest else "samples-frame"
    return f"<div class='{frame}'><table class='samples'>{''.join(rows)}</table></div>"


def _in_order(right: str, answers: list[str], newest: bool) -> list[str]:
    return [*answers, right] if newest else [right, *answers]


def _written(moment: TrainStep, place: int) -> Sequence[int]:
    samples = moment.evaluation.samples if moment.evaluation else ()
    return samples[place] if place < len(samples) else ()


def _marked(task: Task, written: Sequence[int], expected: Sequence[int]) -> str:
    """An answer without SOS, its wrong tokens marked, and a sign for the whole. A right EOS is not shown."""
    parts = []
    for place, index in enumerate(written[1:], start=1):
        label = html.escape(task.trg_vocabulary.label(index))
        if place >= len(expected) or index != expected[place]:
            parts.append(f"<span class='wrong token'>{label}</span>")
        elif index != EOS:
            parts.append(label)
    right = list(written) == list(expected)
    sign = "<span class='right'>✓</span>" if right else "<span class='wrong'>✗</span>"
    return f"{sign}  {' '.join(parts)}"
