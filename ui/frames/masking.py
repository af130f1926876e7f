"""A mask on its way onto the scores: stored, stretched, laid over, filled, softmax."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from transformer.broadcasting import Storage, Verdict, align
from ui.i18n import t
from ui.tensor_grid import Frame, Operand, Scale, TensorView, Token
from ui.tensor_grid.views import Array, Kind


@dataclass(frozen=True)
class Masking:
    """One attention's tensors as the pass computed them, and what its rows and columns stand for."""

    energy: Tensor
    """[B, H, L, S], or the integer scores of the notes."""
    mask: Tensor
    """As stored: [B, 1, 1, S], [B, 1, L, L], ...; True = may attend."""
    masked_energy: Tensor
    weights: Tensor
    queries: tuple[tuple[str, ...], ...]
    """Token labels of the rows, one tuple a sentence."""
    keys: tuple[tuple[str, ...], ...]
    make_mask: str
    """The lines of code that make the mask."""
    fill: str
    """How the fill value is written in code."""


def frames(lesson: Masking) -> list[Frame]:
    """The named steps one can stop at."""
    steps = [_aligned(lesson), _stored(lesson)]
    rows, heads = lesson.energy.shape[2], lesson.energy.shape[1]
    stretched = lesson.mask
    if stretched.shape[2] == 1 < rows:
        stretched = stretched.expand(-1, -1, rows, -1)
        steps.append(_stretched(lesson, stretched, t("stretched over queries"), _over_queries()))
    if stretched.shape[1] == 1 < heads:
        stretched = stretched.expand(-1, heads, -1, -1)
        steps.append(_stretched(lesson, stretched, t("stretched over heads"), _over_heads()))
    return [*steps, _laid_over(lesson), _filled(lesson), _softmax(lesson)]


def _over_queries() -> str:
    return t(
        "A mask made from padding says which keys are real; it has one row. That row serves every query, so "
        "whole columns are blanked. The stride of the stretched axis is 0: every row is the same memory."
    )


def _over_heads() -> str:
    return t("All heads get the same mask, again without a copy: the stride of the head axis is 0 too.")


def _aligned(lesson: Masking) -> Frame:
    mask, energy = lesson.mask.shape, lesson.energy.shape
    return Frame(
        title=t("shapes aligned"),
        tensors=(_mask_view(lesson, lesson.mask), _scores_view(lesson, "energy", lesson.energy)),
        tokens=_alignment(lesson, lesson.mask),
        caption=t(
            "Shapes are aligned from the right. Sizes fit if they are equal or one of them is 1; an axis of "
            "size 1 is stretched. {mask} therefore broadcasts to {scores}.",
            mask=list(mask),
            scores=list(energy),
        ),
        code=f"torch.broadcast_shapes({tuple(mask)}, {tuple(energy)})",
    )


def _alignment(lesson: Masking, mask: Tensor) -> tuple[tuple[str, tuple[Token, ...]], ...]:
    """The mask's shape, as far as it is stretched by now, over that of the scores."""
    axes = align(mask.shape, lesson.energy.shape)
    return (
        (t("axis"), tuple(Token(name, "dimmed") for name in "BHLS")),
        (t("mask"), _sizes([axis.sizes[0] for axis in axes])),
        (t("scores"), _sizes([axis.sizes[1] for axis in axes])),
        (t("verdict"), tuple(Token(_verdict(axis.verdict), _KINDS[axis.verdict]) for axis in axes)),
    )


_KINDS: dict[Verdict, Kind] = {
    "equal": "right",
    "stretched": "chosen",
    "missing": "chosen",
    "incompatible": "wrong",
}


def _verdict(verdict: Verdict) -> str:
    return {
        "equal": t("equal"),
        "stretched": t("stretched"),
        "missing": t("missing, counts as 1"),
        "incompatible": t("incompatible"),
    }[verdict]


def _sizes(sizes: list[int | None]) -> tuple[Token, ...]:
    return tuple(Token("–" if size is None else str(size)) for size in sizes)


def _stored(lesson: Masking) -> Frame:
    return Frame(
        title=t("the mask as stored"),
        tokens=_alignment(lesson, lesson.mask),
        tensors=(_mask_view(lesson, lesson.mask),),
        caption=t("True (may attend) where the key is allowed. This is all there is in memory."),
        code=lesson.make_mask,
        facts=facts(lesson.mask),
    )


