import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import configs, make_model, seeds, small_config
from transformer import PAD, TASKS, InputError, shipped_checkpoint
from transformer.experiments.position_interventions import (
    CHANGE_KINDS,
    SIDES,
    CodeChange,
    altered,
    by_length,
    held_out,
    survey,
)
from transformer.learning.steps import exact_match
from transformer.limits import MAX_SHUFFLED
from transformer.model.positional import sinusoidal_encoding
from transformer.tasks import is_held_out

CODES = sinusoidal_encoding(24, 6).unsqueeze(0)


def test_each_change_does_to_the_codes_what_its_name_says():
    assert torch.equal(CodeChange("own").apply(CODES), CODES)
    assert not CodeChange("zero").apply(CODES).any()
    assert torch.equal(CodeChange("scale", amount=3).apply(CODES), 3 * CODES)
    assert torch.equal(CodeChange("shift", amount=2).apply(CODES)[:, :5], CODES[:, 2:7])
    swapped = CodeChange("swap", pair=(1, 4)).apply(CODES)
    assert torch.equal(swapped[:, [4, 1]], CODES[:, [1, 4]])
    assert torch.equal(swapped[:, [0, 2, 3, 5]], CODES[:, [0, 2, 3, 5]])


@given(seeds)
def test_shuffling_gives_the_positions_within_reach_each_others_codes_the_same_for_a_seed(seed):
    shuffled = CodeChange("shuffle", seed=seed).apply(CODES)
    assert torch.equal(shuffled, CodeChange("shuffle", seed=seed).apply(CODES))
    assert torch.equal(shuffled[:, MAX_SHUFFLED:], CODES[:, MAX_SHUFFLED:])
    assert torch.equal(shuffled[0].sort(dim=0).values, CODES[0].sort(dim=0).values)


def test_noise_has_the_size_asked_for():
    difference = CodeChange("noise", amount=0.5).apply(CODES) - CODES
    assert difference.std().item() == pytest.approx(0.5, rel=0.2)


@torch.inference_mode()
@given(configs(), st.sampled_from(CHANGE_KINDS), st.sampled_from(SIDES))
def test_the_model_itself_is_left_alone_and_only_the_side_asked_for_is_changed(config, kind, side):
    model = make_model(config)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    other = altered(model, CodeChange(kind, side, amount=2.0))
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    for stack in {"encoder", "decoder"} - ({side} if side != "both" else {"encoder", "decoder"}):
        assert torch.equal(getattr(other, stack).position.pe, getattr(model, stack).position.pe)
    assert torch.equal(model.encoder.embed.weight, other.encoder.embed.weight)


@torch.inference_mode()
@pytest.mark.parametrize("positions", ["sinusoidal", "learned", "rotary", "alibi"])
def test_without_its_positions_a_models_encoder_sees_no_order(positions):
    model = altered(make_model(small_config(positions=positions)), CodeChange("zero"))
    src, shuffled = torch.tensor([[1, 5, 6, 7, 2]]), torch.tensor([[2, 7, 5, 1, 6]])
    assert (model(src, src) - model(shuffled, src)).abs().max() < 1e-5


def test_held_out_inputs_are_as_many_as_asked_for_and_different_and_held_out():
    batch = held_out(TASKS["sort"], 500)
    sources = batch.src[:, 1:].masked_fill(batch.src[:, 1:] == 2, PAD)  # without SOS and EOS
    assert len(sources.unique(dim=0)) == 500
    assert is_held_out(sources.numpy()).all()


def test_reversing_needs_the_codes_and_sorting_does_better_without():
    batches = {task: held_out(TASKS[task], 60) for task in ("sort", "reverse")}
    changes = [CodeChange(), CodeChange("shuffle", "encoder")]
    (_, sort), (whole, shuffled) = (
        survey(shipped_checkpoint(task).model, batch, changes) for task, batch in batches.items()
    )
    assert whole == 1
    assert shuffled < 0.2
    assert sort > shuffled


def test_lengths_are_measured_one_by_one_up_to_what_the_model_has_room_for():
    model, task = make_model(small_config(max_len=10)), TASKS["sort"]
    assert list(by_length(model, task, [1, 8], 3)) == [0, 0]
    with pytest.raises(InputError, match="at most 10"):
        list(by_length(model, task, [9], 3))


def test_changing_nothing_measures_what_the_model_itself_measures():
    checkpoint = shipped_checkpoint("copy")
    batch = held_out(checkpoint.task, 20)
    assert list(survey(checkpoint.model, batch, [CodeChange()])) == [exact_match(checkpoint.model, batch)]
