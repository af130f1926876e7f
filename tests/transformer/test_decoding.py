import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import configs, digits, make_model, padded, seeds, small_config
from transformer import EOS, PAD, SOS, InputError, Trace
from transformer.decoding.loop import decode, greedy

batches = st.lists(digits, min_size=1, max_size=4)
LIMIT = 8


def assert_same_choice(cached, recomputed):
    """The same tokens and logits, up to the first step where the two best logits are too close to call."""
    for a, b in zip(cached, recomputed, strict=False):
        torch.testing.assert_close(a.logits, b.logits, atol=1e-5, rtol=0)
        best = a.logits.topk(2).values
        if (best[:, 0] - best[:, 1]).min() < 2e-5:
            return
        assert torch.equal(a.tokens, b.tokens)
        assert torch.equal(a.finished, b.finished)
    assert len(cached) == len(recomputed)


@given(configs(), seeds, batches)
def test_the_cache_gives_the_tokens_and_logits_of_computing_everything_again(config, seed, rows):
    model, src = make_model(config, seed), padded(rows)
    cached = list(decode(model, src, max_new_tokens=LIMIT))
    assert_same_choice(cached, list(decode(model, src, max_new_tokens=LIMIT, use_cache=False)))


@given(configs(), seeds, batches)
def test_greedy_is_where_decode_ends(config, seed, rows):
    model, src = make_model(config, seed), padded(rows)
    *_, last = decode(model, src, max_new_tokens=LIMIT)
    assert torch.equal(greedy(model, src, max_new_tokens=LIMIT), last.tokens)


@given(configs(), seeds, batches)
def test_steps_grow_from_sos_by_the_most_probable_token_until_every_row_has_its_eos(config, seed, rows):
    steps = list(decode(make_model(config, seed), padded(rows), max_new_tokens=LIMIT))
    before = torch.full((len(rows), 1), SOS)
    finished = torch.zeros(len(rows), dtype=torch.bool)
    for number, step in enumerate(steps):
        assert step.step == number
        assert torch.equal(step.tokens[:, :-1], before)
        assert torch.equal(step.tokens[:, -1], step.logits.argmax(-1).masked_fill(finished, PAD))
        torch.testing.assert_close(step.probabilities, step.logits.softmax(-1))
        finished = finished | (step.tokens[:, -1] == EOS)
        assert torch.equal(step.finished, finished)
        assert finished.all() == (number == len(steps) - 1) or number == LIMIT - 1
        before = step.tokens
    assert len(steps) <= LIMIT


@given(configs(), seeds, st.lists(digits, min_size=2, max_size=4))
def test_each_sequence_of_a_batch_comes_out_as_if_alone(config, seed, rows):
    model = make_model(config, seed)
    together = list(decode(model, padded(rows), max_new_tokens=LIMIT))
    for i, row in enumerate(rows):
        for a, b in zip(together, decode(model, padded([row]), max_new_tokens=LIMIT), strict=False):
            torch.testing.assert_close(a.logits[i], b.logits[0], atol=1e-5, rtol=0)
            best = b.logits.topk(2).values[0]
            if best[0] - best[1] < 2e-5:
                break
            assert torch.equal(a.tokens[i], b.tokens[0])


def model_that_writes(sequence):
    """A model without positions or attention worth the name whose next token follows from the last alone."""
    model = make_model(small_config(embed_dim=16, heads=1, positions="none", num_layers=1))
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.zero_()
        for token, following in itertools.pairwise(sequence):
            model.decoder.embed.weight[token, token] = 1
            model.decoder.fc_out.weight[following, token] = 1
    return model


@pytest.mark.parametrize("use_cache", [True, False])
def test_writing_stops_at_eos(use_cache):
    model = model_that_writes([SOS, 7, 5, EOS])
    *_, last = decode(model, padded([[3, 4]]), use_cache=use_cache)
    assert last.tokens.tolist() == [[SOS, 7, 5, EOS]]
    assert last.finished.all()
    assert greedy(model, padded([[3, 4]])).tolist() == [[SOS, 7, 5, EOS]]


@pytest.mark.parametrize("limit", [1, 2, 24, 1000])
def test_the_limit_holds_and_is_at_most_what_the_model_has_positions_for(limit):
    model = model_that_writes([SOS, 7, 7])
    expected = [SOS] + [7] * min(limit, 24)
    assert greedy(model, padded([[3]]), max_new_tokens=limit).tolist() == [expected]
    for use_cache in (True, False):
        *_, last = decode(model, padded([[3]]), max_new_tokens=limit, use_cache=use_cache)
        assert last.tokens.tolist() == [expected]
        assert not last.finished.any()


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit):
    model = make_model(small_config())
    with pytest.raises(InputError, match=f"max_new_tokens = {limit}"):
        greedy(model, padded([[3]]), max_new_tokens=limit)
    with pytest.raises(InputError, match=f"max_new_tokens = {limit}"):
        next(decode(model, padded([[3]]), max_new_tokens=limit))


def test_finished_rows_go_on_with_padding():
    model = make_model(small_config(), seed=3)
    with torch.no_grad():
        model.decoder.fc_out.bias[EOS] += 0.5
    output = greedy(model, padded([[a, b] for a in range(3, 9) for b in range(3, 9)]), max_new_tokens=20)
    ends = [row.index(EOS) for row in output.tolist() if EOS in row]
    assert len(set(ends)) > 1, "rows should end at different steps for this test to say something"
    for row in output.tolist():
        if EOS in row:
            assert set(row[row.index(EOS) + 1 :]) <= {PAD}


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_the_trace_of_a_step_is_of_the_pass_that_gave_its_logits(norm):
    model, src = make_model(small_config(norm=norm)), padded([[3, 5, 4], [6]])
    steps = list(decode(model, src, max_new_tokens=4, trace=True))
    assert len({id(step.trace) for step in steps}) == len(steps) > 1
    before = torch.full((2, 1), SOS)
    for step in steps:
        whole = Trace()
        with torch.no_grad():
            model(src, before, trace=whole)
        assert list(step.trace) == list(whole)
        assert all(torch.equal(step.trace[name], whole[name]) for name in whole)
        assert torch.equal(step.trace["decoder.logits"][:, -1], step.logits)
        before = step.tokens


def test_nothing_is_computed_before_a_step_is_asked_for():
    model = make_model(small_config())
    calls = []
    model.decoder.fc_out.register_forward_hook(lambda *_: calls.append(1))
    steps = decode(model, padded([[3]]), use_cache=False, max_new_tokens=5)
    assert len(calls) == 0
    next(steps)
    assert len(calls) == 1


def test_the_answer_needs_no_gradient_and_leaves_dropout_off():
    model = make_model(small_config(dropout=0.9)).train()
    first, second = (greedy(model, padded([[3, 4]]), max_new_tokens=6) for _ in range(2))
    assert torch.equal(first, second)
    step = next(decode(model, padded([[3, 4]])))
    assert not step.logits.requires_grad
