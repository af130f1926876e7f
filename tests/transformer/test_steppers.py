"""All steppers give, step by step, the logits of one pass over all tokens under the masks of training."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import POSITIONS, configs, digits, make_model, padded, seeds, small_config
from transformer import SOS, CachedDecoder, InputError, Trace
from transformer.decoding.folded import CAPACITY, MORE, FoldedDecoder
from transformer.decoding.stepper import RecomputingDecoder
from transformer.experiments.position_interventions import CodeChange, altered

LENGTH = 7
FEW_AND_MANY = [1, 16]
"""How often a batch is repeated."""


def random_tokens(batch, seed):
    """Any tokens at all behind SOS, padding and EOS among them: the cache does not judge them."""
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(0, 13, (batch, LENGTH), generator=generator)
    tokens[:, 0] = SOS
    return tokens


def steppers(model, src, length=LENGTH, width=1):
    """All three for `width` targets of each source; one knows itself that these share it."""
    each = src.repeat_interleave(width, dim=0)
    return (
        RecomputingDecoder(model, each),
        CachedDecoder(model, each),
        FoldedDecoder(model, src, length, width),
    )


def stepped(stepper, tokens):
    """Logits of every step, [R, L, V]."""
    return torch.stack([stepper.step(newest) for newest in tokens.T], dim=1)


def assert_all_give_the_logits_of_one_pass(model, src, tokens, atol=1e-5):
    expected = model(src, tokens)
    assert expected.isfinite().all()
    for stepper in steppers(model, src, tokens.size(1)):
        torch.testing.assert_close(stepped(stepper, tokens), expected, atol=atol, rtol=0)


@torch.inference_mode()
@given(configs(), seeds, st.lists(digits, min_size=1, max_size=4), st.sampled_from(FEW_AND_MANY))
def test_each_step_gives_the_logits_of_computing_everything_again(config, seed, rows, times):
    model, src = make_model(config, seed), padded(rows * times)
    assert_all_give_the_logits_of_one_pass(model, src, random_tokens(len(src), seed))


@torch.inference_mode()
@pytest.mark.parametrize("norm", ["post", "pre"])
@pytest.mark.parametrize("times", FEW_AND_MANY)
@pytest.mark.parametrize("positions", ["sinusoidal", "rotary", "alibi"])
def test_a_source_of_padding_alone_gives_the_finite_logits_of_computing_everything_again(
    norm, times, positions
):
    model, src = make_model(small_config(norm=norm, positions=positions)), padded([[5, 6], [7]] * times)
    src[1] = 0
    assert_all_give_the_logits_of_one_pass(model, src, random_tokens(len(src), 0))


@torch.inference_mode()
@pytest.mark.parametrize("positions", ["sinusoidal", "rotary", "alibi"])
@given(configs(), seeds, st.integers(1, 4), st.integers(1, 3), st.data())
def test_reordered_rows_go_on_as_the_rows_of_their_source_that_they_were(
    positions, config, seed, width, batch, data
):
    config = small_config(positions=positions) if positions != "sinusoidal" else config
    model, src = make_model(config, seed), padded([[3, 4, 5], [6], [7, 8]][:batch])
    places = st.lists(st.integers(0, width - 1), min_size=width, max_size=width)
    rows = torch.tensor([place + width * i for i in range(batch) for place in data.draw(places)])
    tokens, newest = random_tokens(batch * width, seed), random_tokens(batch * width, seed + 1)[:, 1:3]
    whole = torch.cat([tokens[rows, :3], newest], dim=1)
    expected = model(src.repeat_interleave(width, dim=0), whole)[:, -1]
    for stepper in steppers(model, src, width=width):
        stepped(stepper, tokens[:, :3])
        stepper.reorder(rows)
        torch.testing.assert_close(stepped(stepper, newest)[:, -1], expected, atol=1e-5, rtol=0)


@torch.inference_mode()
@pytest.mark.parametrize("length", [CAPACITY, CAPACITY + 1, CAPACITY + MORE, CAPACITY + MORE + 1])
def test_capacity_grows_and_long_sources_fit(length):
    model = make_model(small_config(max_len=64))
    src = padded([[3, 4, 5] * 15, [7] * (length - 2)])
    tokens = torch.randint(3, 13, (2, length), generator=torch.Generator().manual_seed(0))
    assert_all_give_the_logits_of_one_pass(model, src, tokens)


@torch.inference_mode()
@pytest.mark.parametrize("positions", POSITIONS)
def test_works_in_double_precision_too(positions):
    model, src = make_model(small_config(positions=positions)).double(), padded([[3, 4, 5], [6]])
    assert_all_give_the_logits_of_one_pass(model, src, random_tokens(2, 0), atol=1e-10)


@torch.inference_mode()
@pytest.mark.parametrize("positions", ["rotary", "alibi"])
def test_positions_that_are_taken_out_of_a_model_are_out_in_every_stepper(positions):
    model, src = make_model(small_config(positions=positions)), padded([[3, 4, 5], [6]])
    without, tokens = altered(model, CodeChange("zero")), random_tokens(2, 0)
    assert (without(src, tokens) - model(src, tokens)).abs().max() > 1e-3
    assert_all_give_the_logits_of_one_pass(without, src, tokens)


@torch.inference_mode()
def test_more_tokens_than_the_model_has_positions_for_are_refused():
    model, src = make_model(small_config()), padded([[3]])
    FoldedDecoder(model, src, 24)
    with pytest.raises(InputError, match="at most 24"):
        FoldedDecoder(model, src, 25)
    for stepper in (RecomputingDecoder(model, src), CachedDecoder(model, src)):
        stepped(stepper, torch.full((1, 24), 3))
        with pytest.raises(InputError, match="at most 24"):
            stepper.step(torch.tensor([3]))


@torch.inference_mode()
@given(configs(), seeds, digits)
def test_a_traced_cached_step_shows_the_newest_rows_of_the_whole_pass(config, seed, row):
    model, src = make_model(config, seed), padded([row])
    tokens, whole = random_tokens(1, seed), Trace()
    model(src, tokens, trace=whole)
    stepper = CachedDecoder(model, src, Trace())
    torch.testing.assert_close(stepped(stepper, tokens), model(src, tokens), atol=1e-5, rtol=0)
    assert set(stepper.trace) == set(whole)
    for layer in range(config.num_layers):
        for name in ("query", "weights", "context"):
            for attention in ("self", "cross"):
                place = f"decoder.{layer}.{attention}_attention.{name}"
                newest = whole[place][:, :, -1:]
                torch.testing.assert_close(stepper.trace[place], newest, atol=1e-5, rtol=0)
