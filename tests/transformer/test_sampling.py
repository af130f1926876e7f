import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import configs, digits, make_model, padded, seeds, small_config
from transformer import EOS, PAD, InputError
from transformer.decoding.loop import decode
from transformer.decoding.sampling import Sampling, candidates, chances, draw

LIMIT = 6
samplings = st.builds(
    Sampling,
    st.just(0.0) | st.floats(0.1, 5),
    st.integers(0, 15),
    st.floats(0.05, 1),
    st.integers(0, 2**32),
)
forcings = st.dictionaries(st.integers(0, LIMIT - 1), st.integers(EOS, 12), max_size=2)
logit_rows = st.lists(
    st.lists(st.floats(-20, 20, width=32), min_size=5, max_size=5), min_size=1, max_size=4
).map(torch.tensor)


@given(logit_rows, samplings)
def test_the_steps_lead_from_logits_to_probabilities(logits, sampling):
    found = candidates(logits, sampling)
    assert torch.equal(found.logits, logits)
    torch.testing.assert_close(found.scaled, logits / (sampling.temperature or 1))
    assert found.kept.any(dim=-1).all()
    assert (found.probabilities[~found.kept] == 0).all()
    torch.testing.assert_close(found.probabilities.sum(-1), torch.ones(len(logits)))
    alone = found.scaled.masked_fill(~found.kept, -math.inf).softmax(-1)
    torch.testing.assert_close(found.probabilities, alone)


@given(logit_rows, samplings)
def test_what_is_kept_is_never_worse_than_what_is_not_and_has_the_best(logits, sampling):
    kept = candidates(logits, sampling).kept
    assert kept.gather(1, logits.argmax(-1, keepdim=True)).all()
    worst_kept = logits.masked_fill(~kept, math.inf).amin(-1)
    best_cut = logits.masked_fill(kept, -math.inf).amax(-1)
    assert (worst_kept >= best_cut).all()


@given(logit_rows, st.integers(0, 9), st.floats(0.1, 5))
def test_top_k_keeps_exactly_so_many(logits, top_k, temperature):
    kept = candidates(logits, Sampling(temperature, top_k)).kept
    assert (kept.sum(-1) == (min(top_k, 5) or 5)).all()


@given(logit_rows, st.integers(0, 5), st.floats(0.05, 0.999))
def test_top_p_keeps_the_fewest_that_reach_it(logits, top_k, top_p):
    before = candidates(logits, Sampling(top_k=top_k)).probabilities
    kept = candidates(logits, Sampling(top_k=top_k, top_p=top_p)).kept
    reached = before.masked_fill(~kept, 0).sum(-1)
    assert (reached >= top_p - 1e-5).all()
    least = before.masked_fill(~kept, 2).amin(-1)
    assert ((reached - least < top_p + 1e-5) | (kept.sum(-1) == 1)).all(), "one fewer would not reach it"


@given(logit_rows, st.integers(0, 5), st.floats(0.05, 1))
def test_temperature_0_leaves_the_best_alone(logits, top_k, top_p):
    found = candidates(logits, Sampling(0, top_k, top_p)).probabilities
    assert torch.equal(found, torch.nn.functional.one_hot(logits.argmax(-1), 5).float())


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=4, max_size=4))
def test_no_token_of_probability_0_is_drawn(places):
    probabilities = torch.tensor([[0, 0.5, 0.5, 0], [1.0, 0, 0, 0], [0, 0, 0, 1.0], [0, 0.25, 0, 0.75]])
    drawn = draw(probabilities, torch.tensor(places, dtype=torch.float64))
    assert (probabilities.gather(1, drawn[:, None]) > 0).all()


def test_the_ends_of_the_line_belong_to_tokens():
    probabilities = torch.tensor([[0, 0.3, 0.7, 0]]).expand(2, -1)
    last = 1 - 2**-53  # the largest number that numpy draws
    assert draw(probabilities, torch.tensor([0.0, last], dtype=torch.float64)).tolist() == [1, 2]


def test_tokens_are_drawn_as_often_as_their_probabilities_say():
    rows, sampling = 4000, Sampling(temperature=1.5, top_k=4)
    logits = torch.tensor([[2.0, 1.5, 0.0, -1.0, -2.0, 1.0]])
    probabilities = candidates(logits, sampling).probabilities
    numbers = chances(torch.arange(3, 3 + rows)[:, None], 1, seed=5)[:, 0]
    counts = draw(probabilities.expand(rows, -1), numbers).bincount(minlength=6)
    expected = probabilities[0] * rows
    assert (counts[expected == 0] == 0).all()
    chi_square = ((counts - expected) ** 2 / expected)[expected > 0].sum()
    assert chi_square < 16.3, "exceeded once in a thousand, with 3 degrees of freedom"


def test_a_model_is_sampled_as_often_as_its_probabilities_say():
    model, sampling = make_model(small_config(positions="none")), Sampling(2.0, top_k=6)
    with torch.no_grad():  # blind to its source, so that many sources are as many draws from the same
        for layer in model.decoder.layers:
            layer.transformer_block.attention.fc_out.weight.zero_()
    src = padded([[a, b, c] for a in range(3, 13) for b in range(3, 13) for c in range(3, 13)])
    step = next(decode(model, src, sampling=sampling))
    expected = candidates(step.logits[:1], sampling).probabilities[0] * len(src)
    counts = step.tokens[:, -1].bincount(minlength=len(expected))
    assert (counts[expected == 0] == 0).all()
    chi_square = ((counts - expected) ** 2 / expected)[expected > 0].sum()
    assert chi_square < 20.5, "exceeded once in a thousand, with 5 degrees of freedom"


