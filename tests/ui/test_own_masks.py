"""A model's masks are named by what they hide."""

from typing import get_args

import pytest
import torch

from transformer import TransformerConfig, build_model
from transformer.experiments.mask_interventions import own_mask
from transformer.model.config import Mistake
from transformer.model.masks import causal_mask, padding_mask
from transformer.model.places import Attention
from transformer.tasks import Batch
from ui.masks import own_mask_axes, own_mask_title

SRC = torch.tensor([[1, 5, 3, 9, 2], [1, 7, 2, 0, 0]])
TRG = torch.tensor([[1, 3, 5, 9, 2], [1, 7, 2, 0, 0]])


def meant(title: str, tokens: torch.Tensor, queries: int) -> torch.Tensor:
    """The mask with this name, [B, 1, L, S]."""
    mask = torch.ones(len(tokens), 1, queries, tokens.size(1), dtype=torch.bool)
    if "causal" in title:
        mask &= causal_mask(queries)
    if "padding" in title:
        mask &= padding_mask(tokens, 0)
    return ~mask if "inverted" in title else mask


@pytest.mark.parametrize("mistake", get_args(Mistake))
@pytest.mark.parametrize("attention", list(Attention))
def test_the_name_and_the_axes_are_those_of_the_mask(monkeypatch, attention, mistake):
    monkeypatch.setattr("ui.i18n._asked_for", lambda: "en")
    model = build_model(TransformerConfig(embed_dim=8, heads=2, num_layers=1, mistake=mistake))
    batch = Batch(SRC, TRG)
    keys = batch.trg_input if attention == "self" else SRC
    own = own_mask(model, batch, attention)
    assert torch.equal(own, meant(own_mask_title(attention, mistake), keys, own.size(-2)))
    stored = model.make_trg_mask(keys) if attention == "self" else model.make_src_mask(keys)
    sizes = ["1" if size == 1 else letter for size, letter in zip(stored.shape, "BHLS", strict=True)]
    if attention == "self":
        sizes[3] = "L"
    assert own_mask_axes(attention, mistake) == f"[{','.join(sizes)}]"
