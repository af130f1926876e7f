"""Rotary positions and ALiBi: positions that are not added to the tokens, drawn as the codes are."""

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from transformer import Checkpoint, InputError
from transformer.model.alibi import alibi_bias, alibi_slopes
from transformer.model.positional import frequencies
from transformer.model.rotary import rotary_turns, rotate, turn
from ui import inputs, models
from ui.charts import chart
from ui.choices import choice_title
from ui.frames import relative_positions
from ui.i18n import t
from ui.layout import Suggestion, choose, controls, filling_stage, more, notice, part, show_source, try_this
from ui.positions.codes import SLIDER, choose_base, choose_length
from ui.state import MODEL, Encoding, Recoding
from ui.tensor_grid import Frame, tensor_grid
from viz import positional as figures
from viz.circles import Words, circles
from viz.positional import Array

ANIMATED = 40
"""Positions of the animation."""


def draw() -> None:
    """The section."""
    {"rotary": _draw_rotary, "alibi": _draw_alibi}[Recoding.scheme.value]()


def _choose_scheme() -> None:
    """A control: rotary positions or ALiBi."""
    titles = {"rotary": t("Rotary (RoPE)"), "alibi": "ALiBi"}
    choose(t("Positions"), titles, Recoding.scheme, label_visibility="collapsed")


def example(kind: str) -> Checkpoint:
    """The current model if its positions are of this kind, else the small shipped one.

    Raises `InputError` if there is none.
    """
    current = models.current()
    if current.model.config.positions == kind:
        return current
    names = [name for name in models.small() if name.startswith(f"{models.POSITIONS}{kind}-")]
    if not names:
        raise InputError("There is no model with {kind} positions here; train one.", kind=choice_title(kind))
    return models.named(names[0])


def choose_layer(count: int) -> int:
    """A control for one of the encoder's layers; returns its number."""
    Recoding.layer.set(min(Recoding.layer.value, count - 1))
    st.segmented_control(t("Layer"), list(range(count)), key=Recoding.layer.name, required=True)
    return Recoding.layer.value


def _draw_input(checkpoint: Checkpoint) -> int:
    """Controls for the input and for the layer; returns the layer's number."""
    inputs.fit_example(checkpoint, Encoding.text)
    st.text_input(t("Input"), key=Encoding.text.name, max_chars=Encoding.text.limit, width=210)
    return choose_layer(checkpoint.model.config.num_layers)


def _tell_other_model(checkpoint: Checkpoint, kind: str) -> None:
    """A caption if what is shown is from another model than the current one."""
    current = models.current()
    if MODEL.value in models.small() or current is checkpoint:
        return
    st.caption(
        t(
            "From the small shipped model with {kind} positions that reverses digits; the current model has "
            "{other} ones.",
            kind=choice_title(kind),
            other=choice_title(current.model.config.positions),
        )
    )


# --- rotary ------------------------------------------------------------------------------------------------


def _draw_rotary() -> None:
    checkpoint = example("rotary")
    with controls():
        _choose_scheme()
        layer = _draw_input(checkpoint)
        st.slider(t("distance"), *Recoding.distance.bounds, key=Recoding.distance.name, width=SLIDER)
        with more():
            sizes = range(2, 66, 2)
            st.select_slider(t("head_dim, numbers per head"), sizes, key=Recoding.head_dim.name)
            choose_length()
            choose_base()
    source = inputs.read_source(checkpoint, Encoding.text.value)
    trace = relative_positions.encoded(checkpoint, source)
    turns = turn_table(Encoding.length.value, Recoding.head_dim.value, Encoding.base.value)
    with filling_stage():
        st.markdown(
            t(
                "Nothing is added to the tokens. In every self-attention the query at position i is turned by"
                " i steps and the key at position j by j steps, pair by pair. Their product then depends on "
                "i − j alone: moving both changes nothing."
            )
        )
        left, right = st.columns([3, 2])
        with left:
            _draw_turning(trace[f"encoder.{layer}.self_attention.unrotated_query"],
                          trace[f"encoder.{layer}.self_attention.unrotated_key"])  # fmt: skip
        with right:
            _draw_score(turns)
    _tell_other_model(checkpoint, "rotary")
    part(_draw_heads, relative_positions.rotary_frames(checkpoint, source, trace, layer))
    _draw_turns(turns)
    notice(
        t("The first pair turns fast and tells neighbours apart; the last one hardly turns at all."),
        t("Cross-attention is not turned: between source and target there is no distance."),
        t("The cache keeps keys that are turned already: a token's own position never changes."),
    )
    try_this(
        Suggestion(t("Distance 0: query and key are turned alike."), {Recoding.distance: 0}),
        Suggestion(
            t("Base 10: no pair turns slowly, and at some distances the score is below 0."),
            {Encoding.base: 10},
        ),
    )
    show_source(rotary_turns, turn, rotate)


def _draw_heads(frames: list[Frame]) -> None:
    st.subheader(t("In a trained model"), anchor=False)
    tensor_grid(frames, key="rotary_grid")


def _draw_score(turns: Array) -> None:
    """The score of a query and a key of ones, against the distance."""
    titles = (t("distance j − i"), t("score"))
    name = t("q = k = all ones")
    chart(figures.by_distance({name: _score_of_ones(turns)}, titles), "rotary_distance", fills=True)
    st.caption(t("Computed for {vectors}, not for an input.", vectors=name))


def _draw_turns(turns: Array) -> None:
    """The table of angles by which queries and keys are rotated."""
    st.subheader(t("How far each pair is turned"), anchor=False)
    chart(figures.heatmap(turns, 0, (t("dimension"), t("position"))), "turns")
    st.caption(
        t("Even dimensions: the sine of a pair's angle, odd ones: its cosine. It is the table of the codes, "
          "used to turn instead of to add.")
    )  # fmt: skip


