"""Evidence about a suspected model: training curves, answers, attention, two experiments, a probe."""

from collections.abc import Callable

import numpy as np
import streamlit as st
import torch

from transformer.decoding.loop import greedy
from transformer.experiments.suspects import (
    MORE_PADS,
    attention_of,
    recorded,
    right_mask,
    suspect,
    symptoms,
)
from transformer.model.places import Attention
from transformer.tasks import pad_batch
from ui import probed
from ui.attention_titles import short_titles
from ui.charts import chart
from ui.i18n import t
from ui.state import Find
from ui.tensor_grid import Frame, Scale, TensorView, tensor_grid
from viz.positional import lines

INPUTS = ("5 3 9 1 1", "7 2 8", "0 4", "6 6 1 0 8 2")
"""The inputs that all suspects answer."""


def kinds() -> dict[str, tuple[str, Callable[[str], None]]]:
    """The title and the drawing function of each kind of evidence."""
    return {
        "loss": (t("Training"), draw_training),
        "samples": (t("Answers"), draw_samples),
        "attention": (t("Attention"), draw_attention),
        "probes": (t("Experiments"), draw_experiments),
        "probe": (t("Mask probe"), draw_probe),
    }


def draw_training(name: str) -> None:
    """Draw the recorded loss and the two accuracies."""
    points = recorded(name)
    steps = [one["step"] for one in points]
    series = (
        ("loss", t("loss")),
        ("forced", t("tokens right, teacher forced")),
        ("free", t("answers right, free")),
    )
    curves = {title: np.array([one[key] for one in points]) for key, title in series}
    chart(lines(steps, curves, (t("step"), t("nats, and shares from 0 to 1"))), key="find_training")


def draw_samples(name: str) -> None:
    """Draw a table of the model's own answers beside the right ones."""
    checkpoint = suspect(name)
    task = checkpoint.task
    src = pad_batch([task.encode(text) for text in INPUTS])
    written = greedy(checkpoint.model, src, max_new_tokens=12).tolist()
    rows = [
        {
            t("source"): text,
            t("written"): " ".join(task.trg_vocabulary.labels(one[1:])),
            t("right"): " ".join(task.trg_vocabulary.labels((task.answer(task.encode(text)) or [])[1:])),
        }
        for text, one in zip(INPUTS, written, strict=True)
    ]
    st.table(rows)


def draw_attention(name: str) -> None:
    """Draw the weights of each attention in the first layer; what a right model must not see is hatched."""
    checkpoint = suspect(name)
    task = checkpoint.task
    src = pad_batch([task.encode(text) for text in INPUTS[:2]])
    trg = pad_batch([task.answer(row.tolist()) or [] for row in src])
    trace = attention_of(name, src, trg)
    frames = []
    sides = {"source": src, "target": _read(name, trg)}
    for attention in Attention:
        weights = trace[f"{attention.place(0)}.weights"].numpy()
        queries, keys = sides[attention.queries], sides[attention.keys]
        forbidden = ~right_mask(keys, attention)
        frames.append(
            Frame(
                short_titles()[attention],
                tensors=(
                    TensorView(
                        "weights",
                        weights,
                        Scale.unit(),
                        masked=np.asarray(forbidden.expand_as(torch.from_numpy(weights)).numpy()),
                        row_labels=tuple(tuple(task.src_vocabulary.labels(row)) for row in queries.tolist()),
                        column_labels=tuple(tuple(task.src_vocabulary.labels(row)) for row in keys.tolist()),
                        panel_labels=(
                            tuple(t("sentence {n}", n=n) for n in range(len(weights))),
                            tuple(t("head {n}", n=n) for n in range(weights.shape[1])),
                        ),
                        axis_names=(t("sentence"), t("head"), t("query"), t("key")),
                        hatched=t("forbidden in a right model"),
                    ),
                ),
            )
        )
    tensor_grid(frames, key="find_grid", stage=True)


def _read(name: str, trg: torch.Tensor) -> torch.Tensor:
    """The part of right answers [B, L + 1] that the decoder reads: [B, L]."""
    return trg[:, 1:] if name == "not_shifted" else trg[:, :-1]


def draw_experiments(name: str) -> None:
    """Draw two experiments that show what the training loss does not."""
    found = symptoms(name)
    st.markdown(t("**Does the answer depend on padding?** Answers exactly right, written freely:"))
    left, right = st.columns(2)
    left.metric(t("as they are"), f"{found.alone:.0%}")
    right.metric(t("with {n} more PADs behind each source", n=MORE_PADS), f"{found.filled_up:.0%}")
    st.markdown(
        t("**Does it look the answer up?** In what the decoder reads, the token that is to be predicted is "
          "replaced. Predictions that change:")
    )  # fmt: skip
    st.metric(t("predictions that change"), f"{found.looked_up:.0%}")


def draw_probe(name: str) -> None:
    """Draw the verdict of each check of the mask probe, and which position affects which at every place."""
    model = suspect(name).model
    probed.choose_check(model, Find.check)
    probed.picture(model, Find.check.value)
    probed.verdicts(model)
