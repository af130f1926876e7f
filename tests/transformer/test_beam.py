import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transformer.helpers import configs, digits, make_model, padded, seeds, small_config
from transformer import EOS, PAD, SOS, InputError
from transformer.decoding.beam import Beam, beam_search
from transformer.decoding.loop import decode, greedy, within_limits
from transformer.experiments.beam_counterexample import ASTRAY, A, B, X, Y, markov_model

batches = st.lists(digits, min_size=1, max_size=3)
beams = st.builds(Beam, st.integers(1, 5), st.floats(0, 2))
LIMIT = 5


def log_probability(model, source, written):
    """Of the tokens after SOS, computed all at once, with the model's own masks: a PAD written is no key."""
    target = torch.tensor([[SOS, *written]])
    with torch.no_grad():
        logits = model(torch.tensor([source]), target[:, :-1])
    return logits.log_softmax(-1)[0].gather(1, target[0, 1:, None]).sum().item()


def written(answer):
    """The tokens after SOS without the padding after EOS."""
    tokens = answer.tolist()[1:]
    return tokens[: tokens.index(EOS) + 1] if EOS in tokens else tokens


def too_close(steps):
    """Whether some choice between continuations hung on less than rounding."""
    for step in steps:
        gaps = -step.log_probabilities.diff(dim=-1)
        if (gaps[gaps.isfinite()] < 1e-4).any():
            return True
    finished = [s for step in steps for s in step.scores[step.finished].tolist()]
    return any(abs(a - b) < 1e-4 for a, b in itertools.combinations(finished, 2))


@given(configs(), seeds, batches, beams)
def test_the_cache_gives_the_search_of_computing_everything_again(config, seed, rows, beam):
    model, src = make_model(config, seed), padded(rows)
    cached = list(beam_search(model, src, beam, max_new_tokens=LIMIT))
    again = list(beam_search(model, src, beam, max_new_tokens=LIMIT, use_cache=False))
    if too_close(cached):
        return
    assert len(cached) == len(again)
    for a, b in zip(cached, again, strict=True):
        torch.testing.assert_close(a.log_probabilities, b.log_probabilities, atol=1e-4, rtol=0)
        for name in ("alive", "finished", "answer", "done"):
            assert torch.equal(getattr(a, name), getattr(b, name)), name
        listed = a.alive | a.finished
        assert torch.equal(a.newest[listed], b.newest[listed])
        assert torch.equal(a.parents[listed], b.parents[listed])


@given(configs(), seeds, batches, st.floats(0, 2))
def test_a_beam_of_width_1_is_greedy(config, seed, rows, penalty):
    model, src = make_model(config, seed), padded(rows)
    steps = list(decode(model, src, max_new_tokens=LIMIT))
    if any((step.logits.topk(2).values.diff().abs() < 1e-5).any() for step in steps):
        return
    *_, last = beam_search(model, src, Beam(1, penalty), max_new_tokens=LIMIT)
    assert torch.equal(last.answer, steps[-1].tokens)


@given(configs(), seeds, batches, beams)
def test_each_step_lists_the_best_continuations_of_what_is_alive(config, seed, rows, beam):
    model, src = make_model(config, seed), padded(rows)
    before, finished = None, torch.zeros(len(rows), dtype=torch.long)
    for number, step in enumerate(beam_search(model, src, beam, max_new_tokens=LIMIT)):
        assert step.step == number
        torch.testing.assert_close(step.scores, step.log_probabilities / beam.divisor(number + 1))
        assert not (step.alive & step.finished).any()
        assert torch.equal(step.finished, step.finished & (step.newest == EOS))
        finished += step.finished.sum(-1)
        assert (step.alive.sum(-1) + finished <= beam.width).all()
        for row, place in itertools.product(range(len(rows)), range(beam.width)):
            total = step.log_probabilities[row, place].item()
            if math.isinf(total):
                continue
            tokens = step.tokens[row, place].tolist()
            assert tokens[-1] == step.newest[row, place]
            if before is not None:
                parent = step.parents[row, place]
                assert before.alive[row, parent], "only what is alive is continued"
                assert tokens[:-1] == before.tokens[row, parent].tolist()
        before = step
    assert before is not None
    for row, source in enumerate(src.tolist()):
        if before.answer_score[row] > -math.inf:
            tokens = written(before.answer[row])
            expected = log_probability(model, source, tokens) / beam.divisor(len(tokens))
            assert before.answer_score[row].item() == pytest.approx(expected, abs=1e-4)


