"""The user's own mask as frames: as given, stretched over all scores, in each of PyTorch's conventions."""

from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from transformer.probe.mask_input import causal
from transformer.probe.mask_reading import Facts, Reading, Written, conversions, facts
from ui.frames.laboratory import axis_names, written
from ui.i18n import t
from ui.taught import cells
from ui.tensor_grid import Frame, Scale, TensorView


def meaning_title(meaning: str) -> str:
    """What True, or a number, in a mask means, as a text on screen."""
    return {
        "keeps": t("True keeps"),
        "drops": t("True drops"),
        "added": t("0 keeps, -inf drops"),
    }[meaning]


def frames(mask: Tensor, reading: Reading) -> list[Frame]:
    """The steps: the mask as given, the mask over [B, H, L, S], and one step for each convention."""
    found = facts(reading.keep)
    steps = [_given(mask, reading), _stretched(reading, found)]
    return steps + [_converted(one) for one in conversions(reading.keep)]


def _given(mask: Tensor, reading: Reading) -> Frame:
    return Frame(
        t("as given"),
        (_view("mask", mask, meaning_title(reading.meaning) if mask.dtype == torch.bool else ""),),
        facts=(
            (t("shape"), f"{list(mask.shape)} = {reading.letters}"),
            (t("type"), str(mask.dtype).removeprefix("torch.")),
        ),
        caption=t("Rows are queries, columns are keys, if the last two axes are L and S."),
    )


def _stretched(reading: Reading, found: Facts) -> Frame:
    keep = reading.keep
    tensors = [_marked(keep, found)]
    if len(found.heads) > 1:
        tensors.append(_differing(t("heads differ"), keep, axis=1))
    if len(found.sentences) > 1:
        tensors.append(_differing(t("sentences differ"), keep, axis=0))
    return Frame(
        t("over all scores [B, H, L, S]"),
        tuple(tensors),
        facts=(
            (t("rows without a key"), _places(found, found.empty_rows)),
            (t("columns never seen"), _places(found, found.unseen_columns)),
            (t("future cells"), _places(found, found.future)),
            (t("heads"), _groups(found.heads)),
            (t("sentences"), _groups(found.sentences)),
        ),
        caption=t("Hatched: empty rows and columns (∅), and cells that see the future."),
    )


def _marked(keep: Tensor, found: Facts) -> TensorView:
    """The mask, with rows without a key, columns never seen and future cells hatched."""
    view = _view("keep", keep, t("True keeps"))
    return replace(
        view,
        masked=found.marked.numpy(),
        hatched=t("to be looked at"),
        row_labels=_labels(found.empty_rows),
        column_labels=_labels(found.unseen_columns),
    )


def _labels(empty: Tensor) -> tuple[tuple[str, ...], ...]:
    """Position labels for each sentence, with ∅ where `empty` [B, H, T] is True in any head."""
    return tuple(
        tuple(f"{number} ∅" if one else str(number) for number, one in enumerate(row))
        for row in empty.any(1).tolist()
    )


def _differing(name: str, keep: Tensor, axis: int) -> TensorView:
    """The cells in which heads (axis 1) or sentences (axis 0) differ."""
    apart = (keep != keep.select(axis, 0).unsqueeze(axis)).any(axis, keepdim=True)
    return _view(name, apart, t("True: they differ here"))


def _groups(groups: tuple[tuple[int, ...], ...]) -> str:
    """Which heads or sentences have equal masks."""
    if len(groups) == 1:
        return t("all alike")
    some = " | ".join(", ".join(map(str, group)) for group in groups[:6])
    return t("alike: {groups}", groups=some + (" …" if len(groups) > 6 else ""))


def _places(found: Facts, where: Tensor) -> str:
    """How many cells of `where` [B, H, ...] are True, and the indices of the first few.

    An index leaves out sentence or head if the mask is the same in all of them.
    """
    if len(found.heads) == 1:
        where = where[:, 0]
    if len(found.sentences) == 1:
        where = where[0]
    cells = where.nonzero().tolist()
    some = ", ".join(
        f"({', '.join(map(str, cell))})" if len(cell) > 1 else str(cell[0]) for cell in cells[:4]
    )
    return f"{len(cells)}" + (f": {some}{' …' if len(cells) > 4 else ''}" if cells else "")


def _converted(one: Written) -> Frame:
    if one.values is None:
        return Frame(
            one.name,
            caption=t("It has one row for all queries and heads; this mask needs an attn_mask."),
        )
    return Frame(
        one.name,
        (_view(one.name, one.values, meaning_title(one.meaning)),),
        code=one.code,
        facts=(
            (t("shape"), str(list(one.values.shape))),
            (t("outputs differ by"), written(one.difference)),
        ),
        caption=t("Run on random queries, keys and values, and compared with a softmax by hand."),
    )


def _view(name: str, values: Tensor, truth: str) -> TensorView:
    boolean = values.dtype == torch.bool
    numbers = values.numpy()
    return TensorView(
        name,
        numbers,
        Scale.boolean() if boolean else Scale.spanning(numbers),
        truth=truth if boolean else "",
        axis_names=axis_names()[4 - values.dim() :] if values.dim() == 4 else (),
    )


# --- is_causal with L not equal to S ---------------------------------------------------------------------


def aligned_frames(queries: int, keys: int) -> list[Frame]:
    """The weights that `is_causal=True` gives, and those of the mask that a cache needs."""
    q, k = (
        torch.zeros(1, 1, queries, 4),
        torch.zeros(1, 1, keys, 4),
    )  # equal scores: weights show the mask alone
    values = torch.eye(keys)[None, None]
    top_left = F.scaled_dot_product_attention(q, k, values, is_causal=True)
    mask = causal(queries, keys, bottom_right=True)
    bottom_right = F.scaled_dot_product_attention(q, k, values, attn_mask=mask)
    code = cells(Path(__file__).parent / "code/is_causal.py")
    return [
        _aligned(
            "is_causal=True",
            top_left,
            causal(queries, keys),
            code["top left"],
            t("Aligned top left: query i sees keys 0 to i, so a single query sees the oldest key only.")
            if queries == 1
            else t("Aligned top left: query i sees keys 0 to i."),
        ),
        _aligned(
            t("aligned bottom right"),
            bottom_right,
            mask,
            code["bottom right"],
            t("The last query is the newest token, and sees all keys. A single query needs no mask at all.")
            if queries == 1
            else t("Aligned bottom right: the last query is the newest token, and sees all keys."),
        ),
    ]


def _aligned(title: str, weights: Tensor, keep: Tensor, code: str, caption: str) -> Frame:
    view = TensorView(
        t("weights"),
        weights.nan_to_num(0.0).numpy(),
        Scale.unit(),
        masked=(~keep).numpy(),
        axis_names=axis_names(),
    )
    empty = int((~keep.any(-1)).sum())
    return Frame(title, (view,), code=code, caption=caption, facts=((t("rows without a key"), str(empty)),))


def newest_sees(queries: int, keys: int) -> tuple[int, int]:
    """How many keys the last query sees: aligned top left, and bottom right."""
    return min(queries, keys), keys
