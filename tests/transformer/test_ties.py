"""Among equally probable tokens every way of decoding takes the one with the lowest id."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import configs, digits, make_model, padded, seeds, small_config
from transformer import Beam, InputError, Sampling, shipped_checkpoint
from transformer.decode import main
from transformer.decoding.beam import beam_search
from transformer.decoding.loop import decode, greedy
from transformer.decoding.sampling import candidates, draw
from transformer.decoding.ties import best
from transformer.learning.checkpoint import save_checkpoint
from ui.frames.candidates import SHOWN, _shown

LIMIT = 6
few_values = st.sampled_from([-math.inf, -1.0, 0.0, -0.0, 1.0, 1.0000001, 1e30, math.inf])
logit_rows = st.lists(few_values, min_size=13, max_size=13).filter(lambda row: max(row) > -math.inf)


def answering(row):
    """A model that gives these logits at every step."""
    model = make_model(small_config())
    with torch.no_grad():
        model.decoder.fc_out.weight.zero_()
        model.decoder.fc_out.bias.copy_(torch.tensor(row))
    return model


def by_every_way(model, src):
    *_, walked = decode(model, src, max_new_tokens=LIMIT)
    *_, cold = decode(model, src, max_new_tokens=LIMIT, sampling=Sampling(0))
    *_, top_1 = decode(model, src, max_new_tokens=LIMIT, sampling=Sampling(1.0, top_k=1))
    *_, top_p = decode(model, src, max_new_tokens=LIMIT, sampling=Sampling(1.0, top_p=1e-9))
    *_, beam = beam_search(model, src, Beam(1), max_new_tokens=LIMIT)
    return [x.tolist() for x in (walked.tokens, cold.tokens, top_1.tokens, top_p.tokens, beam.answer)]


@given(logit_rows, st.integers(1, 13))
def test_lists_of_the_best_begin_with_what_argmax_takes_and_go_on_by_id(row, count):
    values = torch.tensor(row)
    listed = best(values, count)
    assert listed[0][0] == int(values.argmax())
    assert [value for _, value in listed] == values.sort(descending=True).values[:count].tolist()
    assert all(one < other for (one, x), (other, y) in pairwise(listed) if x == y)
    assert best(values, 99) == best(values, 13)


def test_candidates_of_equal_logits_are_listed_by_id_wherever_they_are_listed(tmp_path, capsys):
    flat = replace(shipped_checkpoint("sort"), model=answering([0.0] * 13))
    *_, step = decode(flat.model, torch.tensor([[1, 8, 2]]), max_new_tokens=1)
    assert _shown(step.logits[0], chosen=0) == list(range(SHOWN))
    save_checkpoint(tmp_path / "flat.safetensors", flat.model, "sort")
    assert main(["--checkpoint", str(tmp_path / "flat.safetensors"), "5 3", "--steps"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "step 0: PAD 0.0769  SOS 0.0769  EOS 0.0769  0 0.0769  1 0.0769"


@given(logit_rows)
def test_equal_and_infinite_logits_are_decided_alike_in_every_way(row):
    model, src = answering(row), padded([[3, 4]])
    expected = greedy(model, src, max_new_tokens=LIMIT).tolist()
    assert expected[0][1] == row.index(max(row))
    assert by_every_way(model, src) == [expected] * 5


@given(configs(), seeds, st.lists(digits, min_size=1, max_size=3))
def test_one_beam_is_greedy_exactly(config, seed, rows):
    model, src = make_model(config, seed), padded(rows)
    with torch.no_grad():  # in pairs, equal logits for all that is read
        model.decoder.fc_out.weight[3::2] = model.decoder.fc_out.weight[4::2]
        model.decoder.fc_out.bias[3::2] = model.decoder.fc_out.bias[4::2]
    *_, beam = beam_search(model, src, Beam(1), max_new_tokens=LIMIT)
    assert torch.equal(beam.answer, greedy(model, src, max_new_tokens=LIMIT)[:, : beam.answer.size(1)])


@pytest.mark.parametrize("width", [2, 3, 5, 8])
def test_a_beam_lists_equal_continuations_by_parent_and_id(width):
    model, src = answering([0.0] * 13), padded([[3, 4], [5]])
    first, second = list(beam_search(model, src, Beam(width), max_new_tokens=2))[:2]
    listed = first.log_probabilities > -math.inf  # with eight, more are listed than there are words
    assert first.newest[listed].tolist() == list(range(min(2 * width, 13))) * 2
    assert second.parents.tolist()[0] == sorted(second.parents.tolist()[0])
    assert torch.equal(first.tokens[0], first.tokens[1])


@given(st.integers(1, 60), st.data())
def test_top_p_over_equal_logits_keeps_the_first_k_of_n_at_p_of_k_over_n(n, data):
    k = data.draw(st.integers(1, n))
    kept = candidates(torch.zeros(1, n), Sampling(top_p=k / n)).kept[0]
    assert kept.tolist() == [True] * k + [False] * (n - k)


def test_top_p_is_exact_over_large_vocabularies_too():
    for n, k in ((1000, 600), (4096, 1), (4096, 2048), (4096, 4095)):
        assert int(candidates(torch.full((1, n), -7.3), Sampling(top_p=k / n)).kept.sum()) == k
    assert int(candidates(torch.zeros(1, 10), Sampling(top_p=0.6)).kept.sum()) == 6


@given(logit_rows, st.integers(1, 13), st.sampled_from([0.01, 0.5, 1.0, 100.0]))
def test_top_k_keeps_the_k_best_of_equals_the_first(row, k, temperature):
    kept = candidates(torch.tensor([row]), Sampling(temperature, top_k=k)).kept[0]
    best_first = sorted(range(13), key=lambda token: (-row[token], token))
    assert kept.nonzero().flatten().tolist() == sorted(best_first[:k])


@given(logit_rows, st.sampled_from([0.0, 0.01, 1.0, 100.0]))
def test_probabilities_are_probabilities_even_of_infinite_logits(row, temperature):
    found = candidates(torch.tensor([row]), Sampling(temperature)).probabilities[0]
    assert found.sum().item() == pytest.approx(1)
    if max(row) == math.inf:
        assert (found[torch.tensor(row) != math.inf] == 0).all()
    assert found[int(draw(found[None], torch.tensor([0.999999])))] > 0


def test_at_temperature_0_even_a_damaged_models_nan_is_chosen_as_greedy_does():
    logits = torch.tensor([[0.0, math.nan, 1.0, math.nan]])
    chosen = draw(candidates(logits, Sampling(0)).probabilities, torch.tensor([0.9]))
    assert chosen.tolist() == logits.argmax(dim=-1).tolist() == [1]


@pytest.mark.parametrize("value", [math.nan, 2.5, -1, "3", None, True, math.inf])
def test_what_is_no_whole_number_is_refused(value):
    model, src = make_model(small_config()), padded([[3]])
    calls = [
        lambda: Sampling(top_k=value),
        lambda: Sampling(seed=value),
        lambda: Beam(width=value),
        lambda: next(decode(model, src, max_new_tokens=value)),
        lambda: greedy(model, src, max_new_tokens=value),
        lambda: next(beam_search(model, src, max_new_tokens=value)),
        lambda: next(decode(model, src, forced={0: value})),
    ]
    for call in calls:
        with pytest.raises(InputError):
            call()


@pytest.mark.parametrize("value", [math.nan, "1", None, True, -1, math.inf])
def test_what_is_no_number_is_refused(value):
    for call in (
        lambda: Sampling(temperature=value),
        lambda: Beam(length_penalty=value),
        lambda: Sampling(top_p=value),
    ):
        with pytest.raises(InputError):
            call()
