"""Grids of every kind, for the browser tests, the benchmark and manual checks: `?show=<name>`."""

import numpy as np
import streamlit as st

from ui.state import PRESENTER
from ui.tensor_grid import Bar, Frame, GridEvent, Operand, Scale, TensorView, Token, tensor_grid

AXES = ("sentence", "head", "query", "key")
LAYERS = ("layer", "head", "query", "key")


def softmax(energy):
    power = np.exp(energy - energy.max(axis=-1, keepdims=True))
    return power / power.sum(axis=-1, keepdims=True)


def lesson():
    """The shapes of the notes' encoder mask: broadcasting, filling, softmax."""
    mask = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], dtype=bool)[:, None, None, :]
    scores = np.random.default_rng(0).integers(10, 100, (2, 2, 5, 5)).astype(np.float64)
    filled = np.where(mask, scores, -np.inf)
    tokens = (("5", "3", "EOS", "PAD", "PAD"), ("7", "7", "1", "2", "EOS"))
    span = Scale.spanning(scores)
    read_mask, read_row = Operand("mask", mask), Operand("masked scores", filled, (0, 1, 2, None))

    def full(name, values, scale, masked=None, operands=()):
        return TensorView(
            name,
            values,
            scale,
            masked=masked,
            row_labels=tokens,
            column_labels=tokens,
            panel_labels=(("sentence 0", "sentence 1"), ("head 0", "head 1")),
            axis_names=AXES,
            operands=operands,
        )

    stored = TensorView("mask", mask, Scale.boolean(), column_labels=tokens, axis_names=AXES)
    stretched = full("stretched", np.broadcast_to(mask, (2, 2, 5, 5)), Scale.boolean(), operands=(read_mask,))
    plain = full("scores", scores, span)
    blanked = full("masked scores", filled, span, ~mask, (Operand("scores", scores), read_mask))
    weights = full("weights", softmax(filled), Scale.unit(), ~mask, (read_mask, read_row))
    return [
        Frame(
            "as stored",
            (stored,),
            "One row of keys per sentence.",
            "mask = (tokens != PAD)[:, None, None, :]",
            facts=(("shape", "[2, 1, 1, 5]"), ("stride", "[5, 5, 5, 1]"), ("bytes", "10")),
        ),
        Frame(
            "stretched over heads",
            (stored, stretched),
            "Nothing is copied: stretched axes have stride 0.",
            "mask.expand(2, 2, 5, 5)",
            facts=(("shape", "[2, 2, 5, 5]"), ("stride", "[5, 0, 0, 1]"), ("bytes", "10")),
        ),
        Frame(
            "masked_fill",
            (plain, blanked),
            "Where the mask is False, the score becomes −∞.",
            'masked = scores.masked_fill(~mask, float("-inf"))',
        ),
        Frame(
            "softmax",
            (plain, blanked, weights),
            "Every row sums to 1 over what is left.",
            "weights = masked.softmax(dim=-1)",
        ),
    ]


def heads(rows=3, columns=4, side=12, steps=12):
    """Attention over steps."""
    random = np.random.default_rng(1)
    labels = tuple("abcdefghijklmnopqrstuvwxyz0123456789"[:side])
    views = [
        TensorView(
            "weights",
            softmax(3 * random.standard_normal((rows, columns, side, side)) + step * np.eye(side)),
            Scale.unit(),
            row_labels=labels,
            column_labels=labels,
            axis_names=LAYERS,
        )
        for step in range(steps)
    ]
    return [Frame(f"step {step}", (view,)) for step, view in enumerate(views)]


def attention(name, queries, keys, causal=False):
    """One invented attention of three layers and four heads."""
    masked = ~np.tri(len(queries), len(keys), dtype=bool) if causal else None
    energy = 2 * np.random.default_rng(len(queries)).standard_normal((3, 4, len(queries), len(keys)))
    weights = softmax(energy if masked is None else np.where(masked, -np.inf, energy))
    return TensorView(
        name,
        weights,
        Scale.unit(),
        masked=masked,
        row_labels=queries,
        column_labels=keys,
        axis_names=LAYERS,
    )


def decode():
    """Tokens so far, candidates and three attentions: what a decoding page shows."""
    source, answer = (*"35172", "EOS"), ("SOS", *"27153", "EOS")
    frames = []
    for step in range(1, len(answer)):
        written = answer[:step]
        logits = 4 * np.random.default_rng(step).standard_normal(6)
        share = softmax(logits)
        best = share.argmax()
        kinds = ["chosen" if i == best else "plain" for i in range(6)]
        frames.append(
            Frame(
                f"token {step}",
                (
                    attention("encoder self", source, source),
                    attention("decoder self", written, written, causal=True),
                    attention("cross", written, source),
                ),
                f"The model writes {answer[step]!r}.",
                tokens=(
                    ("source", tuple(Token(one) for one in source)),
                    (
                        "written",
                        (
                            Token("SOS", "special"),
                            *(Token(one, "right") for one in written[1:]),
                            Token(answer[step], "chosen", "now"),
                        ),
                    ),
                ),
                bars=(
                    ("logits", tuple(Bar(str(i), float(v), f"{v:.2f}") for i, v in enumerate(logits))),
                    (
                        "softmax",
                        tuple(Bar(str(i), float(v), f"{v:.1%}", kinds[i]) for i, v in enumerate(share)),
                    ),
                ),
            )
        )
    return frames


