"""One rule for PAD: a model's `src_pad_idx` and `trg_pad_idx` are masked as keys everywhere."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import configs, digits, make_model, padded, seeds, small_config
from transformer import EOS, PAD, SOS, Beam, InputError, Sampling, TransformerConfig
from transformer.decoding.beam import beam_search
from transformer.decoding.folded import FoldedDecoder, fast_stepper
from transformer.decoding.loop import decode, greedy
from transformer.decoding.stepper import CachedDecoder, RecomputingDecoder
from transformer.experiments.columns_or_rows import columns_or_rows
from transformer.experiments.leak_probe import probes
from transformer.experiments.mask_interventions import Site, make_mask
from transformer.experiments.symptoms import exact_match_alone, exact_match_filled_up
from transformer.experiments.teacher_forcing import teacher_forced, unshifted
from transformer.learning.steps import TrainConfig, Training, evaluate, exact_match, free_running
from transformer.model.places import Attention
from transformer.tasks import Batch, task_named

LIMIT = 6
pads = st.sampled_from([0, 1, 3, 12])


def refilled(rows, pad):
    """A batch that is filled up with another id than 0."""
    tokens = padded(rows)
    return tokens.masked_fill(tokens == PAD, pad)


@torch.inference_mode()
@given(
    configs(), seeds, st.lists(digits, min_size=1, max_size=3), pads, st.lists(st.integers(0, 12), max_size=5)
)
def test_forward_recomputing_and_cache_agree_on_any_tokens_padding_among_them(config, seed, rows, pad, later):
    config = TransformerConfig(**config.to_dict() | {"trg_pad_idx": pad})
    model, src = make_model(config, seed), padded(rows)
    tokens = torch.tensor([[SOS, *later, pad, 5, PAD]]).expand(len(src), -1)
    whole = model(src, tokens)
    for decoder in (
        fast_stepper(model, src, tokens.size(1)), CachedDecoder(model, src), RecomputingDecoder(model, src)
    ):  # fmt: skip
        logits = torch.stack([decoder.step(tokens[:, i]) for i in range(tokens.size(1))], dim=1)
        torch.testing.assert_close(logits, whole, atol=1e-5, rtol=0)


@given(seeds, st.lists(digits, min_size=1, max_size=3), pads, st.booleans())
def test_teacher_forcing_says_what_the_walk_says_for_the_tokens_it_wrote(seed, rows, pad, use_cache):
    model, src = make_model(small_config(trg_pad_idx=pad), seed), padded(rows)
    forced = {0: pad, 2: pad}
    steps = list(decode(model, src, max_new_tokens=LIMIT, forced=forced, use_cache=use_cache))
    walked = torch.stack([step.probabilities for step in steps], dim=1)
    taught = teacher_forced(model, Batch(src, steps[-1].tokens)).probabilities
    torch.testing.assert_close(walked, taught, atol=1e-5, rtol=0)


@given(seeds, st.integers(1, 4))
def test_beam_search_from_the_cache_is_that_of_computing_again_when_it_writes_padding(seed, width):
    model, src = make_model(small_config(trg_pad_idx=5), seed), padded([[3, 4], [6]])
    with torch.no_grad():
        model.decoder.fc_out.bias[5] += 2  # padding is a likely continuation
    runs = [
        list(beam_search(model, src, Beam(width), max_new_tokens=LIMIT, use_cache=use_cache))
        for use_cache in (True, False)
    ]
    for a, b in zip(*runs, strict=True):
        torch.testing.assert_close(a.log_probabilities, b.log_probabilities, atol=1e-4, rtol=0)


def test_a_first_token_that_is_masked_is_refused_by_the_folded_decoder():
    model, src = make_model(small_config()), padded([[3]])
    with pytest.raises(InputError, match="first token is PAD"):
        FoldedDecoder(model, src, 4).step(torch.tensor([PAD]))


@given(seeds, st.lists(digits, min_size=2, max_size=3), st.sampled_from([0, 3, 12]), st.integers(1, 4))
def test_padding_a_source_with_the_models_own_pad_changes_no_sample(seed, rows, pad, more):
    rows = [[token if token != pad else 4 for token in row] for row in rows]
    model, src = make_model(small_config(src_pad_idx=pad), seed), refilled(rows, pad)
    wider = F.pad(src, (0, more), value=pad)
    a, b = (
        list(decode(model, x, max_new_tokens=LIMIT, sampling=Sampling(2.0, seed=3)))[-1].tokens
        for x in (src, wider)
    )
    assert torch.equal(a, b)


@pytest.mark.parametrize("pad", [0, 3, 12])
def test_what_follows_eos_is_the_models_own_pad(pad):
    model, src = make_model(small_config(trg_pad_idx=pad)), padded([[5, 6], [7]])
    forced = {1: EOS}  # both end; a third step is never made
    assert list(decode(model, src, forced=forced, max_new_tokens=4))[-1].tokens.size(1) == 3
    with torch.no_grad():
        model.decoder.fc_out.weight.zero_()
        model.decoder.fc_out.bias.copy_(torch.arange(13) == EOS)
    batch = Batch(src, torch.tensor([[SOS, EOS, pad, pad], [SOS, EOS, pad, pad]]))
    assert torch.equal(free_running(model, batch), batch.trg)
    assert (
        exact_match(model, batch)
        == exact_match_filled_up(model, batch, 2)
        == exact_match_alone(model, batch)
        == 1
    )
    *_, last = beam_search(model, src, Beam(2), max_new_tokens=3)
    assert last.answer[:, 1:].tolist() == [[EOS, *[pad] * (last.answer.size(1) - 2)]] * 2


@pytest.mark.parametrize("pad", [0, 3, 12])
def test_loss_and_accuracy_leave_out_the_models_own_pad(pad):
    model, src = make_model(small_config(trg_pad_idx=pad)), padded([[5, 6], [7]])
    trg = refilled([[5, 6, 8], [7]], pad)
    batch, targets = Batch(src, trg), trg[:, 1:]
    forced = teacher_forced(model, batch)
    logs = forced.logits.log_softmax(-1).gather(-1, targets[..., None])[..., 0]
    expected = -logs[targets != pad].mean().item()
    assert forced.loss == pytest.approx(expected, abs=1e-6)
    assert evaluate(model, task_named("sort"), batch).loss == pytest.approx(expected, abs=1e-5)
    assert ((unshifted(model, batch).leak > 0) == (targets != pad)).all()


def test_rows_too_masks_the_rows_of_the_models_own_pads():
    model = make_model(small_config(src_pad_idx=3, trg_pad_idx=4))
    batch = Batch(refilled([[5, 6], [7]], 3), refilled([[5, 6], [7]], 4))
    for attention, queries, pad in (
        (Attention.ENCODER, batch.src, 3),
        (Attention.SELF, batch.trg_input, 4),
        (Attention.CROSS, batch.trg_input, 4),
    ):
        mask = make_mask(model, batch, attention, rows_too=True)
        assert torch.equal(mask.any(dim=-1)[:, 0], queries != pad)
        assert next(columns_or_rows(model, batch, Site(attention))).loss == pytest.approx(
            teacher_forced(model, batch).loss, abs=1e-5
        )
    assert [(probe.sentence, probe.position) for probe in probes(batch, 3) if probe.side == "source"] == [
        (1, 3)
    ]


@pytest.mark.parametrize("name", ["src_pad_idx", "trg_pad_idx"])
def test_a_task_does_not_train_a_model_that_would_mask_one_of_its_words(name):
    with pytest.raises(InputError, match=f"{name} = 12 would mask a word"):
        Training(small_config(**{name: 12}), TrainConfig(steps=1))


def test_greedy_is_decode_whatever_the_pads():
    for pad in (0, 1, 3, 12):
        model, src = make_model(small_config(trg_pad_idx=pad, src_pad_idx=pad)), refilled([[5, 6], [7]], pad)
        *_, last = decode(model, src, max_new_tokens=LIMIT)
        assert torch.equal(greedy(model, src, max_new_tokens=LIMIT), last.tokens)