def turn_table(length: int, head_dim: int, base: float) -> Array:
    """Sine and cosine of every position's angle in every pair, in the order of the codes: [length, Dh]."""
    cosine, sine = rotary_turns(length, head_dim, torch.zeros(1, dtype=torch.float64), base).numpy()
    return np.stack([sine, cosine], axis=-1).reshape(length, head_dim)


def _score_of_ones(turns: Array) -> Array:
    """The product of a query and a key of ones, each turned by its position: [length, length]."""
    sine, cosine = turns[:, 0::2], turns[:, 1::2]
    ones = np.stack([cosine - sine, cosine + sine], axis=-1).reshape(len(turns), -1)
    product: Array = ones @ ones.T / np.sqrt(turns.shape[1])
    return product


def _draw_turning(queries: torch.Tensor, keys: torch.Tensor) -> None:
    """A query and a key of head 0, moved along together: their angle and their score do not change."""
    apart = Recoding.distance.value
    query, key = queries[0, 0, 1].double(), keys[0, 0, 1].double()  # of the token after SOS
    turns = rotary_turns(ANIMATED + apart, len(query), query)
    turned_query = turn(query, turns[:, apart:])  # [ANIMATED, Dh]
    turned_key = turn(key, turns[:, :ANIMATED])
    scores = (turned_query * turned_key).sum(dim=-1) / len(query) ** 0.5
    longest = max(np.abs(_pairs(turned)).max() for turned in (turned_query, turned_key))
    angle = [f"{frequency:.3g} rad" for frequency in frequencies(len(query)).tolist()]
    figure = circles(
        [t("dimensions {first}, {second}", first=2 * i, second=2 * i + 1) + f"<br>{angle[i]}"
         for i in range(len(angle))],
        {
            t("query at p + {distance}", distance=apart): _pairs(turned_query) / longest,
            t("key at p"): _pairs(turned_key) / longest,
        },
        [t("{p}: score {score}", p=p, score=f"{score:.4f}") for p, score in enumerate(scores.tolist())],
        Words(t("Play"), t("Pause"), "p = "),
    )  # fmt: skip
    chart(figure, "rotary_circles", fills=True)
    st.caption(
        t(
            "Query and key of the first token after SOS in head 0, as the pass computed them, put {distance} "
            "positions apart and moved from p = 0 to {last}. Over all of them the score varies by {spread}.",
            distance=apart,
            last=ANIMATED - 1,
            spread=f"{float(scores.max() - scores.min()):.1e}",
        )
    )


def _pairs(x: torch.Tensor) -> NDArray[np.complex128]:
    """Pairs of numbers as complex ones: [..., Dh] -> [..., Dh / 2]."""
    values = x.numpy()
    pairs: NDArray[np.complex128] = values[..., 0::2] + 1j * values[..., 1::2]
    return pairs


# --- ALiBi -------------------------------------------------------------------------------------------------


def _draw_alibi() -> None:
    checkpoint = example("alibi")
    with controls():
        _choose_scheme()
        st.slider(t("heads H"), *Recoding.heads.bounds, key=Recoding.heads.name, width=SLIDER)
        choose_length()
        st.toggle(t("under the causal mask"), key=Recoding.causal.name)
        with more():
            layer = _draw_input(checkpoint)
    frame = relative_positions.bias_frame(Recoding.heads.value, Encoding.length.value, Recoding.causal.value)
    tensor_grid([frame], key="bias_grid", stage=True)
    _draw_slopes()
    st.subheader(t("In a trained model"), anchor=False)
    _tell_other_model(checkpoint, "alibi")
    source = inputs.read_source(checkpoint, Encoding.text.value)
    trace = relative_positions.encoded(checkpoint, source)
    tensor_grid(
        [relative_positions.alibi_frame(checkpoint, source, trace, layer)],
        key="alibi_grid",
    )
    notice(
        t("A head with a steep slope sees its neighbours only; one with a gentle slope sees far."),
        t(
            "The bias has no largest length: it keeps falling with the distance, so longer inputs need "
            "nothing new."
        ),
        t("Cross-attention has no bias: between source and target there is no distance."),
    )
    try_this(
        Suggestion(t("In the decoder the causal mask hides one side."), {Recoding.causal: True}),
        Suggestion(t("8 heads: slopes from 1/2 to 1/256, each half of the one before."), {Recoding.heads: 8}),
    )
    show_source(alibi_slopes, alibi_bias)


def _draw_slopes() -> None:
    """Bias and reach of each head, against the distance."""
    heads, length = min(Recoding.heads.value, 6), Encoding.length.value
    slopes = alibi_slopes(Recoding.heads.value).tolist()
    bias = alibi_bias(Recoding.heads.value, length)[0]
    if Recoding.causal.value:
        bias = bias.masked_fill(torch.ones(length, length).triu(1).bool(), -torch.inf)
    middle = length - 1 if Recoding.causal.value else length // 2
    distance = [position - middle for position in range(length)]
    names = [t("head {head}: slope {slope}", head=h, slope=f"{slopes[h]:.4g}") for h in range(heads)]
    left, right = st.columns(2)
    with left:
        st.subheader(t("Bias against the distance"), anchor=False)
        curves = {name: bias[h, middle].numpy() for h, name in enumerate(names)}
        chart(figures.lines(distance, curves, (t("distance j − i"), t("added to the score"))), "slopes")
    with right:
        st.subheader(t("Weights if all products were equal"), anchor=False)
        curves = {name: bias[h, middle].softmax(dim=-1).numpy() for h, name in enumerate(names)}
        chart(figures.lines(distance, curves, (t("distance j − i"), t("attention weight"))), "reach")
