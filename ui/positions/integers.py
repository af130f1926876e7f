"""What plain integers would do in the place of sines and cosines, on the words of the current model."""

import numpy as np
import streamlit as st

from transformer import Checkpoint
from transformer.model import positional
from ui.charts import chart
from ui.i18n import figure, t
from ui.state import Encoding
from viz import positional as figures
from viz.positional import Array


def draw(checkpoint: Checkpoint) -> None:
    """How alike two words become under three kinds of code, against the position."""
    st.subheader(t("What plain integers would do"), anchor=False)
    encoder, length = checkpoint.model.encoder, Encoding.length.value
    words = encoder.embed.weight.detach()[1:].double().numpy() * encoder.scale
    position = np.arange(length)[:, None]
    codes = positional.sinusoidal_encoding(length, words.shape[1]).double().numpy()
    ones = np.ones((1, words.shape[1]))
    kinds = {
        t("sines and cosines"): codes,
        t("the integer p in every dimension"): position * ones,
        t("p / {last}, so that all lie between 0 and 1", last=length - 1): position
        / max(length - 1, 1)
        * ones,
    }
    alike = {name: word_likeness(words, code) for name, code in kinds.items()}
    left, right = st.columns(2)
    with left:
        titles = (t("position"), t("likeness of two words, mean cosine"))
        chart(figures.lines(list(range(length)), alike, titles), "integers")
    sines, integers, shares = (values[-1] for values in alike.values())
    right.markdown(
        t(
            "Put any two different words of the current model at the same position, add the position's code, "
            "and ask how alike they are: 1 means that only the position is left. At position {last} that is "
            "{sines} with sines and cosines and {integers} with the integer itself: its size, {norm} against "
            "{word} for a word, drowns the word. And a number that is the same in all dimensions is what "
            "LayerNorm takes away again.",
            last=length - 1,
            sines=figure(sines, ".3f"),
            integers=figure(integers, ".3f"),
            norm=f"{(length - 1) * words.shape[1] ** 0.5:.1f}",
            word=figure(np.linalg.norm(words, axis=1).mean(), ".1f"),
        )
        + "\n\n"
        + t(
            "Dividing by the length keeps the numbers between 0 and 1 (two words at position {last} are then "
            "alike by {shares}), but one step is {step} here and another size in every other sequence: “the "
            "token before” has no fixed meaning.",
            last=length - 1,
            shares=figure(shares, ".3f"),
            step=f"{1 / max(length - 1, 1):.4f}",
        )
    )


def word_likeness(words: Array, codes: Array) -> Array:
    """Mean cosine between two different words [V, D] at one position, for each of the codes [length, D]."""
    count = len(words)
    sums = words[None] + codes[:, None]  # [length, V, D]
    norms = np.linalg.norm(sums, axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):  # infinite weights give NaN
        units = sums / np.maximum(norms, np.finfo(norms.dtype).tiny)  # a vector of zeros gives 0
    cosines: Array = units @ units.transpose(0, 2, 1)  # [length, V, V]
    likeness: Array = (cosines.sum(axis=(1, 2)) - count) / (count * (count - 1))
    return likeness
