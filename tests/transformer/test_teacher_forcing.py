"""The mean of the losses by position is the training loss; no mask can replace the shift."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import configs, digits, make_model, padded, seeds, small_config
from transformer import PAD, shipped_checkpoint
from transformer.decoding.loop import decode
from transformer.experiments.teacher_forcing import strictly_causal_mask, teacher_forced, unshifted
from transformer.learning.steps import token_loss
from transformer.tasks import Batch

pairs = st.lists(st.tuples(digits, digits), min_size=1, max_size=4)


def batch_of(rows):
    return Batch(padded([src for src, _ in rows]), padded([trg for _, trg in rows]))


@given(configs(), seeds, pairs)
def test_the_mean_of_the_losses_is_the_loss_that_training_minimises(config, seed, rows):
    model, batch = make_model(config, seed), batch_of(rows)
    forced = teacher_forced(model, batch)
    with torch.inference_mode():
        expected = token_loss(model(batch.src, batch.trg_input), batch).item()
    assert forced.loss == pytest.approx(expected, abs=1e-5)
    mean = forced.losses[batch.trg_target != PAD].mean().item()
    assert mean == pytest.approx(expected, abs=1e-5)
    assert not forced.losses[batch.trg_target == PAD].any()


@given(configs(), seeds, pairs)
def test_each_loss_is_minus_the_logarithm_of_the_targets_probability(config, seed, rows):
    forced = teacher_forced(make_model(config, seed), batch_of(rows))
    chosen = forced.probabilities.gather(-1, forced.trg_target[..., None])[..., 0]
    torch.testing.assert_close(forced.losses[forced.real], -chosen.log()[forced.real], atol=1e-4, rtol=1e-4)


@given(configs(), seeds, pairs, st.integers(0, 8), st.integers(1, 12))
def test_a_fed_token_is_read_from_its_position_on(config, seed, rows, position, token):
    model, batch = make_model(config, seed), batch_of(rows)
    position %= batch.trg_input.size(1)
    plain, fed = teacher_forced(model, batch), teacher_forced(model, batch, {position: token})
    assert (fed.trg_input[:, position] == token).all()
    assert torch.equal(fed.trg_target, plain.trg_target)
    torch.testing.assert_close(fed.logits[:, :position], plain.logits[:, :position], atol=1e-5, rtol=0)
    same = plain.trg_input[:, position] == token
    moved = (fed.logits[:, position] - plain.logits[:, position]).abs().amax(-1) > 0
    assert torch.equal(moved, ~same)


@given(configs(), seeds, digits)
def test_fed_what_the_model_wrote_itself_it_predicts_just_that(config, seed, row):
    model, src = make_model(config, seed), padded([row])
    with torch.no_grad():
        model.decoder.fc_out.bias[PAD] = -100.0  # a PAD that is fed would be masked; written, it is a word
    steps = list(decode(model, src, max_new_tokens=8))
    forced = teacher_forced(model, Batch(src, steps[-1].tokens))
    for position, step in enumerate(steps):
        torch.testing.assert_close(forced.logits[:, position], step.logits, atol=1e-5, rtol=0)


def test_a_strictly_causal_mask_hides_the_token_itself():
    mask = strictly_causal_mask(4)[0, 0]
    assert not mask.diagonal().any()
    assert torch.equal(mask, torch.ones(4, 4).tril(-1).bool())


@given(configs(), seeds, pairs)
def test_without_the_shift_the_answer_gets_through_whatever_the_mask(config, seed, rows):
    batch = batch_of(rows)
    found = unshifted(make_model(config, seed), batch)
    real = batch.trg_target != PAD
    assert (found.leak[real] > 0).all()
    assert not found.leak[~real].any()


def test_in_a_pass_as_in_training_the_answer_does_not_get_through():
    """The counterpart: with the shift, a target's exchange changes nothing at its position."""
    model, batch = make_model(small_config()), batch_of([([3, 4, 5], [3, 4, 5])])
    plain = teacher_forced(model, batch)
    for position in range(batch.trg_input.size(1) - 1):
        fed = teacher_forced(model, batch, {position + 1: 9})
        torch.testing.assert_close(fed.logits[:, position], plain.logits[:, position], atol=1e-6, rtol=0)


def test_the_shipped_model_is_at_a_loss_without_the_shift():
    checkpoint = shipped_checkpoint("sort")
    src = torch.tensor([checkpoint.task.encode("5 3 9 1 1")])
    batch = Batch(src, torch.tensor([checkpoint.task.answer(src[0].tolist())]))
    assert unshifted(checkpoint.model, batch).forced.loss > 100 * teacher_forced(checkpoint.model, batch).loss
