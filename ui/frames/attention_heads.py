"""The three attentions of a decoding step, all layers and heads, as the forward pass computed them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from transformer import PAD, Checkpoint
from transformer.decoding.loop import DecodeStep
from transformer.experiments.heads import attention_entropy, head_average
from transformer.model.places import Attention, TokenSide
from ui.attention_titles import average_titles, titles
from ui.i18n import t
from ui.tensor_grid import Operand, Scale, TensorView

ATTENTIONS = tuple(attention.path for attention in Attention)
AVERAGE = ".average"
"""Suffix that names an attention averaged over its heads: `<path>.average`."""


def figure_titles() -> dict[str, str]:
    """Titles of the views of attentions and of their averages over the heads, by name."""
    whole = {Attention(code).path: title for code, title in titles().items()}
    return whole | {Attention(code).path + AVERAGE: title for code, title in average_titles().items()}


def heads(checkpoint: Checkpoint, src: Tensor, step: DecodeStep, row: int, name: str) -> TensorView:
    """One sequence's weights of an attention, [layers, H, L, S], masked as the pass masked them."""
    weights = _layers(checkpoint, step, row, name, "weights")
    return _view(checkpoint, src, step, row, name, figure_titles()[name], weights)


def average(checkpoint: Checkpoint, src: Tensor, step: DecodeStep, row: int, name: str) -> TensorView:
    """The same weights averaged over the heads, [layers, 1, L, S]."""
    weights = head_average(_layers(checkpoint, step, row, name, "weights"))
    return _view(checkpoint, src, step, row, name, figure_titles()[name + AVERAGE], weights)


def _view(
    checkpoint: Checkpoint,
    src: Tensor,
    step: DecodeStep,
    row: int,
    name: str,
    title: str,
    weights: Tensor,
) -> TensorView:
    mask, energy = (_layers(checkpoint, step, row, name, part) for part in ("mask", "energy"))
    source, target = src[row], step.tokens[row, :-1]
    tokens = {"source": source, "target": target}
    attention = Attention(name)
    queries, keys = tokens[attention.queries], tokens[attention.keys]
    real = queries != PAD
    entropy = attention_entropy(weights)[..., real].mean(dim=-1)  # [layers, H]
    single = weights.size(1) != energy.size(1)
    return TensorView(
        title,
        weights.numpy(),
        Scale.unit(),
        masked=(~mask).numpy(),
        row_labels=_labels(checkpoint, queries, attention.queries),
        column_labels=_labels(checkpoint, keys, attention.keys),
        panel_labels=(
            tuple(t("layer {n}", n=layer) for layer in range(weights.size(0))),
            () if single else tuple(t("head {n}", n=head) for head in range(weights.size(1))),
        ),
        axis_names=(t("layer"), t("head"), t("query"), t("key")),
        operands=() if single else (Operand("energy", energy.numpy()),),
        panel_notes=(t("mean entropy of its rows, in bits"), entropy.numpy()),
    )


def _layers(checkpoint: Checkpoint, step: DecodeStep, row: int, name: str, part: str) -> Tensor:
    """A traced part of an attention for one sequence, all layers: [layers, H or 1, L or 1, S]."""
    assert step.trace is not None
    tensors = [step.trace[f"{place}.{part}"] for place in places(checkpoint, name)]
    return torch.stack([tensor[row if tensor.size(0) > 1 else 0] for tensor in tensors])


def places(checkpoint: Checkpoint, name: str) -> Sequence[str]:
    """An attention's names in a trace, one for each layer: `decoder.0.cross_attention`, ..."""
    return [Attention(name).place(layer) for layer in range(checkpoint.model.config.num_layers)]


def _labels(checkpoint: Checkpoint, ids: Tensor, side: TokenSide) -> tuple[str, ...]:
    task = checkpoint.task
    return tuple((task.src_vocabulary if side == "source" else task.trg_vocabulary).labels(ids.tolist()))
