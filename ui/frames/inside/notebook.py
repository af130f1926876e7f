"""A notebook on one part of the model: code that runs as it is shown, and the tensors it defines.

The code starts from `model`, `src`, `trg_input`, `trg_target` and `trace`, the record of a pass; what it
recomputes is compared with the trace by `apart` of `transformer.experiments.finite`. A view's name is an
expression: evaluated after the code of all frames so far, it gives the drawn tensor.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from transformer import Checkpoint, Trace
from transformer.experiments.broadcasting import Script, Storage
from transformer.grid.views import Array
from transformer.model.places import TokenSide
from ui import inputs
from ui.i18n import figure, headed, t
from ui.taught import assigned, cells
from ui.tensor_grid import Labels, Operand, Scale, TensorView

CODE = Path(__file__).parent / "code"

Axis = int | None
Labelled = TokenSide | Literal[""]


@dataclass(frozen=True)
class Pass:
    """One batch through the whole model, teacher forced, and everything that was recorded."""

    checkpoint: Checkpoint
    src: Tensor
    """[B, S]"""
    trg_input: Tensor
    """What the decoder read: [B, L]."""
    trg_target: Tensor
    """What it should have written, one token further on: [B, L]."""
    trace: Trace

    @property
    def stages(self) -> dict[str, Tensor]:
        """The token ids, by their names in the code."""
        return {"src": self.src, "trg_input": self.trg_input, "trg_target": self.trg_target}


def run(checkpoint: Checkpoint, src: Tensor, trg: Tensor) -> Pass:
    """Sources [B, S] and targets [B, L + 1] through the model, with a trace."""
    trace = Trace()
    with torch.inference_mode():
        checkpoint.model(src, trg[:, :-1], trace=trace)
    return Pass(checkpoint, src, trg[:, :-1], trg[:, 1:], trace)


class Notebook:
    """The script of one part, and views of what it has defined."""

    def __init__(self, passed: Pass, code: str = "") -> None:
        """Begins with the model and the trace of the pass; `code` names the file of its cells."""
        self.passed = passed
        self.cells = cells(CODE / f"{code}.py") if code else {}
        self.config = passed.checkpoint.model.config
        names = {"torch": torch, "model": passed.checkpoint.model, "trace": passed.trace}
        self.script = Script({**names, **passed.stages})

    def run(self, code: str) -> str:
        """Run a piece of code without gradients; returns the code, to be shown."""
        with torch.no_grad():
            return self.script.run(code)

    def cell(self, name: str, **expressions: str) -> str:
        """Run a cell of the file; returns its code, to be shown.

        `expressions` replace those that the file assigns to the same names.
        """
        return self.run(assigned(self.cells[name], **expressions))

    def __getitem__(self, expression: str) -> Tensor:
        """The tensor that an expression stands for."""
        return self.script[expression]

    def number(self, expression: str) -> float:
        """A number that an expression stands for."""
        return self[f"torch.as_tensor({expression})"].item()

    def compare(self, name: str, place: str) -> str:
        """Run code that compares `name` with the trace's tensor at `place`; returns the code, to be shown.

        The difference is shown by `rounding` rather than checked: rounding errors grow with the size of the
        model's numbers, so no bound would fit every model.
        """
        known = "" if "apart" in self.script.names else "from transformer.experiments.finite import apart\n\n"
        return "\n" + self.run(
            f'{known}difference = apart({name}, trace["{place}"]).max()  # from the pass: rounding error'
        )

    def rounding(self) -> tuple[tuple[str, str], ...]:
        """How far the notebook's numbers are from those of the pass, as `compare` found."""
        return ((t("largest difference from the pass"), figure(self.number("difference"), ".1g")),)

    def view(
        self,
        name: str,
        *,
        axes: str = "",
        rows: Labelled = "",
        columns: Labelled = "",
        scale: Scale | None = None,
        masked: str = "",
        hatched: str = "",
        reads: Sequence[tuple[str, tuple[Axis, ...] | None]] = (),
        formula: str = "",
    ) -> TensorView:
        """A view of the tensor `name`.

        `axes` has a letter for each axis; `rows` and `columns` say whose tokens label them.
        `reads` are the operands (see `Operand`) as expressions with their axes; `formula` says how a cell
        follows from them. `masked` is an expression that is False where cells are hatched; `hatched` says
        what hatching means, if it does not mean masked.
        """
        values = _array(self[name])
        return TensorView(
            name,
            values,
            scale or _scale(values),
            masked=None if not masked else ~_array(self[masked]),
            truth=t("True keeps") if values.dtype == np.bool_ else "",
            row_labels=self._tokens(rows, values),
            column_labels=self._tokens(columns, values),
            panel_labels=self._panels(values, axes),
            axis_names=tuple(axes),
            hatched=hatched,
            operands=tuple(Operand(read, _array(self[read]), own) for read, own in reads),
            formula=formula,
        )

    def vectors(self, name: str, side: Labelled, **options: Any) -> TensorView:
        """A tensor [B, L, D]: a row for each token."""
        letters = {"source": "BSD", "target": "BLD"}
        return self.view(name, axes=letters.get(side, "BLD"), rows=side, **options)

    def words(self, view: TensorView) -> TensorView:
        """The same view [..., V], its columns labelled with the target vocabulary."""
        words = inputs.vocabulary_labels(self.passed.checkpoint, target=True)
        return replace(view, column_labels=words, axis_names=(*view.axis_names[:-1], "V"))

    def facts(self, *names: str) -> tuple[tuple[str, str], ...]:
        """Shape and stride of tensors."""
        lines = []
        for name in names:
            storage = Storage.of(self[name])
            lines += [
                (headed(name, t("shape")), str(list(storage.shape))),
                (headed(name, t("stride")), str(list(storage.stride))),
            ]
        return tuple(lines)

    def _tokens(self, side: Labelled, values: Array) -> Labels:
        """Token labels, one tuple for each sentence."""
        if not side:
            return ()
        ids = self.passed.src if side == "source" else self.passed.trg_input
        return inputs.labels(self.passed.checkpoint, ids, target=side == "target")

    def _panels(self, values: Array, axes: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        names = {"B": t("sentence {n}", n="{n}"), "H": t("head {n}", n="{n}")}
        labels = [
            tuple(names[axis].format(n=i) for i in range(size)) if axis in names else ()
            for axis, size in zip(axes[:-2], values.shape[:-2], strict=True)
        ]
        while len(labels) < 2:
            labels.insert(0, ())
        return labels[-2], labels[-1]


def traced(place: str) -> str:
    """A tensor of the pass, as an expression."""
    return f'trace["{place}"]'


def module(path: str) -> str:
    """A part of the model, as an expression: `model.encoder.layers[0].attention`."""
    return "model." + re.sub(r"\.(\d+)", r"[\1]", path)


def _array(tensor: Tensor) -> Array:
    array: Array = tensor.detach().numpy()
    return array


def _scale(values: Array) -> Scale:
    return Scale.boolean() if values.dtype == np.bool_ else Scale.around_zero(values)
