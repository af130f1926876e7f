"""The notes' numbers, step by step: words become rows of a table, positions become codes, and both are added.

Each step shows the code that ran, and the drawn tensors are those that the code defined.
"""

from pathlib import Path

from torch import Tensor

from transformer.experiments import notes
from transformer.experiments.broadcasting import Script
from ui.i18n import t
from ui.taught import assigned, cells
from ui.tensor_grid import Frame, Operand, Scale, TensorView

DIMENSIONS = ("0", "1", "2", "3")


def _code() -> dict[str, str]:
    """Each step's code, with the notes' numbers in it."""
    code = cells(Path(__file__).parent / "code/positions_by_hand.py")
    weight, ids = notes.literal(notes.WORD_VECTORS), notes.literal(notes.SENTENCES)
    return {
        **{name: cell for name, cell in code.items() if name},
        "lookup": assigned(code["lookup"], weight=weight, ids=ids),
        "batch": assigned(code["batch"], x=notes.literal(notes.EMBEDDED)),
    }


_CODE = _code()


def run() -> Script:
    """The script after all steps; its names are those of the code on screen."""
    script = Script()
    for code in _CODE.values():
        script.run(code)
    return script


def frames(script: Script) -> list[Frame]:
    """Lookup, angles, codes, the sum for the sentences, for one token, and for the batch of the notes."""
    return [
        _lookup(script),
        _angles(script),
        _codes(script),
        _sum(script),
        _token(script),
        _batch(script),
    ]


def _lookup(script: Script) -> Frame:
    words = _words()
    return Frame(
        title=t("words become rows"),
        tensors=(
            _view("weight", script["weight"], rows=notes.WORDS),
            _view("embedded", script["embedded"], rows=words, operands=("ids",), script=script),
        ),
        caption=t(
            "An embedding is a table with one row a word, learned like any weight; a token's id picks its "
            "row. Nothing is multiplied. [PAD] is row 0, which `padding_idx` keeps at zero."
        ),
        code=_CODE["lookup"],
    )


def _angles(script: Script) -> Frame:
    return Frame(
        title="div_term",
        tensors=(
            TensorView("position", script["position"].numpy(), Scale.spanning(script["position"].numpy())),
            TensorView(
                "angle",
                script["angle"].numpy(),
                Scale.spanning(script["angle"].numpy()),
                row_labels=_positions(5),
                operands=(
                    Operand("position", script["position"].numpy()),
                    Operand("div_term", script["div_term"].numpy()),
                ),
            ),
        ),
        caption=t(
            "D = 4 has two frequencies: one step turns the first pair by 1 radian, the second by 0.01. "
            "The low dimensions turn fast, the high ones slowly."
        ),
        code=_CODE["angle"],
        facts=(("div_term", vector(script["div_term"])),),
    )


def _codes(script: Script) -> Frame:
    return Frame(
        title="pe",
        tensors=(_view("pe", script["pe"], rows=_positions(5)),),
        caption=t("Even dimensions are the sines of the two angles, odd ones their cosines."),
        code=_CODE["codes"],
        facts=tuple((f"PE({p})", vector(script["pe"][p])) for p in range(5)),
    )


def _sum(script: Script) -> Frame:
    return Frame(
        title=t("embedding + code"),
        tensors=(
            _view("embedded", script["embedded"], rows=_words()),
            _view("pe", script["pe"], rows=_positions(5)),
            _view("total", script["total"], rows=_words(), operands=("embedded", "pe"), script=script),
        ),
        caption=t(
            "PAD's embedding is zero, but that does not make padding without effect. Look at sequence"
            " 1: after the sum its two PADs are {three} and {four}. Only the mask takes them out.",
            three=vector(script["total"][1, 3]),
            four=vector(script["total"][1, 4]),
        ),
        code=_CODE["sum"],
    )


def _token(script: Script) -> Frame:
    rows = {"token": "x", "pe[1]": "PE(1)", "token_at_1": "x + PE(1)"}
    return Frame(
        title=t("one token at position 1"),
        tensors=tuple(_view(name, script[name].unsqueeze(0), rows=(label,)) for name, label in rows.items()),
        caption=t("Dimension by dimension: nothing but four additions."),
        code=_CODE["token"],
        facts=tuple((label, vector(script[name])) for name, label in rows.items()),
    )


def _batch(script: Script) -> Frame:
    return Frame(
        title="x + pe[:, :x.size(1), :]",
        tensors=(
            _view("x", script["x"], rows=_positions(3)),
            _view("pe[:, :3, :]", script["pe_batch[:, :3, :]"], rows=_positions(3)),
            _view("y", script["y"], rows=_positions(3), operands=("x", "pe_batch[:, :3, :]"), script=script),
        ),
        caption=t(
            "pe has room for {max_len} positions; the slice takes as many as x has tokens, {length}, and "
            "both sequences get the same codes. "
            "They are added as they are, not rounded.",
            max_len=script["pe_batch"].size(1),
            length=script["x"].size(1),
        ),
        code=_CODE["batch"],
    )


def _view(
    name: str,
    tensor: Tensor,
    *,
    rows: tuple[str, ...] | tuple[tuple[str, ...], ...],
    operands: tuple[str, ...] = (),
    script: Script | None = None,
) -> TensorView:
    values = tensor.numpy()
    sentences = tuple(t("sequence {n}", n=n) for n in range(len(values))) if values.ndim == 3 else ()
    axes: dict[str, tuple[int | None, ...]] = {"ids": (0, 1)}
    reads = [Operand(operand, script[operand].numpy(), axes.get(operand)) for operand in operands if script]
    return TensorView(
        name,
        values,
        Scale("diverging", -1.0, 1.0) if abs(values).max() <= 1 else Scale("diverging", -3.5, 3.5),
        row_labels=rows if values.ndim == 3 or isinstance(rows[0], str) else (),
        column_labels=DIMENSIONS,
        panel_labels=((), sentences),
        operands=tuple(reads),
    )


def _words() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(notes.WORDS[index] for index in row) for row in notes.SENTENCES.tolist())


def _positions(count: int) -> tuple[str, ...]:
    return tuple(str(position) for position in range(count))


def vector(values: Tensor, digits: int = 6) -> str:
    """Numbers as they are read out: `[0.841471, 0.540302]`."""
    return "[" + ", ".join(f"{value:.{digits}f}" for value in values.tolist()) + "]"