def _stretched(lesson: Masking, mask: Tensor, title: str, caption: str) -> Frame:
    sizes = ", ".join(str(size) for size in mask.shape)
    return Frame(
        title=title,
        tokens=_alignment(lesson, mask),
        tensors=(_mask_view(lesson, mask, Operand("mask", lesson.mask.numpy())),),
        caption=caption,
        code=f"mask.expand({sizes})      # mask.repeat(...) would copy",
        facts=facts(mask),
    )


def _laid_over(lesson: Masking) -> Frame:
    return Frame(
        title=t("laid over the scores"),
        tokens=_alignment(lesson, lesson.mask.expand_as(lesson.energy)),
        tensors=(_scores_view(lesson, "energy", lesson.energy, hatched=True),),
        caption=t("The scores are all computed; the hatched ones are about to be overwritten."),
        code="energy = Q @ K.transpose(-2, -1) / math.sqrt(head_dim)",
        facts=facts(lesson.energy),
    )


def _filled(lesson: Masking) -> Frame:
    whole_numbers = not lesson.energy.is_floating_point()
    convert = ".float()" if whole_numbers else ""
    why = " " + t("The scores are int64: -inf and softmax need .float() first.") if whole_numbers else ""
    return Frame(
        title="masked_fill",
        tokens=_alignment(lesson, lesson.mask.expand_as(lesson.energy)),
        tensors=(
            _scores_view(
                lesson, "masked_energy", lesson.masked_energy, Operand("energy", lesson.energy.numpy())
            ),
        ),
        caption=t("Where the mask is False the score becomes {fill}.", fill=lesson.fill) + why,
        code=f"masked_energy = energy{convert}.masked_fill(~mask, {lesson.fill})",
        facts=facts(lesson.masked_energy),
    )


def _softmax(lesson: Masking) -> Frame:
    leaked = lesson.weights.masked_fill(lesson.mask, 0.0).sum(-1)  # [B, H, L]
    return Frame(
        title="softmax",
        tokens=_alignment(lesson, lesson.mask.expand_as(lesson.energy)),
        tensors=(
            _view(
                lesson,
                "weights",
                lesson.weights,
                Scale.unit(),
                Operand("masked_energy", lesson.masked_energy.numpy(), (0, 1, 2, None)),
                hatched=True,
            ),
        ),
        caption=t(
            "Each row becomes shares that sum to 1. Share that goes to forbidden keys: {mean} of a row on "
            "average, {most} at most.",
            mean=f"{leaked.mean().item():.3g}",
            most=f"{leaked.max().item():.3g}",
        ),
        code="weights = masked_energy.softmax(dim=-1)",
        facts=facts(lesson.weights),
    )


def _mask_view(lesson: Masking, mask: Tensor, *operands: Operand) -> TensorView:
    return _view(lesson, "mask", mask, Scale.boolean(), *operands)


def _scores_view(
    lesson: Masking, name: str, scores: Tensor, *operands: Operand, hatched: bool = False
) -> TensorView:
    mask = Operand("mask", lesson.mask.numpy())
    scale = _score_scale(lesson.energy)
    return _view(lesson, name, scores, scale, *operands, mask, hatched=hatched)


def _score_scale(energy: Tensor) -> Scale:
    values = energy.numpy()
    return Scale.spanning(values) if not energy.is_floating_point() else Scale.around_zero(values)


def _view(
    lesson: Masking, name: str, values: Tensor, scale: Scale, *operands: Operand, hatched: bool = False
) -> TensorView:
    batch, heads, rows, _ = values.shape
    return TensorView(
        name,
        values.numpy(),
        scale,
        masked=_hatch(lesson.mask) if hatched else None,
        row_labels=lesson.queries if rows > 1 else (),
        column_labels=lesson.keys,
        panel_labels=(
            tuple(t("sentence {n}", n=n + 1) for n in range(batch)),
            tuple(t("head {n}", n=n) for n in range(heads)) if heads > 1 else (),
        ),
        axis_names=("b", "h", "q", "k"),
        operands=operands,
    )


def _hatch(mask: Tensor) -> Array:
    return np.asarray(~mask.numpy())


def facts(tensor: Tensor) -> tuple[tuple[str, str], ...]:
    """Shape, stride and memory of a tensor, as rows of a small table."""
    storage = Storage.of(tensor)
    return (
        (t("shape"), str(list(storage.shape))),
        (t("stride"), str(list(storage.stride))),
        (t("type"), str(tensor.dtype).removeprefix("torch.")),
        (t("elements, logical"), f"{storage.logical:,}"),
        (t("elements, stored"), f"{storage.stored:,}"),
        (t("bytes with expand"), f"{storage.bytes:,}"),
        (t("bytes with repeat"), f"{storage.bytes_copied:,}"),
    )
