"""What PyTorch makes of a mask: fill values in every precision, empty rows, and the other conventions."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from transformer.errors import InputError
from transformer.experiments.torch_masks import (
    DTYPES,
    FILLS,
    Agreement,
    EmptyRow,
    FillResult,
    attention_module,
    check_keep,
    check_mha,
    check_sdpa,
    empty_row,
    key_padding_mask_or_none,
    smallest,
    try_fill,
)
from transformer.grid.views import Labels
from transformer.model.mask_conventions import to_additive, to_attn_mask
from ui.frames.laboratory import Bench, axis_names, sentence_names, written
from ui.frames.laboratory_code import convention_code
from ui.frames.laboratory_effect import Row
from ui.i18n import headed, listed, t
from ui.tensor_grid import Frame, Scale, TensorView

# --- fill values -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ScoreRow:
    """One query's scores, as the pass computed them, and which keys it must not see."""

    energy: Tensor
    """[S]."""
    forbidden: Tensor
    """[S], bool: True for some keys, but not for all."""
    sentence: int
    query: int
    made_up: bool
    """Whether no mask here forbids some keys but not all, so that the last key is taken as forbidden."""


def score_row(bench: Bench) -> ScoreRow:
    """The first query that sees some keys and not others, in the layer and head on screen."""
    place, head = bench.shown
    energy = bench.after[f"{place}.energy"][:, head]  # [B, L, S]
    for mask in (bench.stage("mask", place, head)[:, 0], bench.own[:, 0]):
        mixed = mask.any(-1) & ~mask.all(-1) & energy.isfinite().all(-1)  # [B, L]
        if mixed.any():
            sentence, query = mixed.nonzero()[0].tolist()
            return ScoreRow(energy[sentence, query], ~mask[sentence, query], sentence, query, made_up=False)
    last = torch.arange(energy.size(-1)) == energy.size(-1) - 1
    return ScoreRow(bench.before[f"{place}.energy"][0, head, 0], last, 0, 0, made_up=True)


def fill_results(row: ScoreRow, *, all_masked: bool) -> dict[str, dict[str, FillResult]]:
    """The result of every fill value in every precision: `[fill][dtype]`, each as it is written."""
    forbidden = torch.ones_like(row.forbidden) if all_masked else row.forbidden
    return {
        fill: {name: try_fill(row.energy, forbidden, fill, dtype) for name, dtype in DTYPES.items()}
        for fill in FILLS
    }


def fill_rows(results: dict[str, dict[str, FillResult]]) -> list[Row]:
    """Rows of a table: leaked share and row sum, NaN, or that PyTorch raised an error."""
    return [
        {t("fill"): fill, **{name: _fill_text(result) for name, result in row.items()}}
        for fill, row in results.items()
    ]


def _fill_text(result: FillResult) -> str:
    if result.error:
        return t("raises")
    if math.isnan(result.row_sum):
        return "NaN"
    return f"{written(result.leaked)} / {result.row_sum:.4g}"


def fill_errors(results: dict[str, dict[str, FillResult]]) -> list[str]:
    """PyTorch's error messages, each with the precision and the fill values that raised it."""
    found: dict[tuple[str, str], list[str]] = {}
    for fill, row in results.items():
        for name, result in row.items():
            if result.error:
                found.setdefault((name, result.error), []).append(fill)
    return [headed(listed([name, *fills]), error) for (name, error), fills in found.items()]


def empty_rows(bench: Bench) -> list[Row]:
    """A table of what PyTorch's functions and this model give for a query without any key."""
    place, _ = bench.shown
    here = bench.before.at(place)
    q, k, v = (here[part][:1] for part in ("query", "key", "value"))
    results = empty_row(q, k, v, attention_module(bench.checkpoint.model, place))
    return [{t("computed just now"): result.code, t("result"): _verdict(result)} for result in results]


def _verdict(result: EmptyRow) -> str:
    return {
        "nan": "NaN",
        "zeros": t("zeros"),
        "bias": t("zeros, so only out_proj's bias is left"),
        "other": t("numbers"),
        "error": result.error,
    }[result.verdict]


# --- conventions -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Convention:
    """The mask on screen in one of PyTorch's conventions, and how far the results differ from the model's."""

    name: str
    meaning: str
    """What True, or a number, means."""
    values: Tensor
    """The mask in this convention."""
    code: str
    agreement: Agreement | None
    """None if the mask cannot be written in this convention."""
    why_not: str = ""


