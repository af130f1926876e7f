"""The importance of each head: each is switched off in turn, and the effect on the answer is measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from transformer.experiments.edits import HeadOff
from transformer.experiments.mask_interventions import Site
from transformer.model.config import TransformerConfig
from transformer.model.places import Attention
from transformer.model.trace import Edit, Trace
from transformer.model.transformer import Transformer

AT_ONCE = 48
"""The number of heads tried in one batch."""


@dataclass(frozen=True)
class Importance:
    """One answer with each head switched off. Axes: attention (as in `Attention`), layer, head."""

    whole: float
    """The probability of the whole answer, up to EOS, with no head off."""
    probability: Tensor
    """The same with only this head off: [3, layers, H]."""
    still_written: Tensor
    """Whether the model still writes this answer, running free: [3, layers, H], bool."""


def all_heads(config: TransformerConfig) -> list[HeadOff]:
    """Every head of every layer of the three attentions, in the order of `Importance`'s axes."""
    return [
        HeadOff(attention, layer, head)
        for attention in Attention
        for layer in range(config.num_layers)
        for head in range(config.heads)
    ]


@torch.inference_mode()
def importance(model: Transformer, src: Tensor, answer: Tensor) -> Importance:
    """The importance of each head for one source [1, S] and one answer [1, L + 1], SOS to EOS.

    Many heads are tried in one pass: the batch repeats the source, with another head off in each row. Greedy
    decoding writes the answer exactly if each of its tokens is the most probable one after the tokens before
    it, so a teacher-forced pass suffices.
    """
    heads = all_heads(model.config)
    whole, _ = _score(model, src, answer, None)
    tried = [
        _score(model, src, answer, heads[start : start + AT_ONCE]) for start in range(0, len(heads), AT_ONCE)
    ]
    shape = (len(Attention), model.config.num_layers, model.config.heads)
    return Importance(
        float(whole[0]),
        torch.cat([probability for probability, _ in tried]).view(shape),
        torch.cat([still_written for _, still_written in tried]).view(shape),
    )


def _score(
    model: Transformer, src: Tensor, answer: Tensor, off: Sequence[HeadOff] | None
) -> tuple[Tensor, Tensor]:
    """The answer's probability [N], and whether it would be written [N], with head n off in row n."""
    rows = 1 if off is None else len(off)
    read, asked = answer[:, :-1].expand(rows, -1), answer[:, 1:].expand(rows, -1)  # [N, L]
    trace = None if off is None else Trace(_one_head_a_row(off, model.config))
    logits = model(src.expand(rows, -1), read, trace=trace)  # [N, L, V]
    chosen = logits.log_softmax(dim=-1).gather(-1, asked[..., None])[..., 0]  # [N, L]
    return chosen.sum(dim=-1).exp(), (logits.argmax(dim=-1) == asked).all(dim=-1)


def _one_head_a_row(off: Sequence[HeadOff], config: TransformerConfig) -> dict[str, Edit]:
    """Edits of the contexts [N, H, L, Dh]: in row n those of the n-th head become zero."""
    by_place: dict[str, list[tuple[int, int]]] = {}
    for row, change in enumerate(off):
        (place,) = Site(change.attention, change.layer).places(config)
        by_place.setdefault(f"{place}.context", []).append((row, change.head))
    return {place: _silence(cells) for place, cells in by_place.items()}


def _silence(cells: Sequence[tuple[int, int]]) -> Edit:
    rows, heads = (list(numbers) for numbers in zip(*cells, strict=True))

    def edit(context: Tensor) -> Tensor:
        context = context.clone()
        context[rows, heads] = 0.0
        return context

    return edit
