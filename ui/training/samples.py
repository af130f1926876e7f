"""What the model answered to the same few held-out sequences, at some moments of its training."""

import html
from collections.abc import Sequence

import streamlit as st

from transformer import EOS
from transformer.tasks import Task, held_out_batch
from transformer.training import TrainStep, sample_rows
from ui.i18n import t
from ui.training.shown import ShownRun
from viz.colors import RIGHT, WRONG

MOMENTS = 3
"""How many moments are shown: the first, the latest, and one half-way."""

STYLE = f"""
<style>
.samples-frame {{ overflow-x: auto; padding-bottom: 0.3rem; }}
.samples {{ border-collapse: collapse; font: 0.8rem monospace; word-spacing: -0.4em; }}
.samples th, .samples td {{ padding: 0.15rem 1rem 0.15rem 0; text-align: left; white-space: pre; }}
.samples th {{ font: inherit; font-style: italic; word-spacing: normal; }}
.samples .wrong {{ color: {WRONG}; font-weight: bold; }}
.samples .wrong.token {{ text-decoration: underline wavy; text-underline-offset: 0.2em; }}
.samples .right {{ color: {RIGHT}; font-weight: bold; }}
</style>
"""


def draw_samples(run: ShownRun) -> None:
    """Sources, right answers, and what the model wrote; nothing if the run recorded no samples."""
    moments = [record for record in run.evaluations if record.evaluation and record.evaluation.samples]
    if not moments:
        return
    last = len(moments) - 1
    places = sorted({last * index // (MOMENTS - 1) for index in range(MOMENTS)})
    table = samples_html(run.task, run.training.evaluation_size, [moments[place] for place in places])
    st.html(STYLE + table)
    st.caption(
        t("Held-out sequences, each answered running free. Wrong tokens are bold and underlined with a wave.")
    )


def samples_html(task: Task, evaluation_size: int, moments: Sequence[TrainStep]) -> str:
    """The table; every token escaped."""
    batch = held_out_batch(task, evaluation_size)
    steps = (t("after step {step}", step=f"{moment.step:,}") for moment in moments)
    heads = [f"<th>{html.escape(text)}</th>" for text in (t("input"), t("right answer"), *steps)]
    rows = [f"<tr>{''.join(heads)}</tr>"]
    for place, row in enumerate(sample_rows(len(batch.src))):
        source = batch.src[row].tolist()
        expected = task.answer(source) or []
        cells = [
            html.escape(task.source_text(source)),
            html.escape(task.decode(expected)),
            *(_marked(task, _written(moment, place), expected) for moment in moments),
        ]
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return f"<div class='samples-frame'><table class='samples'>{''.join(rows)}</table></div>"


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
