"""Broadcasting without a mask: `x + pe`, any two shapes, and a matrix product over leading axes."""

from collections.abc import Callable
from functools import lru_cache
from math import prod

import numpy as np

from transformer import notes
from transformer.broadcasting import (
    Calls,
    Script,
    Shape,
    Storage,
    attempt,
    broadcast,
    check_drawable,
    parse_shape,
)
from ui.frames.broadcasting import Named, Stretch, alignment, axis_names, facts, stretched
from ui.i18n import t
from ui.tensor_grid import Frame, Operand, Scale, TensorView, Token
from ui.tensor_grid.views import Array

OPERATIONS = ("+", "masked_fill")


# --- x + pe[:, :L, :] --------------------------------------------------------------------------------------


_SUM_AXES = ("B", "L", "D")


def position_frames() -> list[Frame]:
    """The codes of the model's own `sinusoidal_encoding`, added to every sequence of a batch."""
    script = Script()
    setup = script.run(
        "import torch\n"
        "from transformer.positional import sinusoidal_encoding\n\n"
        f"x = {notes.literal(notes.EMBEDDED)}\n"
        "B, L, D = x.shape\n"
        "pe = sinusoidal_encoding(5, D).unsqueeze(0)  # [1, max_len, D]\n"
    )
    line = "torch.broadcast_shapes((1, L, D), x.shape)"
    codes = script.run("codes = pe[:, :L, :]  # a view of the first L rows of pe: nothing is copied")
    total = script.run("total = x + codes  # x + pe[:, :L, :]")
    x, small = Named("x", tuple(script["x"].shape)), Named("codes", tuple(script["codes"].shape))
    draw = _draw_positions(script)
    strips = alignment(small, x, _SUM_AXES)
    return [
        Frame(
            title=t("shapes aligned"),
            tensors=(draw("x", script["x"]), draw("pe", script["pe"])),
            tokens=strips,
            in_columns=True,
            caption=t(
                "x holds {B} sequences of {L} tokens, {D} numbers each. pe has one code for each position "
                "and a batch axis of size 1.",
                B=x.shape[0],
                L=x.shape[1],
                D=x.shape[2],
            ),
            code=setup + line,
            facts=facts(script["pe"]),
        ),
        Frame(
            title=t("the codes of the first L positions"),
            tensors=(draw("pe", script["pe"]), draw("codes", script["codes"])),
            tokens=strips,
            in_columns=True,
            caption=t(
                "Row p is [sin(p), cos(p), sin(p/100), cos(p/100)]. The slice is cut to the length of the "
                "input."
            ),
            code=codes,
            facts=facts(script["codes"]),
        ),
        *stretched(script, small, x, _SUM_AXES, draw, _over_the_batch),
        Frame(
            title="x + pe[:, :L, :]",
            tensors=(
                draw("x", script["x"]),
                draw("codes", script["codes"]),
                draw(
                    "total",
                    script["total"],
                    Operand("x", script["x"].numpy()),
                    Operand("codes", script["codes"].numpy()),
                ),
            ),
            tokens=strips,
            in_columns=True,
            caption=t("The same code is added in every sequence: total[b, p] = x[b, p] + codes[0, p]."),
            code=total,
            facts=facts(script["total"]),
        ),
    ]


def _over_the_batch(back: int) -> Stretch:
    return Stretch(
        "over_batch",
        t("stretched over the batch"),
        t("Every sequence gets the same codes: the stride of the batch axis is 0."),
    )


def _draw_positions(script: Script) -> Callable[..., TensorView]:
    scale = Scale.around_zero(script["total"].numpy())

    def draw(name: str, values: object, *operands: Operand) -> TensorView:
        array = np.asarray(values)
        names = tuple(t("sequence {n}", n=n) for n in range(array.shape[0])) if array.shape[0] > 1 else ()
        return TensorView(
            name, array, scale, panel_labels=((), names), axis_names=("b", "p", "d"), operands=operands
        )

    return draw


# --- any two shapes ----------------------------------------------------------------------------------------


