"""The steps from a stored mask to attention weights: stretched, laid over the scores, filled, softmax."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from transformer.experiments.broadcasting import Script
from transformer.grid.views import Array
from ui.frames.broadcasting import Named, Stretch, Strips, alignment, facts, stretched
from ui.i18n import figure, t
from ui.taught import assigned, cells
from ui.tensor_grid import Frame, Operand, Scale, TensorView

_CODE = cells(Path(__file__).parent / "code/masking.py")


@dataclass(frozen=True)
class Masking:
    """The code of a mask's steps, and what the mask's rows and columns stand for."""

    script: Script
    """Has run `setup` and `make_mask`, which define `energy`, the scores [B, H, L, S], and `mask`."""
    setup: str
    """The code that the script ran, as it is shown."""
    make_mask: tuple["Make", ...]
    """The steps that make `mask`."""
    fill: str
    """How the fill value is written in code."""
    queries: tuple[tuple[str, ...], ...]
    """Token labels of the rows, one tuple a sentence."""
    keys: tuple[tuple[str, ...], ...]
    given: tuple[str, ...] = ()
    """Names of other tensors that `setup` defines and the first step draws."""
    axes: str = "BHLS"
    keeps: bool = True
    """Whether True in `mask` means "may attend"; False for nn.MultiheadAttention's masks."""
    check_filled: tuple[str, ...] = ()
    """Code that checks the result of `masked_fill`."""
    softmax: str = _CODE["softmax"]


@dataclass(frozen=True)
class Make:
    """A step that makes the mask: its code, the names of the tensors it draws, its texts."""

    code: str
    draws: tuple[str, ...] = ("mask",)
    caption: str = ""
    title: str = ""
    operands: tuple[tuple[str, tuple[int | tuple[int, ...] | None, ...] | None], ...] = ()
    """What each cell of the last drawn tensor was read from, as expressions; axes as in `Operand`."""
    aligned: tuple[str, str] = ("mask", "energy")
    """The two tensors whose shapes are shown aligned."""
    axes: str = ""
    """Names of their axes, if not those of the scores."""


def frames(masking: Masking) -> list[Frame]:
    """The steps: shapes aligned, the mask made, stretched and laid over the scores, fill, softmax."""
    script = masking.script
    made = [_made(masking, make) for make in masking.make_mask]
    mask, energy = _named(masking, "mask"), _named(masking, "energy")
    return [
        _aligned(masking),
        *made,
        *stretched(script, mask, energy, masking.axes, lambda *args: _mask_view(masking, *args), _stretch),
        _laid_over(masking).named("laid_over"),
        _filled(masking),
        _softmax(masking).named("softmax"),
    ]


def _named(masking: Masking, name: str) -> Named:
    return Named(name, tuple(masking.script[name].shape))


def _stretch(back: int) -> Stretch:
    """The texts about stretching the axis that is `back` places from the right."""
    return {
        1: Stretch("over_keys", t("stretched over keys"), t("Every key gets the same answer.")),
        2: Stretch(
            "over_queries",
            t("stretched over queries"),
            t(
                "This mask says which keys are real; it has one row. That row serves every query, so whole "
                "columns are blanked. The stride of the stretched axis is 0: every row is the same memory."
            ),
        ),
        3: Stretch(
            "over_heads",
            t("stretched over heads"),
            t("All heads get the same mask, again without a copy: the stride of the head axis is 0 too."),
        ),
        4: Stretch(
            "over_batch",
            t("stretched over the batch"),
            t("Every sentence gets the same mask: the stride of the batch axis is 0."),
        ),
    }[back]


def _aligned(masking: Masking) -> Frame:
    mask, energy = _named(masking, "mask"), _named(masking, "energy")
    line = f"torch.broadcast_shapes({mask.shape}, energy.shape)  # {tuple(energy.shape)}"
    return Frame(
        title=t("shapes aligned"),
        tensors=(
            *(_token_view(masking, name) for name in masking.given),
            _scores_view(masking, "energy", masking.script["energy"], with_mask=False),
        ),
        tokens=_strips(masking),
        in_columns=True,
        caption=t(
            "Shapes are aligned from the right. Sizes fit if they are equal or one of them is 1; an axis of "
            "size 1 is stretched. {mask} therefore broadcasts to {scores}.",
            mask=list(mask.shape),
            scores=list(energy.shape),
        ),
        code=f"{masking.setup}\n{masking.script.run(line)}",
        facts=facts(masking.script["energy"]),
    )


def _strips(masking: Masking, mask: str = "mask") -> Strips:
    return alignment(_named(masking, mask), _named(masking, "energy"), masking.axes)


def _made(masking: Masking, make: Make) -> Frame:
    """A step that makes the mask. Its code has already run: the first frame shows the mask's shape."""
    script, (first, second) = masking.script, make.aligned
    *before, last = make.draws
    operands = tuple(Operand(name, script[name].numpy(), axes) for name, axes in make.operands)
    return Frame(
        title=make.title or t("the mask as stored"),
        tokens=alignment(_named(masking, first), _named(masking, second), make.axes or masking.axes),
        in_columns=True,
        tensors=(
            *(_mask_view(masking, name, script[name]) for name in before),
            _mask_view(masking, last, script[last], *operands),
        ),
        caption=make.caption or t("True: may attend. This is all there is in memory."),
        code=make.code,
        facts=facts(script[last]),
    )


