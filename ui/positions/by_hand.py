"""The numbers of the notes for D = 4, from the ids to the sum, computed here and now."""

import pandas as pd
import streamlit as st
import torch

from transformer import Checkpoint, PositionalEncoding
from transformer.experiments.broadcasting import Script
from transformer.model import positional
from ui import inputs, models
from ui.anchors import place
from ui.cosine import about_cosine
from ui.frames import positions, positions_by_hand
from ui.frames.positions_by_hand import vector
from ui.i18n import figure, t
from ui.layout import explained, part, show_source
from ui.questions import answer
from ui.state import Encoding
from ui.steps import events, stepping_grid
from ui.tensor_grid import Frame, tensor_grid


def draw() -> None:
    """The section."""
    script = positions_by_hand.run()
    part(_draw_steps, positions_by_hand.frames(script), Encoding.hand_step.value, events("hand_grid"))
    left, right = st.columns(2)
    with left:
        st.subheader(t("Five positions, four dimensions"), anchor=False)
        st.dataframe(table(script), hide_index=True)
        st.code(f"div_term = {vector(script['div_term'])}", language=None)
    with right, place("notes_slip"):
        _draw_slips(script)
    part(_draw_model)
    show_source(positional.sinusoidal_encoding, PositionalEncoding)


def _draw_steps(frames: list[Frame], start: int, revision: int) -> None:
    """From ids to the input of the first layer."""
    stepping_grid(frames, "hand_grid", Encoding.hand_step, start=start, revision=revision)


def table(script: Script) -> pd.DataFrame:
    """The codes, one row for each position, with six decimals."""
    pe, div_term = script["pe"], script["div_term"].tolist()
    names = [f"{name}(p · {step:g})" for step in div_term for name in ("sin", "cos")]
    rows = {t("position p"): [str(p) for p in range(len(pe))]}
    return pd.DataFrame(
        rows | {name: [figure(value, ".6f") for value in pe[:, i].tolist()] for i, name in enumerate(names)}
    )


def _draw_slips(script: Script) -> None:
    """Values that are often written wrongly."""
    pe = script["pe"]
    st.subheader(t("Where it is easily done wrong"), anchor=False)
    st.markdown(
        t(
            "Codes are not to be guessed from the rows above. By the formula, PE(3) = `{three}` and PE(4) = "
            "`{four}`.",
            three=vector(pe[3], 4),
            four=vector(pe[4], 4),
        )
        + "\n\n"
        + t("cos(0.01) is often written as 0.9999.")
        + " "
        + about_cosine()
        + "\n\n"
        + t(
            "Codes that are rounded to one digit before they are added, {rounded} instead of {exact}, tell "
            "positions apart less well; the last step above adds them as they are.",
            rounded=f"{pe[1, 0].item():.1f}",
            exact=f"{pe[1, 0].item():.6f}",
        )
    )


def _draw_model() -> None:
    """The same line in the current model, on an input of one's own; the questions it answers."""
    with explained():
        _draw_sum()


def _draw_sum() -> None:
    st.subheader(t("In the current model"), anchor=False)
    checkpoint = models.current()
    inputs.fit_example(checkpoint, Encoding.text)
    st.text_input(t("Input"), key=Encoding.text.name, max_chars=Encoding.text.limit)
    source = inputs.read_source(checkpoint, Encoding.text.value)
    padded = [*source, *[checkpoint.model.config.src_pad_idx] * 2]
    tensor_grid([positions.sum_frame(checkpoint, padded)], key="sum_grid")
    ask_about_the_slice(checkpoint, len(padded))
    ask_about_padding(checkpoint, len(source))


def ask_about_the_slice(checkpoint: Checkpoint, length: int) -> None:
    """What `x + pe` does to a sequence of this length."""
    position = checkpoint.model.encoder.position
    answer(
        "pe_slice",
        t(
            "`pe` is [1, {max_len}, {dims}]: codes for as many positions as there may ever be. The slice "
            "takes the first {length}, as many as x has tokens, and the sum is [1, {length}, {dims}]: the "
            "axis of size 1 is stretched over the batch, so every sequence gets the same codes.",
            max_len=position.pe.size(1),
            dims=position.pe.size(2),
            length=length,
        ),
    )


@torch.inference_mode()
def ask_about_padding(checkpoint: Checkpoint, place: int) -> None:
    """What a PAD at this position is before and after its code is added."""
    encoder = checkpoint.model.encoder
    pad = encoder.embed.weight[checkpoint.model.config.src_pad_idx]
    code = encoder.position.codes(place + 1)[0, place]
    answer(
        "pad_embedding",
        t(
            "`padding_idx` keeps its row of the embedding at zero (largest number: {embedding}). But at "
            "position {place} the code is added, and the largest number is then {total}: PAD has keys and "
            "values like any other token. Only the mask keeps it out.",
            embedding=figure(pad.abs().max().item(), "g"),
            place=place,
            total=figure((pad + code).abs().max().item(), ".4f"),
        )
        if checkpoint.model.config.adds_codes
        else t(
            "Its row of the embedding is zero, and this model adds no codes to it. But keys and values have"
            " a bias, so PAD would still get its share of the attention. Only the mask keeps it out."
        ),
    )
