"""Alterations: heads or layers off, tokens blanked or forced, positions dropped, and nothing else changed."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tests.transformer.helpers import configs, digits, example_pair, make_model, padded, seeds, small_config
from tests.transformer.test_decoding import LIMIT, assert_same_choice, batches
from transformer import EOS, PAD, InputError, Trace
from transformer.decoding.loop import decode
from transformer.experiments.edits import (
    ForcedToken,
    HeadOff,
    LayerOff,
    PositionsDropped,
    PositionsSwapped,
    SourceBlanked,
    edits,
    first_parting,
    forced_tokens,
)
from transformer.experiments.mask_interventions import Site
from transformer.model.places import Attention

forcings = st.dictionaries(st.integers(0, LIMIT - 1), st.integers(2, 12), max_size=3)


def traced(model, *changes):
    """A pass over the example pair under these alterations."""
    trace = Trace(edits(changes, model.config))
    with torch.inference_mode():
        model(*example_pair(), trace=trace)
    return trace


# --- forced tokens ---------------------------------------------------------------------------------------


@given(configs(), seeds, batches, forcings)
def test_forced_tokens_with_the_cache_give_what_they_give_without(config, seed, rows, forced):
    model, src = make_model(config, seed), padded(rows)
    cached = list(decode(model, src, max_new_tokens=LIMIT, forced=forced))
    assert_same_choice(cached, list(decode(model, src, max_new_tokens=LIMIT, forced=forced, use_cache=False)))


@given(configs(), seeds, digits, st.integers(0, LIMIT - 1), st.integers(2, 12))
def test_a_forced_token_is_written_and_read_and_leaves_earlier_steps_as_they_were(
    config, seed, row, step, token
):
    model, src = make_model(config, seed), padded([row])
    before = list(decode(model, src, max_new_tokens=LIMIT))
    after = list(decode(model, src, max_new_tokens=LIMIT, forced={step: token}))
    for was, now in zip(before[: step + 1], after, strict=False):
        assert torch.equal(was.logits, now.logits)
    if len(before) > step:
        assert torch.equal(before[step].tokens[:, :-1], after[step].tokens[:, :-1])
        assert int(after[step].tokens[0, -1]) == token
        assert after[step].finished.all() == (token == EOS)
    if len(after) > step + 1:
        with torch.inference_mode():
            read = after[step].tokens
            logits = model(src, read)[:, -1]
        torch.testing.assert_close(after[step + 1].logits, logits, atol=1e-5, rtol=0)


def test_a_row_that_has_ended_writes_pad_where_a_token_is_forced():
    model = make_model(small_config(), seed=3)
    with torch.no_grad():
        model.decoder.fc_out.bias[EOS] += 0.5
    src = padded([[a, b] for a in range(3, 9) for b in range(3, 9)])
    steps = list(decode(model, src, max_new_tokens=12, forced={6: 9}))
    ended = steps[5].finished
    assert 0 < int(ended.sum()) < len(ended), "some rows should have ended for this test to say something"
    assert set(steps[6].tokens[ended, -1].tolist()) == {PAD}
    assert set(steps[6].tokens[~ended, -1].tolist()) == {9}


@pytest.mark.parametrize("token", [-1, 13])
def test_a_token_that_the_model_does_not_have_is_refused(token):
    with pytest.raises(InputError, match=f"There is no token {token}"):
        next(decode(make_model(small_config()), padded([[3]]), forced={0: token}))


def test_of_two_tokens_for_one_step_the_later_counts():
    changes = [ForcedToken(1, 5), HeadOff("cross", 0, 0), ForcedToken(1, 6), ForcedToken(3, 7)]
    assert forced_tokens(changes) == {1: 6, 3: 7}


# --- heads and layers ------------------------------------------------------------------------------------


@given(configs(), seeds, st.data())
def test_a_head_switched_off_has_exactly_zero_output_and_the_others_of_its_layer_are_untouched(
    config, seed, data
):
    model = make_model(config, seed)
    attention = data.draw(st.sampled_from(list(Attention)))
    layer = data.draw(st.integers(0, config.num_layers - 1))
    head = data.draw(st.integers(0, config.heads - 1))
    (place,) = Site(attention, layer).places(config)
    plain, off = traced(model), traced(model, HeadOff(attention, layer, head))
    assert plain[f"{place}.context"][:, head].abs().max() > 0
    assert not off[f"{place}.context"][:, head].any()
    others = [other for other in range(config.heads) if other != head]
    assert torch.equal(off[f"{place}.context"][:, others], plain[f"{place}.context"][:, others])
    assert not torch.equal(off[f"{place}.output"], plain[f"{place}.output"])


@given(configs(), seeds, st.sampled_from(["encoder", "decoder"]), st.data())
def test_a_layer_switched_off_hands_on_exactly_what_it_was_given(config, seed, side, data):
    layer = data.draw(st.integers(0, config.num_layers - 1))
    trace = traced(make_model(config, seed), LayerOff(side, layer))
    last = "residual2" if config.norm == "pre" else "norm2"
    given_to_it = f"{side}.{layer - 1}.{last}" if layer else f"{side}.input"
    assert torch.equal(trace[f"{side}.{layer}.{last}"], trace[given_to_it])


@given(configs(num_layers=3), seeds, st.sets(st.integers(0, 2), min_size=1), st.randoms())
def test_layers_off_are_as_if_the_model_had_been_built_without_them(config, seed, off, chance):
    model, smaller = make_model(config, seed), make_model(config, seed)
    order = list(off)
    chance.shuffle(order)
    for side in ("encoder", "decoder"):
        stack = getattr(smaller, side)
        stack.layers = nn.ModuleList(layer for i, layer in enumerate(stack.layers) if i not in off)
    changes = [LayerOff(side, layer) for layer in order for side in ("decoder", "encoder")]
    with torch.inference_mode():
        expected = smaller(*example_pair())
    torch.testing.assert_close(traced(model, *changes)["decoder.logits"], expected, atol=1e-5, rtol=0)


# --- what is read ----------------------------------------------------------------------------------------


@given(configs(), seeds, st.integers(0, 5))
def test_no_decoder_layer_looks_at_a_blanked_source_position(config, seed, position):
    model = make_model(config, seed)
    plain, blanked = traced(model), traced(model, SourceBlanked(position))
    for place in Site("cross").places(config):
        assert not blanked[f"{place}.weights"][..., position].any()
        sums, had = blanked[f"{place}.weights"].sum(-1), plain[f"{place}.mask"].sum(-1) > 1
        assert torch.allclose(sums[had.expand_as(sums)], torch.ones(()))
    for name in plain:
        if name.startswith("encoder"):
            assert torch.equal(plain[name], blanked[name])


@given(configs(positions="sinusoidal"), seeds)
def test_dropped_positions_leave_the_embeddings_alone(config, seed):
    trace = traced(make_model(config, seed), PositionsDropped("encoder"))
    assert torch.equal(trace["encoder.input"], trace["encoder.embedding"])
    assert not torch.equal(trace["decoder.input"], trace["decoder.embedding"])


@given(configs(positions="learned"), seeds, st.permutations(range(4)))
def test_swapped_positions_are_as_good_as_swapped_tokens(config, seed, order):
    """The encoder has no other notion of order, so the decoder cannot tell the two apart."""
    model = make_model(config, seed)
    first, second = order[:2]
    tokens = [3, 7, 5, 11]
    swapped = list(tokens)
    swapped[first], swapped[second] = swapped[second], swapped[first]
    change = PositionsSwapped("encoder", first + 1, second + 1)  # SOS comes first
    by_position = list(
        decode(model, padded([tokens]), edits=edits([change], config), max_new_tokens=LIMIT, use_cache=False)
    )
    by_token = list(decode(model, padded([swapped]), max_new_tokens=LIMIT, use_cache=False))
    assert_same_choice(by_position, by_token)


def test_positions_that_are_not_there_yet_are_not_swapped():
    model = make_model(small_config())
    codes = [
        step.trace["decoder.position"]
        for step in decode(
            model,
            padded([[3, 4]]),
            edits=edits([PositionsSwapped("decoder", 1, 2)], model.config),
            forced={0: 3, 1: 4, 2: 5, 3: 6},
            max_new_tokens=4,
        )
    ]
    own = model.decoder.position.pe
    assert torch.equal(codes[1], own[:, :2])
    assert torch.equal(codes[3], own[:, [0, 2, 1, 3]])


def test_alterations_of_one_place_act_together():
    model = make_model(small_config())
    trace = traced(model, HeadOff("cross", 0, 0), SourceBlanked(1), HeadOff("cross", 0, 2), SourceBlanked(3))
    context = trace["decoder.0.cross_attention.context"]
    assert not context[:, [0, 2]].any()
    assert context[:, 1].any()
    assert not trace["decoder.1.cross_attention.weights"][..., [1, 3]].any()


def test_a_model_is_as_before_once_it_has_run_altered():
    model = make_model(small_config())
    before = traced(model)
    traced(model, HeadOff("self", 0, 0), LayerOff("encoder", 1), PositionsDropped("decoder"))
    after = traced(model)
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize(
    ("one", "other", "step"),
    [([1, 2], [1, 2], None), ([1, 2], [1, 3], 1), ([1], [1, 3], 1), ([1, 2, 3], [1, 2], 2), ([], [], None)],
)
def test_first_parting(one, other, step):
    assert first_parting(one, other) == step
