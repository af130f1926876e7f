"""Questions that the walk raises, answered with its own numbers."""

from math import prod

import streamlit as st

from ui.frames import candidates
from ui.frames.decoding import Walk
from ui.i18n import code_span, figure, t
from ui.questions import answer


def draw(walk: Walk, row: int) -> None:
    """Three questions, answered with the numbers of this walk."""
    labels = walk.checkpoint.task.trg_vocabulary.labels
    written = labels(walk.written(row))
    first = walk.steps[0]
    steps = walk.steps[: len(written) - 1]
    probabilities = [candidates.probability(step, row) for step in steps]
    answer(
        "sos_alone",
        t(
            "Yes. At step 1 the decoder read one token, SOS (decoder input {shape}), and the encoder's "
            "output for the source. That gave {size} logits, and from them {token}, with probability {p}.",
            shape=[len(walk.src), 1],
            size=first.logits.size(1),
            token=code_span(written[1]),
            p=figure(probabilities[0], ".1%"),
        ),
    )
    answer(
        "input_grows",
        t("Yes. Nothing else is ever appended, and a wrong token is read in the next step like a right one:"),
        code=_growth(written),
    )
    answer(
        "autoregressive",
        t(
            "Each token's probability depends on the source and on the tokens written before it. So the "
            "probability that the model gives the whole answer is the product of its steps:"
        ),
        code=_product(probabilities),
    )
    if walk.sampling:
        st.markdown(
            t(
                "Temperature and cut change the distribution that is drawn from, not the probabilities that"
                " the model gives. The chance that this answer is drawn is the product of the chances of "
                "its tokens:"
            )
        )
        chances = [candidates.chance(step, row) for step in steps]
        st.code(_product(chances), language=None, wrap_lines=True)


def _product(factors: list[float]) -> str:
    written = " × ".join(figure(factor, ".4f") for factor in factors)
    return f"{written} ≈ {prod(factors):.4g}"


def _growth(written: list[str]) -> str:
    """A line for each step: what was read, what was written."""
    steps = range(1, len(written))
    width = max(len(" ".join(written[:step])) for step in steps)
    return "\n".join(f"{step:>3}  {' '.join(written[:step]):<{width}}  →  {written[step]}" for step in steps)