def tiny_model(seed, words=2):
    """A model of so few words that all answers can be tried."""
    model = make_model(small_config(trg_vocab_size=3 + words, num_layers=1), seed)
    with torch.no_grad():  # sharper than at random, so that sequences differ
        model.decoder.fc_out.weight.mul_(3)
    return model


def best_of_all(model, source, penalty, limit):
    """The highest score of any finished answer, by trying them all."""
    others = [token for token in range(model.config.trg_vocab_size) if token != EOS]
    answers = [[*start, EOS] for length in range(limit) for start in itertools.product(others, repeat=length)]
    scored = [(log_probability(model, source, a) / Beam(1, penalty).divisor(len(a)), a) for a in answers]
    return max(scored)[0]


@settings(max_examples=15)
@given(seeds, st.sampled_from([0.0, 0.6, 1.0, 3.0]), digits)
def test_a_beam_as_wide_as_all_sequences_finds_the_best_of_all_answers(seed, penalty, source):
    model, src, limit = tiny_model(seed), padded([source]), 3
    width = model.config.trg_vocab_size**limit
    *_, last = beam_search(model, src, Beam(width, penalty), max_new_tokens=limit)
    best = best_of_all(model, src[0].tolist(), penalty, limit)
    found = written(last.answer[0])
    score = log_probability(model, src[0].tolist(), found) / Beam(width, penalty).divisor(len(found))
    assert score == pytest.approx(best, abs=1e-4)
    assert last.answer_score[0].item() == pytest.approx(best, abs=1e-4)


def test_a_narrow_beam_may_lose_even_to_greedy():
    model, src = markov_model(ASTRAY), padded([[3]])

    def found(width):
        *_, last = beam_search(model, src, Beam(width, 0.0), max_new_tokens=LIMIT)
        return written(last.answer[0]), math.exp(last.answer_score[0].item())

    assert greedy(model, src)[0, 1:].tolist() == [A, EOS]
    assert found(1) == ([A, EOS], pytest.approx(0.168, abs=1e-3))
    answer, probability = found(2)
    assert answer[0] == B
    assert probability == pytest.approx(0.0936, abs=1e-4)
    assert found(3) == ([A, EOS], pytest.approx(0.168, abs=1e-3))


def test_the_length_penalty_decides_between_short_and_long_answers():
    growing = {
        SOS: {EOS: 0.3, A: 0.7},
        A: {B: 0.7, EOS: 0.3},
        B: {X: 0.75, EOS: 0.25},
        X: {Y: 0.75, EOS: 0.25},
        Y: {EOS: 1.0},
    }
    model, src = markov_model(growing), padded([[3]])
    lengths = []
    for penalty in (0.0, 0.5, 1.0, 2.0):
        *_, last = beam_search(model, src, Beam(5, penalty), max_new_tokens=LIMIT)
        lengths.append(len(written(last.answer[0])))
    assert lengths[0] == 1
    assert lengths[-1] == 5
    assert lengths == sorted(lengths)


@given(configs(), seeds, st.lists(digits, min_size=2, max_size=3), beams)
def test_each_source_of_a_batch_is_searched_as_if_alone(config, seed, rows, beam):
    model = make_model(config, seed)
    together = list(beam_search(model, padded(rows), beam, max_new_tokens=LIMIT))
    for i, row in enumerate(rows):
        alone = list(beam_search(model, padded([row]), beam, max_new_tokens=LIMIT))
        if too_close(alone):
            continue
        for a, b in zip(together, alone, strict=False):
            assert torch.equal(a.answer[i], b.answer[0])
            assert torch.equal(a.alive[i], b.alive[0])
            assert torch.equal(a.done[i], b.done[0])
        assert alone[-1].done.all() or len(alone) == LIMIT
        after = together[-1].answer[i, alone[-1].answer.size(1) :]
        assert (after == PAD).all(), "once done an answer stays"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"width": 0}, "width = 0"),
        ({"length_penalty": -0.1}, "length_penalty = -0.1"),
        ({"length_penalty": math.nan}, "length_penalty = nan"),
    ],
)
def test_values_that_say_nothing_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        Beam(**values)


def test_the_limit_is_at_most_what_the_model_has_positions_for():
    model = make_model(small_config())
    with torch.no_grad():
        model.decoder.fc_out.bias[EOS] = -math.inf
    steps = list(beam_search(model, padded([[3]]), Beam(2), max_new_tokens=1000))
    assert len(steps) == within_limits(model, 1000) == 24
    assert steps[-1].answer_score.tolist() == [-math.inf]
    assert torch.equal(steps[-1].answer, steps[-1].tokens[:, 0])
    with pytest.raises(InputError, match="max_new_tokens = 0"):
        next(beam_search(model, padded([[3]]), max_new_tokens=0))
