"""A case in which a narrow beam loses even to greedy, on a model made for it."""

import math

import streamlit as st
import torch
from torch import Tensor

from transformer import EOS, PAD, SOS, Beam
from transformer.decoding.beam import BeamStep, beam_search
from transformer.experiments.beam_counterexample import ASTRAY, LABELS, markov_model
from transformer.model.transformer import Transformer
from ui.i18n import t
from ui.layout import folded

WIDTHS = (1, 2, 3, 4)
LIMIT = 8


def draw() -> None:
    """A folded box with the model's probabilities, and what beams of several widths find."""
    folded(t("A narrow beam may lose even to greedy: a model made for it"), "astray", _draw)


def _draw() -> None:
    model, src = markov_model(ASTRAY), torch.tensor([[SOS, EOS]])
    st.caption(
        t(
            "In this model, made by hand, the next token follows from the last one alone. These are the "
            "probabilities that it gives (rows: the last token, columns: the next):"
        )
    )
    given = _given(model, src, list(ASTRAY))
    columns = {LABELS[token]: [f"{row[token]:.2f}" for row in given] for token in range(EOS, len(LABELS))}
    st.dataframe(
        {t("last token"): [LABELS[token] for token in ASTRAY], **columns},
        hide_index=True,
        key="astray_model",
    )
    found = [_last_step(model, src, width) for width in WIDTHS]
    st.dataframe(
        {
            t("Beam width"): [t("1 (greedy)"), *map(str, WIDTHS[1:])],
            t("answer"): [_text(step.answer[0].tolist()) for step in found],
            t("probability"): [f"{math.exp(step.answer_score[0].item()):.3f}" for step in found],
        },
        hide_index=True,
        key="astray_found",
    )
    st.markdown(
        t(
            "At width 2 both continuations of B (0.36 × 0.5 = 0.18 each) are more probable than A's end "
            "(0.4 × 0.42 = 0.168) and push it out of the beam; but what follows them is worse. Width 3 "
            "has room for all three."
        )
    )


def _last_step(model: Transformer, src: Tensor, width: int) -> BeamStep:
    *_, last = beam_search(model, src, Beam(width, length_penalty=0.0), max_new_tokens=LIMIT)
    return last


@torch.inference_mode()
def _given(model: Transformer, src: Tensor, last: list[int]) -> list[list[float]]:
    """The probabilities of the next token after each of these."""
    logits = model(src.expand(len(last), -1), torch.tensor(last)[:, None])
    rows: list[list[float]] = logits[:, 0].softmax(dim=-1).tolist()
    return rows


def _text(tokens: list[int]) -> str:
    return " ".join(LABELS[token] for token in tokens[1:] if token != PAD)