def conventions(bench: Bench) -> list[Convention]:
    """The mask on screen in all five conventions, each run on this layer.

    Raises `InputError` if the layer has rotary positions or ALiBi: PyTorch's module has neither.
    """
    place, _ = bench.shown
    model, trace = bench.checkpoint.model, bench.after
    if f"{place}.unrotated_query" in trace or f"{place}.bias" in trace:
        raise InputError(
            "nn.MultiheadAttention knows neither rotary positions nor ALiBi, so it cannot repeat this "
            "attention: choose cross-attention, or a model with other positions."
        )
    weights = trace[f"{place}.weights"]
    batch, heads, rows, _ = weights.shape
    full = trace[f"{place}.mask"].expand_as(weights)
    least = smallest(full)
    boolean = to_attn_mask(full, batch, heads)
    additive = to_additive(~boolean)
    code = convention_code(least, (batch, heads, rows, weights.size(-1)), model.config.embed_dim)
    keeps, drops = t("True keeps"), t("True drops")

    def mha(**masks: Tensor) -> Agreement:
        return check_mha(model, trace, place, **masks)

    return [
        Convention(t("keep-mask (this model)"), keeps, least, code["keep"], check_keep(trace, place, least)),
        Convention("SDPA attn_mask", keeps, least, code["sdpa"], check_sdpa(trace, place, least)),
        Convention("MHA attn_mask, bool", drops, boolean, code["boolean"], mha(attn_mask=boolean)),
        Convention(
            "MHA attn_mask, float",
            t("0 keeps, -inf drops"),
            additive,
            code["additive"],
            mha(attn_mask=additive),
        ),
        _key_padding(full, batch, drops, code, mha),
    ]


def _key_padding(
    full: Tensor, batch: int, drops: str, code: dict[str, str], mha: Callable[..., Agreement]
) -> Convention:
    mask = key_padding_mask_or_none(full, batch)
    name = "MHA key_padding_mask"
    if mask is None:
        why = t("It has one row for all queries and heads; this mask needs an attn_mask.")
        return Convention(name, drops, ~full[:, 0, 0], "", None, why)
    return Convention(name, drops, mask, code["key_padding"], mha(key_padding_mask=mask))


def convention_rows(found: Sequence[Convention]) -> list[Row]:
    """All five as a table: what True means, and the largest difference from this model."""
    return [
        {
            t("convention"): one.name,
            t("meaning"): one.meaning,
            t("shape"): str(list(one.values.shape)) if one.agreement else t("cannot be written so"),
            t("weights differ by"): written(one.agreement.weights) if one.agreement else "–",
            t("outputs differ by"): written(one.agreement.outputs) if one.agreement else "–",
        }
        for one in found
    ]


def empty_row_note(found: Sequence[Convention]) -> str:
    """A remark on the rows that the comparison leaves out; empty if there are none."""
    if any(one.agreement and math.isnan(one.agreement.weights) for one in found):
        return t(
            "NaN from an earlier layer or from a weight reaches this one, so there is nothing to compare. If "
            "the plain softmax makes it, turn that off."
        )
    left_out = max((one.agreement.empty_rows for one in found if one.agreement), default=0)
    nan_rows = max((one.agreement.nan_rows for one in found if one.agreement), default=0)
    if not left_out:
        return ""
    return t(
        "{count} rows (of all heads) may look at nothing and are left out above: this model gives zeros "
        "there, nn.MultiheadAttention NaN in {nan} of them.",
        count=left_out,
        nan=nan_rows,
    )


def convention_frames(bench: Bench, found: Sequence[Convention]) -> list[Frame]:
    """The mask in each convention, with the code that makes it."""
    return [_convention_frame(bench, one) for one in found]


def _convention_frame(bench: Bench, one: Convention) -> Frame:
    if one.agreement is None:
        return Frame(one.name, caption=one.why_not)
    boolean = one.values.dtype == torch.bool
    view = _mask_view(bench, one.name, one.values, Scale.boolean() if boolean else Scale.unit())
    return Frame(
        one.name,
        tensors=(replace(view, truth=one.meaning if boolean else ""),),
        caption=t(
            "{meaning}. Weights differ by {weights}, outputs by {outputs}.",
            meaning=one.meaning,
            weights=written(one.agreement.weights),
            outputs=written(one.agreement.outputs),
        ),
        code=one.code,
        facts=(
            (t("shape"), str(list(one.values.shape))),
            (t("type"), str(one.values.dtype).removeprefix("torch.")),
        ),
    )


def _mask_view(bench: Bench, name: str, values: Tensor, scale: Scale) -> TensorView:
    """The view of a mask of two to four axes; labelled if each panel belongs to one sentence."""
    batch, heads = len(bench.queries), bench.checkpoint.model.config.heads
    if values.dim() == 2:  # [B, S]
        return TensorView(name, values.numpy(), scale, row_labels=sentence_names(batch))
    if values.dim() == 3:  # [B * H, L, S]: one row of panels for each sentence
        values = values.view(batch, heads, *values.shape[1:])
    owners, several_heads, rows, columns = values.shape
    names = tuple(t("head {n}", n=n) for n in range(several_heads))
    return TensorView(
        name,
        values.numpy(),
        scale,
        row_labels=_owned(bench.queries, owners, rows),
        column_labels=_owned(bench.keys, owners, columns),
        panel_labels=(
            sentence_names(owners) if owners == batch > 1 else (),
            names if several_heads > 1 else (),
        ),
        axis_names=axis_names(),
    )


def _owned(labels: tuple[tuple[str, ...], ...], owners: int, size: int) -> Labels:
    """Token labels of an axis, if it has its full size and every sentence its own panel; else none."""
    return labels if owners == len(labels) and size == len(labels[0]) else ()