def test_chances_follow_from_seed_and_source_alone():
    src = padded([[3, 4, 5], [6], [6, 7]])
    together = chances(src, 4, seed=7)
    for i, row in enumerate([[3, 4, 5], [6], [6, 7]]):
        assert torch.equal(together[i], chances(padded([row]), 4, seed=7)[0])
        assert torch.equal(together[i], chances(padded([row]), 9, seed=7)[0, :4])
    assert len(set(together.flatten().tolist())) == together.numel()
    assert not torch.equal(together, chances(src, 4, seed=8))


def too_close(steps, numbers):
    """Whether a draw or a cut hung on less than rounding."""
    for step in steps:
        found = step.candidates
        ends = found.probabilities.double().cumsum(-1)
        if (ends - numbers[:, step.step, None]).abs().min() < 1e-4:
            return True
        best = found.scaled.sort(-1, descending=True).values
        whole = best.softmax(-1).cumsum(-1)
        gaps = -best.diff(dim=-1)
        if gaps.min() < 1e-4 or (whole[:, None] - whole[..., None]).abs().max() < 1e-6:
            return True
    return False


@given(configs(), seeds, st.lists(digits, min_size=1, max_size=4), samplings, forcings)
def test_the_cache_gives_the_samples_of_computing_everything_again(config, seed, rows, sampling, forced):
    model, src = make_model(config, seed), padded(rows)
    cached, again = (
        list(decode(model, src, max_new_tokens=LIMIT, sampling=sampling, forced=forced, use_cache=use_cache))
        for use_cache in (True, False)
    )
    for a, b in zip(cached, again, strict=False):
        torch.testing.assert_close(a.logits, b.logits, atol=1e-5, rtol=0)
        if not torch.equal(a.candidates.kept, b.candidates.kept):
            return  # a token on the edge of the cut
        if too_close([a], chances(src, LIMIT, sampling.seed)):
            return
        assert torch.equal(a.tokens, b.tokens)
        if a.step in forced:
            assert torch.isin(a.tokens[:, -1], torch.tensor([forced[a.step], PAD])).all()
    assert len(cached) == len(again)


@given(seeds, st.lists(digits, min_size=2, max_size=4), samplings)
def test_a_sequence_is_drawn_in_a_batch_as_if_alone(seed, rows, sampling):
    model = make_model(small_config(), seed)
    together = list(decode(model, padded(rows), max_new_tokens=LIMIT, sampling=sampling))
    for i, row in enumerate(rows):
        numbers = chances(padded([row]), LIMIT, sampling.seed)
        for a, b in zip(
            together, decode(model, padded([row]), max_new_tokens=LIMIT, sampling=sampling), strict=False
        ):
            if too_close([b], numbers) or not torch.equal(a.candidates.kept[i], b.candidates.kept[0]):
                break
            assert torch.equal(a.tokens[i], b.tokens[0])


@given(configs(), seeds, st.lists(digits, min_size=1, max_size=3), samplings)
def test_the_same_seed_gives_the_same_samples(config, seed, rows, sampling):
    model, src = make_model(config, seed), padded(rows)
    first, second = (
        [step.tokens.tolist() for step in decode(model, src, max_new_tokens=LIMIT, sampling=sampling)]
        for _ in range(2)
    )
    assert first == second


def test_another_seed_gives_other_samples():
    model, src = make_model(small_config()), padded([[3, 4]])
    with torch.no_grad():
        model.decoder.fc_out.bias[EOS] = -math.inf
    answers = {
        tuple(
            list(decode(model, src, max_new_tokens=LIMIT, sampling=Sampling(seed=s)))[-1].tokens[0].tolist()
        )
        for s in range(5)
    }
    assert len(answers) == 5


@given(configs(), seeds, st.lists(digits, min_size=1, max_size=3))
def test_temperature_0_is_greedy(config, seed, rows):
    model, src = make_model(config, seed), padded(rows)
    *_, sampled = decode(model, src, max_new_tokens=LIMIT, sampling=Sampling(0))
    *_, greedy = decode(model, src, max_new_tokens=LIMIT)
    assert torch.equal(sampled.tokens, greedy.tokens)
    assert greedy.candidates is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"temperature": -1}, "temperature = -1"),
        ({"temperature": math.nan}, "temperature = nan"),
        ({"temperature": 1e-9}, "temperature = 1e-09"),
        ({"top_k": -1}, "top_k = -1"),
        ({"top_p": 0}, "top_p = 0"),
        ({"top_p": 1.5}, "top_p = 1.5"),
        ({"top_p": math.nan}, "top_p = nan"),
        ({"seed": -1}, "seed = -1"),
    ],
)
def test_values_that_say_nothing_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        Sampling(**values)


def test_what_is_drawn_from_a_damaged_models_nan_is_a_token():
    probabilities = torch.full((2, 5), float("nan"))
    assert draw(probabilities, torch.tensor([0.0, 0.9])).tolist() == [4, 4]
