"""Experiments on masks: edits do what they say, right masks leak nothing, comparisons find each change."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import configs, make_model, padded, seeds, small_config
from transformer import EOS, PAD, Trace, shipped_checkpoint
from transformer.decoding.loop import decode, greedy
from transformer.experiments.changes import changes, landmarks, leaked_mass
from transformer.experiments.columns_or_rows import columns_or_rows
from transformer.experiments.leak_probe import Probe, probe_leak, probes
from transformer.experiments.mask_interventions import (
    MASK_KINDS,
    Intervention,
    Site,
    decoded,
    make_mask,
    own_mask,
    queries_and_keys,
    run,
    toggled,
)
from transformer.model.places import Attention
from transformer.tasks import Batch

BATCH = Batch(padded([[3, 9, 4, 4], [5], [7, 12, 8]]), padded([[3, 4, 4, 9], [5], [7, 8, 12]]))


def random_mask(shape, seed):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) < 0.6


@given(configs(), seeds, st.sampled_from(list(Attention)), st.booleans())
def test_an_edited_mask_gives_the_attention_computed_by_hand(config, seed, attention, one_head):
    model = make_model(config, seed)
    site = Site(attention, layer=config.num_layers - 1, head=0 if one_head else None)
    keep = random_mask(own_mask(model, BATCH, attention).shape, seed)
    trace = run(model, BATCH, Intervention(site, keep))
    here = trace.at(site.places(config)[0])
    energy = (here["query"].double() @ here["key"].double().transpose(-2, -1)) / math.sqrt(config.head_dim)
    energy = energy + here["bias"].double() if "bias" in here else energy  # ALiBi
    masks = own_mask(model, BATCH, attention).repeat(1, config.heads, 1, 1)
    masks[:, site.heads(config)] = keep
    expected = energy.masked_fill(~masks, -math.inf).softmax(-1).nan_to_num(0.0)
    assert torch.equal(here["mask"].expand_as(energy), masks)
    torch.testing.assert_close(here["weights"].double(), expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(here["context"].double(), expected @ here["value"].double(), atol=1e-5, rtol=0)


@given(configs(), seeds, st.sampled_from(list(Attention)))
def test_the_models_own_mask_changes_nothing(config, seed, attention):
    model = make_model(config, seed)
    own = own_mask(model, BATCH, attention)
    change = Intervention(Site(attention), make_mask(model, BATCH, attention), own=own)
    before, after = run(model, BATCH), run(model, BATCH, change)
    assert all(change.largest == 0 for change in changes(before, after, config))
    assert decoded(model, BATCH, change) == decoded(model, BATCH)


@given(configs(), seeds)
def test_right_masks_leak_exactly_nothing(config, seed):
    model = make_model(config, seed)
    for probe in probes(BATCH):
        leak = probe_leak(model, BATCH, probe, 11)
        assert leak.largest == 0
        assert leak.path == ()


@given(configs(positions="sinusoidal"), seeds, st.sampled_from(["encoder", "cross", "self"]))
def test_a_missing_mask_leaks_and_the_entry_is_where_it_is_missing(config, seed, attention):
    model = make_model(config, seed)
    change = Intervention(Site(attention, layer=0), torch.ones_like(own_mask(model, BATCH, attention)))
    probe = Probe("target", 0, 3) if attention == "self" else Probe("source", 1, 4)
    leak = probe_leak(model, BATCH, probe, 11, change)
    side = "encoder" if attention == "encoder" else "decoder"
    name = "cross" if attention == "cross" else "self"
    assert leak.path[0][0] == f"{side}.0.{name}_attention.output"
    assert leak.largest > 0


def test_every_pad_and_every_future_token_can_be_probed():
    found = probes(BATCH)
    pads = {(p.sentence, p.position) for p in found if p.side == "source"}
    assert pads == {tuple(cell) for cell in (BATCH.src == PAD).nonzero().tolist()}
    assert all(probe.position > 0 for probe in found if probe.side == "target")


@pytest.mark.parametrize("attention", list(Attention))
@pytest.mark.parametrize("kind", MASK_KINDS)
def test_masks_are_what_their_names_say(attention, kind):
    model = make_model(small_config())
    queries, keys = queries_and_keys(BATCH, attention)
    mask = make_mask(model, BATCH, attention, kind, width=1)
    assert mask.shape == (3, 1, queries.size(1), keys.size(1))
    for b, i, j in torch.cartesian_prod(*map(torch.arange, (3, queries.size(1), keys.size(1)))).tolist():
        real, past = bool(keys[b, j] != PAD), j <= i
        own = real and (past or attention != "self")
        expected = {
            "own": own,
            "none": True,
            "padding": real,
            "causal": past,
            "both": real and past,
            "window": own and abs(i - j) <= 1,
        }
        assert bool(mask[b, 0, i, j]) == expected[kind]
    rows = make_mask(model, BATCH, attention, kind, rows_too=True)
    assert not rows[:, 0][queries == PAD].any()


def test_toggling_twice_gives_the_mask_back():
    mask = make_mask(make_model(small_config()), BATCH, "cross")
    edited = toggled(mask, [(0, 1, 2), (2, 0, 0)])
    assert int((edited != mask).sum()) == 2
    assert torch.equal(toggled(edited, [(0, 1, 2), (2, 0, 0)]), mask)


def test_leaked_mass_is_the_weight_on_forbidden_keys():
    model = make_model(small_config())
    own = own_mask(model, BATCH, "encoder")
    site = Site("encoder", 0)
    weights = run(model, BATCH, Intervention(site, ~own))["encoder.0.self_attention.weights"]
    leaked = leaked_mass(weights, own)
    has_pad = (~own).any(-1).expand_as(leaked)
    assert torch.allclose(leaked[has_pad], torch.ones(1))
    assert not leaked[~has_pad].any()


@pytest.mark.parametrize("attention", list(Attention))
def test_padding_by_columns_and_by_rows_agree_where_it_matters(attention):
    checkpoint = shipped_checkpoint("sort")
    batch = Batch(padded([[8, 6, 12, 4, 4], [10, 5, 11]]), padded([[4, 4, 6, 8, 12], [5, 10, 11]]))
    columns, zeros, plain = columns_or_rows(checkpoint.model, batch, Site(attention))
    assert columns.loss == zeros.loss
    assert zeros.difference == 0
    assert zeros.difference_at_pad > 0
    assert zeros.nan_share == 0
    assert math.isnan(plain.loss)
    place = "encoder.0.self_attention" if attention == "encoder" else f"decoder.0.{attention}_attention"
    assert plain.nan_enters == f"{place}.weights"


def test_an_edit_acts_while_the_model_writes_freely():
    model = shipped_checkpoint("sort").model
    src = padded([[8, 6, 12, 4, 4]])
    batch = Batch(src, padded([[4, 4, 6, 8, 12]]))
    keep = make_mask(model, batch, "cross")
    keep[..., 3] = False  # the digit 9
    blind = decoded(model, batch, Intervention(Site("cross"), keep))[0]
    assert decoded(model, batch)[0] == [1, 4, 4, 6, 8, 12, EOS]
    assert 12 not in blind


def test_beyond_its_rows_an_edit_leaves_the_models_own_mask():
    model = make_model(small_config())
    keep = torch.ones(3, 1, 2, 2, dtype=torch.bool)
    for attention in list(Attention):
        place = Site(attention, 0).places(model.config)[0]
        mask = run(model, BATCH, Intervention(Site(attention, 0), keep))[f"{place}.mask"]
        own = own_mask(model, BATCH, attention).clone()
        own[..., :2, :2] = True
        assert torch.equal(mask, own)


def test_only_cells_that_differ_are_changed_where_the_own_mask_is_given():
    model = make_model(small_config())
    own = own_mask(model, BATCH, "self")
    keep = toggled(own, [(1, 0, 3)])
    change = Intervention(Site("self", 0), keep, own=own)
    assert torch.equal(run(model, BATCH, change)["decoder.0.self_attention.mask"], keep)
    longer = Batch(BATCH.src, padded([[3, 4, 4, 9], [5, 6, 7], [7, 8, 12]]))
    mask = run(model, longer, change)["decoder.0.self_attention.mask"]
    assert torch.equal(mask, toggled(own_mask(model, longer, "self"), [(1, 0, 3)]))


def test_decoding_with_edits_that_do_nothing_is_plain_decoding():
    model = shipped_checkpoint("sort").model
    src = padded([[3, 9, 4], [5]])
    steps = list(decode(model, src, edits={"encoder.0.self_attention.mask": lambda mask: mask}))
    assert torch.equal(steps[-1].tokens, greedy(model, src))
    assert isinstance(steps[0].trace, Trace)


def test_changes_are_sorted_and_nan_comes_first():
    model = make_model(small_config())
    before = run(model, BATCH)
    none = make_mask(model, BATCH, "encoder", "none")
    found = changes(before, run(model, BATCH, Intervention(Site("encoder", 1), none)), model.config)
    sizes = [change.largest for change in found]
    assert sizes == sorted(sizes, reverse=True)
    assert len(found) == len(landmarks(model.config))
    assert {change.place for change in found if change.largest == 0} == {
        "encoder.0.self_attention.output",
        "encoder.0.norm2",
        "decoder.0.self_attention.output",
    }
    nothing = Intervention(Site("encoder", 1), torch.zeros_like(none), plain_softmax=True)
    found = changes(before, run(model, BATCH, nothing), model.config)
    assert math.isnan(found[0].largest)
    assert found[-1].largest == 0


@pytest.mark.parametrize("fill", [-math.inf, -1e9, -1e4, torch.finfo(torch.float32).min, 1e-20])
@pytest.mark.parametrize("attention", list(Attention))
def test_a_fill_value_is_masked_fill_and_softmax(attention, fill):
    model = make_model(small_config(num_layers=1))
    keep = own_mask(model, BATCH, attention)
    trace = run(model, BATCH, Intervention(Site(attention), keep, fill=fill))
    (place,) = Site(attention).places(model.config)
    filled = trace[f"{place}.energy"].masked_fill(~keep, fill)
    expected = filled.softmax(-1)
    if fill == -math.inf:
        expected = expected.nan_to_num(0.0)
    assert torch.equal(trace[f"{place}.weights"], expected)


@pytest.mark.parametrize("attention", list(Attention))
def test_minus_infinity_is_the_models_own_fill(attention):
    model = make_model(small_config())
    keep = own_mask(model, BATCH, attention)
    own, filled = run(model, BATCH), run(model, BATCH, Intervention(Site(attention), keep, fill=-math.inf))
    assert all(torch.equal(own[name], filled[name]) for name in own if not name.endswith(".mask"))
