"""Common mistakes with broadcasting: the code that people write, what it does, and the right line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from transformer.experiments import notes
from transformer.experiments.broadcasting import Outcome, Shape, attempt, differing
from transformer.grid.views import Array
from ui.frames.broadcasting import Named, Strips, alignment
from ui.i18n import listed, t
from ui.taught import assigned, cells
from ui.tensor_grid import Frame, Operand, Scale, TensorView

Kind = Literal["loud", "warned", "silent", "harmless"]


@dataclass(frozen=True)
class Case:
    """A mistake as code."""

    setup: str
    """Code that both versions start from."""
    wrong: str
    right: str
    """`wrong` and `right` each define `result` from what `setup` defined."""
    why: str
    compared: tuple[str, str] | None = ("mask", "energy")
    """The two tensors whose shapes are aligned; None if the mistake is not about shapes."""
    hint: str = ""
    """For which sizes the outcome is another."""
    words: tuple[str, ...] = ()
    """Token labels of the keys."""


@dataclass(frozen=True)
class Broken:
    """A mistake and the outcomes of its two versions."""

    case: Case
    wrong: Outcome
    right: Outcome

    @property
    def shapes(self) -> tuple[Shape, Shape]:
        """The shapes of the wrong and the right result."""
        wrong, right = (tuple(outcome.names["result"].shape) for outcome in (self.wrong, self.right))
        return wrong, right

    @property
    def cells(self) -> list[Shape]:
        """The indices at which the two results differ; their shapes must be equal."""
        return differing(self.wrong.names["result"], self.right.names["result"])

    @property
    def kind(self) -> Kind:
        """Whether PyTorch raised an error, warned, was silently wrong, or the result is right."""
        if self.wrong.error:
            return "loud"
        if self.wrong.warnings:
            return "warned"
        wrong, right = self.shapes
        return "harmless" if wrong == right and not self.cells else "silent"


def run(name: str, B: int, H: int, L: int) -> Broken:
    """Run both versions of a case."""
    case = _cases()[name](B, H, L)
    start = attempt(case.setup)
    # Each version gets tensors of its own, because some of the mistakes write into them.
    return Broken(case, attempt(f"{case.setup}\n{case.wrong}"), attempt(case.right, start.names))


def titles() -> dict[str, str]:
    """Titles of the cases on screen, by name."""
    return {
        "once": t("unsqueeze forgotten once"),
        "twice": t("unsqueeze forgotten twice"),
        "sizes": t("sizes that do not fit"),
        "float": t(".float() forgotten"),
        "add": t("add_ into an expanded tensor"),
        "fill": t("masked_fill_ into an expanded tensor"),
        "write": t("a[0, 0, 0, 0] = 1"),
        "zero": t("PAD is also the digit 0"),
    }


SIZED = ("once", "twice", "sizes", "float", "add", "fill", "write")
"""Cases in which B, H and L can be chosen."""


# --- the cases ---------------------------------------------------------------------------------------------


def _cases() -> dict[str, Callable[[int, int, int], Case]]:
    return {
        "once": _once,
        "twice": _twice,
        "sizes": _sizes,
        "float": _float,
        "add": _add,
        "fill": _fill,
        "write": _write,
        "zero": _zero,
    }


_CODE = cells(Path(__file__).parent / "code/broken.py")


def _code(*names: str, **numbers: str) -> str:
    """Cells joined in this order; `numbers` replace expressions that the first cell assigns."""
    first, *rest = (_CODE[name] for name in names)
    return "\n".join([assigned(first, **numbers), *rest])


def _sized(*names: str, B: int, H: int, L: int, **numbers: str) -> str:
    return _code(*names, **{"B, H, L": f"{B}, {H}, {L}"}, **numbers)


def _once(B: int, H: int, L: int) -> Case:
    return Case(
        _sized("scores", B=B, H=H, L=L),
        _CODE["once"],
        _CODE["right mask"],
        t(
            "Aligned from the right, [B, 1, L] is read as [1, B, 1, L]: the sentences' masks land on the "
            "heads. "
            "With B = H nothing complains, and every sentence gets the masks of all."
        ),
        hint=t("Silent where B = H or H = 1, an error otherwise; right by chance where B = 1."),
    )


def _twice(B: int, H: int, L: int) -> Case:
    return Case(
        _sized("scores", B=B, H=H, L=L),
        _CODE["twice"],
        _CODE["right mask"],
        t(
            "Aligned from the right, [B, L] is read as [1, 1, B, L]: the sentences' masks land on the "
            "queries. "
            "With B = L nothing complains."
        ),
        hint=t("Silent where B = L, an error otherwise; right by chance where B = 1."),
    )


def _sizes(B: int, H: int, L: int) -> Case:
    return Case(
        _sized("scores", "sizes: setup", B=B, H=H, L=L),
        _CODE["sizes"],
        _CODE["right mask"],
        t(
            "The keys of cross-attention are the source's tokens, so the mask must be the source's. The "
            "target's has another length, and two sizes fit only if they are equal or one of them is 1."
        ),
    )


def _float(B: int, H: int, L: int) -> Case:
    return Case(
        _sized(
            "scores", "float: setup", B=B, H=H, L=L, energy="torch.arange(B * H * L * L).view(B, H, L, L)"
        ),
        _CODE["float"],
        _CODE["float: right"],
        t("The scores are int64: whole numbers have no infinity. Softmax refuses them too."),
    )


def _add(B: int, H: int, L: int) -> Case:
    return Case(
        _sized("expanded", B=B, H=H, L=L),
        _CODE["add"],
        _CODE["add: right"],
        t(
            "Several cells of an expanded tensor are one place in memory. Adding 1 to each would add it "
            "several times, so PyTorch refuses; a clone has a place for every cell."
        ),
        compared=None,
    )


def _fill(B: int, H: int, L: int) -> Case:
    return Case(
        _sized("expanded", "fill: setup", B=B, H=H, L=L),
        _CODE["fill"],
        _CODE["fill: right"],
        t(
            "All rows are one row in memory, so what is filled in one row is filled in all. PyTorch warns, "
            "and does it."
        ),
        compared=None,
    )


def _write(B: int, H: int, L: int) -> Case:
    return Case(
        _sized("expanded", B=B, H=H, L=L),
        _CODE["write"],
        _CODE["write: right"],
        t(
            "The strides of the head and the query axis are 0: every head and every query of sentence 0 "
            "reads the place that was written. PyTorch says nothing."
        ),
        compared=None,
    )


def _zero(B: int, H: int, L: int) -> Case:
    return Case(
        _CODE["zero: setup"],
        _code("zero", src=notes.literal(notes.ZERO_IS_PAD)),
        _CODE["zero: right"],
        t(
            "Where PAD is 0 and the digit 0 is 0, too, the padding mask hides real zeros, "
            "here at positions 2 and 4. No query can see them, so they cannot be sorted in. Ids of their own "
            "for PAD, SOS and EOS mend it."
        ),
        compared=None,
        words=("SOS", "3", "0", "7", "0", "EOS"),
    )


# --- what is shown -----------------------------------------------------------------------------------------


def summary(broken: Broken) -> str:
    """What happened, in a sentence."""
    if broken.kind == "loud":
        return t("PyTorch raised this just now:")
    if broken.kind == "harmless":
        return t("No error, and with these sizes the result is right.")
    wrong, right = broken.shapes
    if wrong != right:
        return t(
            "No error, but the result has the shape {wrong} instead of {right}.",
            wrong=list(wrong),
            right=list(right),
        )
    cells = broken.cells
    first = listed([*(f"result{list(cell)}" for cell in cells[:4]), *([t("...")] if len(cells) > 4 else [])])
    said = {"count": len(cells), "total": broken.wrong.names["result"].numel(), "cells": first}
    if broken.kind == "warned":
        return t("A warning, and {count} of {total} cells are wrong: {cells}", **said)
    return t("No error, no warning, and {count} of {total} cells are wrong: {cells}", **said)


def frames(broken: Broken) -> list[Frame]:
    """The wrong result beside the right one, then beside the cells that differ.

    The right result alone if the wrong version raised an error. Above the tensors stand the aligned shapes.
    """
    wrong, right = broken.wrong.names, broken.right.names
    meant = _result(broken, t("right result"), right)
    pairs: list[tuple[TensorView, ...]] = [(meant,)]
    if "result" in wrong:
        given = _result(broken, t("wrong result"), wrong)
        pairs = [(given, meant)]
        if broken.kind in ("silent", "warned") and broken.shapes[0] == broken.shapes[1]:
            differs = (wrong["result"] != right["result"]).numpy()
            pairs.append((given, _view(broken, t("differs"), differs, Scale.boolean())))
    tokens: Strips = ()
    if broken.case.compared:
        first, second = broken.case.compared
        shapes = [Named(name, tuple(wrong[name].shape)) for name in (first, second)]
        tokens = alignment(shapes[0], shapes[1], "BHLS")
    return [Frame("", views, tokens=tokens, in_columns=True) for views in pairs]


def _result(broken: Broken, name: str, names: Mapping[str, Any]) -> TensorView:
    values = names["result"].numpy()
    operands = tuple(Operand(part, names[part].numpy()) for part in ("energy", "mask") if part in names)
    scale = Scale.spanning(broken.right.names["result"].numpy())
    return _view(broken, name, values, scale, *operands)


def _view(broken: Broken, name: str, values: Array, scale: Scale, *operands: Operand) -> TensorView:
    batch, heads = values.shape[:2]
    words = broken.case.words
    return TensorView(
        name,
        values,
        scale,
        row_labels=words,
        column_labels=words,
        truth=t("True differs") if values.dtype == np.bool_ else "",
        panel_labels=(
            tuple(t("sentence {n}", n=n) for n in range(batch)) if batch > 1 else (),
            tuple(t("head {n}", n=n) for n in range(heads)) if heads > 1 else (),
        ),
        axis_names=(t("sentence"), t("head"), t("query"), t("key")),
        operands=operands,
    )