def glyphs():
    """Every kind of cell, large and tiny."""
    large = np.array([[0.5, -np.inf, np.inf, np.nan], [-0.25, 1e-20, -1e9, 3.4e38]])
    masked = np.array([[False, True, False, False], [True, False, False, False]])
    random = np.random.default_rng(2)
    tiny = np.where(random.random((2, 3, 24, 24)) < 0.1, np.nan, random.standard_normal((2, 3, 24, 24)))
    tiny[..., 3, :], tiny[..., 5, :] = -np.inf, np.inf
    return [
        Frame(
            "glyphs",
            (
                TensorView("large", large, Scale("diverging", -1, 1), masked=masked),
                TensorView("tiny", tiny, Scale.around_zero(tiny), masked=np.tri(24, dtype=bool).T[::-1]),
            ),
        )
    ]


def large():
    """Six axes, and panels that do not fit."""
    values = np.random.default_rng(3).standard_normal((2, 3, 4, 5, 64, 160))
    return [Frame("large", (TensorView("big", values, Scale("diverging", -3, 3)),))]


def batch():
    """Three axes and one: panels that wrap, and a vector."""
    random = np.random.default_rng(4)
    x, pe = random.standard_normal((2, 5, 8)), random.standard_normal((1, 5, 8))
    scale = Scale("diverging", -3, 3)
    names = ("batch", "position", "feature")
    return [
        Frame(
            "x + pe",
            (
                TensorView("x", x, scale, axis_names=names),
                TensorView("pe", pe, scale, axis_names=names),
                TensorView(
                    "sum", x + pe, scale, axis_names=names, operands=(Operand("x", x), Operand("pe", pe))
                ),
                TensorView("vector", np.arange(7), Scale.spanning(np.arange(7))),
            ),
        )
    ]


def odd():
    """Tensors with no or hardly any elements, and a frame without tensors."""
    shapes = [(), (0,), (1,), (3, 0), (0, 2, 3, 3), (1, 1, 1, 1, 1, 1)]
    views = tuple(TensorView(f"t{i}", np.zeros(shape), Scale.unit()) for i, shape in enumerate(shapes))
    cut = (("cut", (Bar("5", 0.5, "50%"), Bar("3", -np.inf, "−∞", "dimmed"))),)
    return [Frame("odd", views), Frame("nothing", caption="No tensor here.", bars=cut)]


def bare():
    """Frames without optional parts, except panels that can be enlarged."""
    view = TensorView("x", np.zeros((1, 2, 2, 2)), Scale.unit())
    strips = (("", (Token(""), Token("a"))),)
    return [Frame("", (view,)), Frame("", tokens=strips), Frame("", bars=(("", (Bar("", 0.5),)),))]


def leaks():
    """Weights on masked keys, and numbers that differ only in their sign."""
    shares = np.array([[0.71, 0.29, 0.0], [1.0, 0.0, 0.0]])
    masked = np.array([[False, True, True], [False, True, True]])
    signs = np.array([[0.99, -0.99], [0.99, -0.99]])
    return [
        Frame(
            "leaks",
            (
                TensorView("weights", shares, Scale.unit(), masked=masked),
                TensorView("scores", shares, Scale("sequential", 0, 2), masked=masked),
                TensorView("signs", signs, Scale("diverging", -1, 1), show_values=False),
                TensorView("keep", ~masked, Scale.boolean(), truth="True keeps"),
            ),
        )
    ]


def show_edit():
    """An editable mask; the result is shown as text."""
    mask = st.session_state.setdefault("mask", np.tri(6, dtype=bool)[None, None])

    def apply(event: GridEvent) -> None:
        for cell in event.cells:
            mask[cell] ^= True

    letters = tuple("abcdef")
    view = TensorView(
        "mask", mask, Scale.boolean(), row_labels=letters, column_labels=letters, axis_names=AXES
    )
    event = tensor_grid([Frame("edit", (view,))], key="edit", editable=True, on_event=apply)
    st.text(f"allowed: {int(mask.sum())}")
    st.text(f"cells: {event.cells if event else None}")


def show_report():
    """The events that Python receives about frames and locks."""
    st.button("rerun")
    event = tensor_grid(heads(steps=5), key="report", report=("frame", "lock"))
    st.text(f"{event.kind}: {event.frame} {event.lock}" if event else "nothing")


SHOWS = {
    "lesson": lesson,
    "heads": heads,
    "many": lambda: heads(6, 8, 32),
    "decode": decode,
    "glyphs": glyphs,
    "large": large,
    "batch": batch,
    "odd": odd,
    "bare": bare,
    "leaks": leaks,
}

st.set_page_config(layout="wide")
show = st.query_params.get("show", "lesson")
if show == "edit":
    show_edit()
elif show == "report":
    show_report()
else:
    st.button("rerun")
    if "field" in st.query_params:
        st.text_input("field")
    with st.container(width=int(st.query_params.get("width", "0")) or "stretch"):
        PRESENTER.set("presenter" in st.query_params)
        tensor_grid(SHOWS[show](), key=show, stage="stage" in st.query_params)