def _laid_over(masking: Masking) -> Frame:
    script = masking.script
    code = script.run(assigned(_CODE["laid over"], forbidden="~laid_over" if masking.keeps else "laid_over"))
    script.run("copied = mask.expand_as(energy).contiguous()")
    return Frame(
        title=t("laid over the scores"),
        tokens=_strips(masking, "laid_over"),
        in_columns=True,
        tensors=(_scores_view(masking, "energy", script["energy"], hatched=True),),
        caption=t("The scores are all computed; the hatched ones are about to be overwritten.")
        + (" " + t("Here True means masked out.") if not masking.keeps else ""),
        code=code,
        facts=facts(script["laid_over"], script["copied"]),
    )


def _filled(masking: Masking) -> Frame:
    script = masking.script
    whole_numbers = not script["energy"].is_floating_point()
    convert = ".float()" if whole_numbers else ""
    why = " " + t("The scores are int64: -inf and softmax need .float() first.") if whole_numbers else ""
    masked = "~mask" if masking.keeps else "mask"
    filled = f"energy{convert}.masked_fill({masked}, {masking.fill})"
    code = script.run("\n".join([assigned(_CODE["filled"], masked_energy=filled), *masking.check_filled]))
    return Frame(
        title="masked_fill",
        tokens=_strips(masking, "laid_over"),
        in_columns=True,
        tensors=(
            _scores_view(
                masking,
                "masked_energy",
                script["masked_energy"],
                Operand("energy", script["energy"].numpy()),
            ),
        ),
        caption=(
            t("Where the mask is False the score becomes {fill}.", fill=masking.fill)
            if masking.keeps
            else t("Where the mask is True the score becomes {fill}.", fill=masking.fill)
        )
        + why,
        code=code,
        facts=facts(script["masked_energy"]),
    )


def _softmax(masking: Masking) -> Frame:
    script = masking.script
    code = script.run(masking.softmax)
    weights = script["weights"]
    mean, most = leaked(script)
    scores = Operand("masked_energy", script["masked_energy"].numpy(), (0, 1, 2, None))
    return Frame(
        title="softmax",
        tokens=_strips(masking, "laid_over"),
        in_columns=True,
        tensors=(_view(masking, "weights", weights, Scale.unit(), scores, hatched=True),),
        caption=t(
            "Each row becomes shares that sum to 1. Share that goes to forbidden keys: {mean} of a row on "
            "average, {most} at most.",
            mean=figure(mean, ".3g"),
            most=figure(most, ".3g"),
        ),
        code=code,
        facts=facts(weights),
    )


def leaked(script: Script) -> tuple[float, float]:
    """Share of a row's weights that goes to forbidden keys, after softmax: on average, and at most."""
    shares = script["weights"].masked_fill(~script["forbidden"], 0.0).sum(-1)  # [B, H, L]
    return shares.mean().item(), shares.max().item()


# --- views -------------------------------------------------------------------------------------------------


def _token_view(masking: Masking, name: str) -> TensorView:
    """Ids [B, S] or lengths [B, 1], as numbers."""
    values = masking.script[name].numpy()
    return TensorView(
        name, values, Scale.spanning(values), axis_names=(t("sentence"), t("key"))[-values.ndim :]
    )


def _mask_view(masking: Masking, name: str, mask: Tensor, *operands: Operand) -> TensorView:
    if mask.dtype != torch.bool:
        return TensorView(name, mask.numpy(), Scale.spanning(mask.numpy()), operands=operands)
    if mask.dim() != 4:
        return TensorView(
            name,
            mask.numpy(),
            Scale.boolean(),
            truth=_truth(masking, name, mask),
            axis_names=(t("sentence and head"), t("query"), t("key"))[-mask.dim() :]
            if mask.dim() == 3
            else (),
            operands=operands,
        )
    return _view(masking, name, mask, Scale.boolean(), *operands)


def _scores_view(
    masking: Masking,
    name: str,
    scores: Tensor,
    *operands: Operand,
    hatched: bool = False,
    with_mask: bool = True,
) -> TensorView:
    mask = (Operand("mask", masking.script["mask"].numpy()),) if with_mask else ()
    scale = _score_scale(masking.script["energy"])
    return _view(masking, name, scores, scale, *operands, *mask, hatched=hatched)


def _score_scale(energy: Tensor) -> Scale:
    values = energy.numpy()
    return Scale.spanning(values) if not energy.is_floating_point() else Scale.around_zero(values)


def _view(
    masking: Masking, name: str, values: Tensor, scale: Scale, *operands: Operand, hatched: bool = False
) -> TensorView:
    batch, heads, rows, columns = values.shape
    return TensorView(
        name,
        values.numpy(),
        scale,
        masked=_hatch(masking) if hatched else None,
        row_labels=_labels(masking.queries, batch) if rows > 1 else (),
        column_labels=_labels(masking.keys, batch) if columns > 1 else (),
        panel_labels=(
            tuple(t("sentence {n}", n=n) for n in range(batch)) if batch > 1 else (),
            tuple(t("head {n}", n=n) for n in range(heads)) if heads > 1 else (),
        ),
        truth=_truth(masking, name, values),
        axis_names=(t("sentence"), t("head"), t("query"), t("key")),
        operands=operands,
    )


def _truth(masking: Masking, name: str, values: Tensor) -> str:
    """What True means in a mask; in nn.MultiheadAttention it is the opposite of elsewhere."""
    if values.dtype != torch.bool:
        return ""
    return t("True keeps") if masking.keeps else t("True drops")


def _labels(labels: tuple[tuple[str, ...], ...], batch: int) -> tuple[tuple[str, ...], ...]:
    """Token labels of each sentence, or positions for a mask that serves all sentences."""
    if len(labels) == batch:
        return labels
    return (tuple(str(position) for position in range(len(labels[0]))),)


def _hatch(masking: Masking) -> Array:
    return np.asarray(masking.script["forbidden"].numpy())
