"""PyTorch's side of masks: fill values, empty rows, and conversions that give the same attention."""

import math

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.transformer.helpers import configs, make_model, seeds, small_config
from tests.transformer.test_experiments import BATCH, random_mask
from transformer.experiments.mask_interventions import Intervention, Site, own_mask, run
from transformer.experiments.torch_masks import (
    DTYPES,
    FILLS,
    attention_module,
    check_keep,
    check_mha,
    check_sdpa,
    empty_row,
    key_padding_mask_or_none,
    smallest,
    try_fill,
)
from transformer.model.mask_conventions import to_additive, to_attn_mask
from transformer.model.places import Attention

ENERGY = torch.tensor([0.4, -0.9, 1.1, 0.2, -0.3])


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("forbidden", [[0, 0, 0, 1, 1], [1, 1, 1, 1, 1]])
def test_every_fill_value_against_torch(fill, dtype, forbidden):
    forbidden = torch.tensor(forbidden).bool()
    value = torch.finfo(DTYPES[dtype]).min if fill == "finfo.min" else float(fill)
    found = try_fill(ENERGY, forbidden, fill, DTYPES[dtype])
    if dtype == "float16" and fill in ("-1e20", "-1e9"):
        assert "overflow" in found.error
        return
    scores = ENERGY.to(DTYPES[dtype])
    scores[forbidden] = value
    weights = torch.softmax(scores, 0).float()
    expected = (float(weights[forbidden].sum()), float(weights.sum()))
    assert (found.leaked, found.row_sum) == pytest.approx(expected, nan_ok=True)
    assert math.isnan(found.row_sum) == (fill == "-inf" and bool(forbidden.all()))


@given(configs(), seeds, st.sampled_from(list(Attention)))
def test_all_conventions_give_the_same_attention(config, seed, attention):
    assume(attention == "cross" or config.positions not in ("rotary", "alibi"))  # PyTorch knows neither
    model = make_model(config, seed)
    site = Site(attention, layer=config.num_layers - 1)
    trace = run(model, BATCH, Intervention(site, random_mask(own_mask(model, BATCH, attention).shape, seed)))
    place = site.places(config)[0]
    full = trace[f"{place}.mask"].expand_as(trace[f"{place}.weights"])
    boolean = to_attn_mask(full, full.size(0), config.heads)
    for found in (
        check_keep(trace, place, smallest(full)),
        check_sdpa(trace, place, smallest(full)),
        check_mha(model, trace, place, attn_mask=boolean),
        check_mha(model, trace, place, attn_mask=to_additive(~boolean)),
    ):
        assert found.weights < 1e-5
        assert found.outputs < 1e-5
        assert found.empty_rows == int((~full.any(-1)).sum())


@pytest.mark.parametrize("attention", ["encoder", "cross"])
def test_a_padding_mask_is_a_key_padding_mask(attention):
    model = make_model(small_config())
    trace = run(model, BATCH)
    place = Site(attention, 1).places(model.config)[0]
    full = trace[f"{place}.mask"].expand_as(trace[f"{place}.weights"])
    mask = key_padding_mask_or_none(full, 3)
    assert torch.equal(mask, BATCH.src == 0)
    assert check_mha(model, trace, place, key_padding_mask=mask).weights < 1e-6


def test_the_wrong_way_round_is_noticed():
    model = make_model(small_config())
    trace = run(model, BATCH)
    place = "decoder.0.cross_attention"
    wrong = ~to_attn_mask(trace[f"{place}.mask"].expand_as(trace[f"{place}.weights"]), 3, 3)
    assert not check_mha(model, trace, place, attn_mask=wrong).weights < 0.1


def test_a_mask_that_differs_between_queries_is_no_key_padding_mask():
    assert key_padding_mask_or_none(torch.ones(2, 3, 4, 4).tril().bool(), 2) is None
    by_head = torch.ones(1, 2, 1, 4).bool()
    by_head[0, 1, 0, 0] = False
    assert key_padding_mask_or_none(by_head, 1) is None


def test_smallest_masks_broadcast_to_the_same():
    full = (torch.arange(5) < 3).expand(2, 3, 4, 5)
    assert smallest(full).shape == (1, 1, 1, 5)
    assert torch.equal(smallest(full).expand(2, 3, 4, 5), full)
    assert smallest(torch.eye(3).bool()[None, None].expand(2, 2, 3, 3)).shape == (1, 1, 3, 3)


def test_what_an_empty_row_gives():
    model = make_model(small_config())
    here = run(model, BATCH).at("decoder.1.cross_attention")
    module = attention_module(model, "decoder.1.cross_attention")
    found = {
        row.code: row.verdict for row in empty_row(*(here[n][:1] for n in ("query", "key", "value")), module)
    }
    assert found["masked_energy.softmax(dim=-1)"] == "nan"
    assert found["softmax_or_zeros(masked_energy)"] == "zeros"
    assert found["mha(x, y, y, attn_mask=~keep)"] == "nan"
    assert "error" not in found.values()
    assert "other" not in found.values()
