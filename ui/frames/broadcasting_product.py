"""A matrix product over leading axes: (32, 128, 512) @ (512, 64)."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from transformer.experiments.broadcasting import Calls, Script
from ui.frames.broadcasting import facts
from ui.i18n import headed, t
from ui.taught import cells
from ui.tensor_grid import Frame, Operand, Scale, TensorView, Token

Facts = tuple[tuple[str, str], ...]


def frames() -> list[Frame]:
    """The steps of the product: one weight serves all 32 * 128 rows, whether or not they are one axis."""
    script, calls = _computed()
    return [
        _aligned(script),
        _cells(script).named("cells"),
        _one_cell(script),
        _folded(script, calls),
        _stretched(script).named("stretched"),
    ]


def _frame(title: str, tensors: Sequence[TensorView], caption: str, code: str, said: Facts) -> Frame:
    return Frame(title, tuple(tensors), caption, code, tokens=_strips(), in_columns=True, facts=said)


def _aligned(script: Script) -> Frame:
    return _frame(
        t("shapes aligned"),
        [_view(script, "x[:1]"), _view(script, "weight")],
        t(
            "A matrix product multiplies along the last axis of x and the first of the weight: 512 meets "
            "512, and that axis is gone from the result. The axes before it are carried along: 32 * 128 "
            "rows of 512 numbers meet one and the same matrix. Of x, only the first of 32 sequences is drawn."
        ),
        _CODE["setup"],
        _facts(script, "x", "weight"),
    )


def _cells(script: Script) -> Frame:
    x, weight = script["x[:4]"].numpy(), script["weight"].numpy()
    reads = (Operand("x[:4]", x, (0, 1, None)), Operand("weight", weight, (None, 2)))
    return _frame(
        t("the product, cell by cell"),
        [_view(script, "y[:4]", *reads)],
        t(
            "Every cell read one row of x and one column of the weight, 512 numbers each: y[b, l, j] = "
            "x[b, l, :] · weight[:, j]. Drawn: the first four sequences; move the window to see the rest."
        ),
        _CODE["product"],
        _facts(script, "y"),
    )


def _one_cell(script: Script) -> Frame:
    return _frame(
        t("one cell"),
        [_vector(script, name) for name in ("row", "column", "products")],
        t(
            "Row 7 of sequence 3 meets column 5 of the weight: 512 products, one below the other, sum to "
            "y[3, 7, 5] = {value}.",
            value=int(script["y"][3, 7, 5]),
        ),
        _CODE["one cell"],
        _facts(script, "row", "column"),
    )


def _folded(script: Script, calls: tuple[str, ...]) -> Frame:
    rows, weight = script["rows"].numpy(), script["weight"].numpy()
    reads = (Operand("rows", rows, (0, None)), Operand("weight", weight, (None, 1)))
    return _frame(
        t("as one product of 4096 rows"),
        [_view(script, "folded[:512]", *reads)],
        t(
            "Sequence and token make one axis of 32 * 128 = 4096 rows; `view` copies nothing. Row "
            "b * 128 + l holds what y[b, l] holds. PyTorch itself does the same; its calls for x @ "
            "weight, as recorded here: {calls}. Drawn: the first 512 rows, four sequences.",
            calls="; ".join(calls),
        ),
        _CODE["folded"],
        _facts(script, "rows", "folded"),
    )


def _stretched(script: Script) -> Frame:
    return _frame(
        t("the weight is not copied"),
        [_view(script, "weight")],
        t(
            "Written as a product of equal batches, the weight would be stretched over 32 sequences: "
            "stride 0, nothing copied. `repeat` would hold it 32 times."
        ),
        _CODE["stretched"],
        facts(script["stretched"], script["copied"]),
    )


_ONES = Scale("diverging", -3.0, 3.0)
"""For values of -1, 0 and 1: three times as wide, so that the colours are pale."""

_CODE = cells(Path(__file__).parent / "code/product.py")


@lru_cache(maxsize=1)
def _computed() -> tuple[Script, tuple[str, ...]]:
    """The script after all its cells, and PyTorch's calls for the product.

    Cached for all sessions: its tensors are large, those of the other views a few kilobytes.
    """
    script = Script()
    for code in _CODE.values():
        script.run(code)
    with Calls() as calls:
        script["x"] @ script["weight"]
    return script, tuple(calls.made)


def _view(script: Script, name: str, *operands: Operand) -> TensorView:
    values = script[name].numpy().astype(np.int64)  # exact, and sent in one byte each
    rank = values.ndim
    labels = {
        "y[:4]": ("b", "l", "j"),
        "x[:1]": ("b", "l", "d"),
        "weight": ("d", "j"),
        "folded[:512]": ("row", "j"),
    }
    sequences = tuple(t("sequence {n}", n=n) for n in range(values.shape[0])) if rank == 3 else ()
    return TensorView(
        name,
        values,
        _ONES if np.abs(values).max() <= 1 else Scale.around_zero(values),
        panel_labels=((), sequences),
        axis_names=labels[name],
        operands=operands,
    )


def _vector(script: Script, name: str) -> TensorView:
    values = script[name].numpy().astype(np.int64)
    operands = tuple(Operand(part, script[part].numpy()) for part in ("row", "column"))
    return TensorView(
        name,
        values,
        _ONES,
        axis_names=("d",),
        operands=operands if name == "products" else (),
    )


def _facts(script: Script, *names: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (headed(name, fact), value)
        for name in names
        for fact, value in facts(script[name])
        if fact != t("elements, logical")
    )


def _strips() -> tuple[tuple[str, tuple[Token, ...]], ...]:
    return (
        (t("axis"), tuple(Token(name) for name in ("B", "L", "D", "Dh"))),
        ("x", tuple(Token(size) for size in ("32", "128", "512", "–"))),
        ("weight", tuple(Token(size) for size in ("–", "–", "512", "64"))),
        (
            t("verdict"),
            (
                Token(t("carried along"), "chosen"),
                Token(t("carried along"), "chosen"),
                Token(t("equal, summed over"), "right"),
                Token(t("from the weight")),
            ),
        ),
        (t("result"), tuple(Token(size) for size in ("32", "128", "–", "64"))),
    )