def typed_frames(first: str, second: str, operation: str) -> list[Frame]:
    """Two shapes as a user typed them, in an operation that broadcasts. Raises `InputError`."""
    shapes = parse_shape(first), parse_shape(second)
    check_drawable(*shapes)
    script = Script()
    names = ("a", "b") if operation == "+" else ("energy", "mask")
    setup = script.run(_typed_setup(*shapes, operation))
    a, b = (Named(name, shape) for name, shape in zip(names, shapes, strict=True))
    axes = axis_names(max(map(len, shapes)))
    fits = broadcast(*shapes)
    opening = Frame(
        title=t("shapes aligned"),
        tensors=tuple(_typed_view(name, script[name].numpy()) for name in names),
        tokens=alignment(a, b, axes),
        in_columns=True,
        caption=_typed_caption(operation) + (" " + _result_caption(fits) if fits else ""),
        code=setup,
        facts=_both_facts(script, names),
    )
    result = "result = a + b" if operation == "+" else "result = energy.masked_fill(~mask, -1)"
    if not fits:
        return [opening, _refused(script, opening, result)]
    steps = [
        frame
        for own, other in ((a, b), (b, a))
        for frame in stretched(script, own, other, axes, _typed_draw, _along(own.name))
    ]
    script.run(result)
    operands = tuple(Operand(name, script[name].numpy()) for name in names)
    masked = None if operation == "+" else ~script["mask"].numpy()
    drawn = TensorView(
        "result",
        script["result"].numpy(),
        _scale(script["result"].numpy()),
        masked=masked,
        axis_names=_axes(len(fits)),
        operands=operands,
    )
    closing = Frame(
        title="a + b" if operation == "+" else "masked_fill",
        tensors=(drawn,),
        tokens=alignment(a, b, axes),
        in_columns=True,
        caption=t("Point at a cell: its index tells which cell of each tensor it was read from."),
        code=result,
        facts=facts(script["result"]),
    )
    return [opening, *steps, closing]


def _typed_setup(first: Shape, second: Shape, operation: str) -> str:
    """Values that tell where they came from: the units of the sum are those of a, the rest is b's."""
    count, other = prod(first), prod(second)
    one = f"torch.arange({count}).view({_listed(first)})"
    if operation == "+":
        base = 10 ** max(1, len(str(count - 1)))
        return f"import torch\n\na = {one}\nb = {base} * torch.arange(1, {other + 1}).view({_listed(second)})"
    return (
        f"import torch\n\nenergy = {one}\n"
        f"mask = (torch.arange({other}) % 3 != 1).view({_listed(second)})  # True = may attend"
    )


def _listed(shape: Shape) -> str:
    return ", ".join(str(size) for size in shape)


def _typed_caption(operation: str) -> str:
    if operation == "+":
        return t(
            "The numbers tell where they came from: a counts 0, 1, 2, ... and b counts in steps so large "
            "that both can be read off the sum."
        )
    return t("The scores count 0, 1, 2, ...; every third entry of the mask is False, from the second on.")


def _result_caption(shape: Shape) -> str:
    return t("Both broadcast to {shape}.", shape=list(shape))


def _both_facts(script: Script, names: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{name}: {fact}", value) for name in names for fact, value in facts(script[name])[:1]
    ) + tuple((f"{name}: {t('stride')}", str(Storage.of(script[name]).stride)) for name in names)


def _refused(script: Script, opening: Frame, code: str) -> Frame:
    """What PyTorch says, just now, to shapes that do not fit."""
    return Frame(
        title=t("PyTorch refuses"),
        tensors=opening.tensors,
        tokens=opening.tokens,
        in_columns=True,
        caption=attempt(code, script.names).error
        + "\n"
        + t("On an axis marked incompatible the sizes differ and none of them is 1."),
        code=code,
        facts=opening.facts,
    )


def _along(name: str) -> Callable[[int], Stretch]:
    def words(back: int) -> Stretch:
        return Stretch(
            f"{name}_{back}",
            t("{name} stretched along axis {axis}", name=name, axis=-back),
            t(
                "Axis {axis} of {name} has size 1 or is missing: every index on it reads the same memory, so "
                "its stride is 0.",
                axis=-back,
                name=name,
            ),
        )

    return words


def _typed_draw(name: str, values: object, *operands: Operand) -> TensorView:
    return _typed_view(name, np.asarray(values), *operands)


def _typed_view(name: str, values: Array, *operands: Operand) -> TensorView:
    return TensorView(name, values, _scale(values), axis_names=_axes(values.ndim), operands=operands)


def _scale(values: Array) -> Scale:
    return Scale.boolean() if values.dtype == np.bool_ else Scale.spanning(values)


def _axes(rank: int) -> tuple[str, ...]:
    return tuple(t("axis {number}", number=-back) for back in range(rank, 0, -1))


# --- (32, 128, 512) @ (512, 64) ----------------------------------------------------------------------------


