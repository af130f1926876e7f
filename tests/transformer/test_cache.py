import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import POSITIONS, configs, digits, make_model, padded, seeds, small_config
from transformer import SOS, CachedDecoder, InputError
from transformer.decoding.folded import MORE, ROOM

LENGTH = 7
FEW_AND_MANY = [1, 16]
"""How often a batch is repeated."""


def random_tokens(batch, seed):
    """Any tokens at all behind SOS, padding and EOS among them: the cache does not judge them."""
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(0, 13, (batch, LENGTH), generator=generator)
    tokens[:, 0] = SOS
    return tokens


def recomputed(model, src, tokens):
    """Logits at every position, all at once, under the masks of training: [B, L, V]."""
    return model(src, tokens)


@torch.inference_mode()
@given(configs(), seeds, st.lists(digits, min_size=1, max_size=4), st.sampled_from(FEW_AND_MANY))
def test_each_step_gives_the_logits_of_computing_everything_again(config, seed, rows, times):
    model, src = make_model(config, seed), padded(rows * times)
    tokens = random_tokens(len(src), seed)
    decoder = CachedDecoder(model, src, LENGTH)
    logits = torch.stack([decoder.step(tokens[:, i]) for i in range(LENGTH)], dim=1)
    assert decoder.length == LENGTH
    torch.testing.assert_close(logits, recomputed(model, src, tokens), atol=1e-5, rtol=0)


@torch.inference_mode()
@pytest.mark.parametrize("norm", ["post", "pre"])
@pytest.mark.parametrize("times", FEW_AND_MANY)
@pytest.mark.parametrize("positions", ["sinusoidal", "rotary", "alibi"])
def test_a_source_of_padding_alone_gives_the_finite_logits_of_computing_everything_again(
    norm, times, positions
):
    model, src = make_model(small_config(norm=norm, positions=positions)), padded([[5, 6], [7]] * times)
    src[1] = 0
    decoder, tokens = CachedDecoder(model, src, LENGTH), random_tokens(len(src), 0)
    logits = torch.stack([decoder.step(tokens[:, i]) for i in range(LENGTH)], dim=1)
    assert logits.isfinite().all()
    torch.testing.assert_close(logits, recomputed(model, src, tokens), atol=1e-5, rtol=0)


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
    decoder = CachedDecoder(model, src, LENGTH, width)
    for i in range(3):
        decoder.step(tokens[:, i])
    decoder.reorder(rows)
    logits = [decoder.step(newest[:, i]) for i in range(2)][-1]
    whole = torch.cat([tokens[rows, :3], newest], dim=1)
    expected = recomputed(model, src.repeat_interleave(width, dim=0), whole)[:, -1]
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=0)


@torch.inference_mode()
@pytest.mark.parametrize("length", [ROOM, ROOM + 1, ROOM + MORE, ROOM + MORE + 1])
def test_a_full_cache_makes_room_and_long_sources_fit(length):
    model = make_model(small_config(max_len=64))
    src = padded([[3, 4, 5] * 15, [7] * (length - 2)])
    tokens = torch.randint(3, 13, (2, length), generator=torch.Generator().manual_seed(0))
    decoder = CachedDecoder(model, src, length)
    logits = torch.stack([decoder.step(tokens[:, i]) for i in range(length)], dim=1)
    torch.testing.assert_close(logits, recomputed(model, src, tokens), atol=1e-5, rtol=0)


@torch.inference_mode()
@pytest.mark.parametrize("positions", POSITIONS)
def test_works_in_double_precision_too(positions):
    model, src = make_model(small_config(positions=positions)).double(), padded([[3, 4, 5], [6]])
    tokens, decoder = random_tokens(2, 0), CachedDecoder(model, src, LENGTH)
    logits = torch.stack([decoder.step(tokens[:, i]) for i in range(LENGTH)], dim=1)
    torch.testing.assert_close(logits, recomputed(model, src, tokens), atol=1e-10, rtol=0)


def test_room_beyond_max_len_is_refused():
    model = make_model(small_config())
    CachedDecoder(model, padded([[3]]), 24)
    with pytest.raises(InputError, match="at most 24"):
        CachedDecoder(model, padded([[3]]), 25)