def product_frames() -> list[Frame]:
    """One weight serves 32 * 128 rows: the leading axes are carried along, and folded into one."""
    script, made = _product()
    x, weight = script["x"], script["weight"]
    setup, product, cell, folded, stretch = _PRODUCT_CODE
    reads = (Operand("x[:4]", x[:4].numpy(), (0, 1, None)), Operand("weight", weight.numpy(), (None, 2)))
    row = (Operand("rows", script["rows"].numpy(), (0, None)), Operand("weight", weight.numpy(), (None, 1)))
    return [
        Frame(
            title=t("shapes aligned"),
            tensors=(_product_view(script, "x[:1]"), _product_view(script, "weight")),
            tokens=_product_strips(),
            in_columns=True,
            caption=t(
                "A matrix product multiplies along the last axis of x and the first of the weight: 512 meets "
                "512, and that axis is gone from the result. The axes before it are carried along: 32 * 128 "
                "rows of 512 numbers meet one and the same matrix. Drawn of x: the first of 32 sequences."
            ),
            code=setup,
            facts=_product_facts(script, "x", "weight"),
        ),
        Frame(
            title=t("the product, cell by cell"),
            tensors=(_product_view(script, "y[:4]", *reads),),
            tokens=_product_strips(),
            in_columns=True,
            caption=t(
                "Every cell read one row of x and one column of the weight, 512 numbers each: y[b, l, j] = "
                "x[b, l, :] · weight[:, j]. Drawn: the first four sequences; move the window to see the rest."
            ),
            code=product,
            facts=_product_facts(script, "y"),
        ),
        Frame(
            title=t("one cell"),
            tensors=tuple(_vector_view(script, name) for name in ("row", "column", "products")),
            tokens=_product_strips(),
            in_columns=True,
            caption=t(
                "Row 7 of sequence 3 meets column 5 of the weight: 512 products, one below the other, sum to "
                "y[3, 7, 5] = {value}.",
                value=int(script["y"][3, 7, 5]),
            ),
            code=cell,
            facts=_product_facts(script, "row", "column"),
        ),
        Frame(
            title=t("as one product of 4096 rows"),
            tensors=(_product_view(script, "folded[:512]", *row),),
            tokens=_product_strips(),
            in_columns=True,
            caption=t(
                "Sequence and token make one axis of 32 * 128 = 4096 rows; `view` copies nothing. Row "
                "b * 128 + l holds what y[b, l] holds. PyTorch itself does the same; its calls for x @ "
                "weight, as recorded here: {calls}. Drawn: the first 512 rows, four sequences.",
                calls="; ".join(made),
            ),
            code=folded,
            facts=_product_facts(script, "rows", "folded"),
        ),
        Frame(
            title=t("the weight is not copied"),
            tensors=(_product_view(script, "weight"),),
            tokens=_product_strips(),
            in_columns=True,
            caption=t(
                "Written as a product of equal batches, the weight would be stretched over 32 sequences: "
                "stride 0, nothing copied. `repeat` would hold it 32 times."
            ),
            code=stretch,
            facts=facts(script["stretched"], script["copied"]),
        ),
    ]


_ONES = Scale("diverging", -3.0, 3.0)
"""For -1, 0 and 1, in colours that do not dazzle."""

_PRODUCT_CODE = (
    "import torch\n\n"
    "seed = torch.Generator().manual_seed(0)\n"
    "x = torch.randint(-1, 2, (32, 128, 512), generator=seed).float()  # [B, L, D]\n"
    "weight = torch.randint(-1, 2, (512, 64), generator=seed).float()  # [D, Dh]",
    "y = x @ weight  # [32, 128, 64]",
    "row, column = x[3, 7], weight[:, 5]  # 512 numbers each\n"
    "products = row * column\n"
    "assert products.sum() == y[3, 7, 5]",
    "rows = x.view(32 * 128, 512)\n"
    "folded = rows @ weight  # [4096, 64]\n"
    "assert rows.data_ptr() == x.data_ptr()  # the same memory\n"
    "assert torch.equal(folded.view(32, 128, 64), y)",
    "stretched = weight.expand(32, 512, 64)\n"
    "copied = weight.repeat(32, 1, 1)\n"
    "assert torch.equal(x @ stretched, y)",
)


@lru_cache(maxsize=1)
def _product() -> tuple[Script, tuple[str, ...]]:
    """Computed once for all sessions: it is the only lesson of more than a few kilobytes."""
    script = Script()
    for code in _PRODUCT_CODE:
        script.run(code)
    with Calls() as calls:
        script["x"] @ script["weight"]
    return script, tuple(calls.made)


def _product_view(script: Script, name: str, *operands: Operand) -> TensorView:
    values = script[name].numpy().astype(np.int64)  # whole numbers, exact: they travel in one byte each
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


def _vector_view(script: Script, name: str) -> TensorView:
    values = script[name].numpy().astype(np.int64)
    operands = tuple(Operand(part, script[part].numpy()) for part in ("row", "column"))
    return TensorView(
        name,
        values,
        _ONES,
        axis_names=("d",),
        operands=operands if name == "products" else (),
    )


def _product_facts(script: Script, *names: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{name}: {fact}", value)
        for name in names
        for fact, value in facts(script[name])
        if fact != t("elements, logical")
    )


def _product_strips() -> tuple[tuple[str, tuple[Token, ...]], ...]:
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
