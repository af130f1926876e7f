"""Each deliberate mistake does what its name says, and only that; tools handle such models correctly."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import (
    configs,
    digits,
    example_pair,
    make_model,
    padded,
    seeds,
    small_config,
)
from transformer import EOS, PAD, SOS, InputError, Trace, Transformer, TransformerConfig
from transformer.decoding.folded import FoldedDecoder, fast_stepper
from transformer.decoding.loop import decode, greedy
from transformer.decoding.stepper import CachedDecoder, RecomputingDecoder, readable_stepper
from transformer.experiments.mask_interventions import Intervention, Site, make_mask, own_mask, run
from transformer.learning.checkpoint import read_checkpoint, save_checkpoint
from transformer.learning.runs import Run
from transformer.learning.steps import TrainConfig, Training, train
from transformer.model.config import Mistake
from transformer.model.faulty_models import (
    MODELS,
    InvertedMask,
    NoCausalMask,
    NoPaddingMask,
    TinyFill,
)
from transformer.model.masks import causal_mask
from transformer.publish import command
from transformer.tasks import Batch, make_batch, task_named
from transformer.train import main

MISTAKES = [mistake for mistake in get_args(Mistake) if mistake != "none"]
SEES_AHEAD = [mistake for mistake in MISTAKES if not MODELS[mistake].is_causal]
LIMIT = 7


def make(mistake, seed=0, **values):
    return make_model(small_config(mistake=mistake, **values), seed)


def moved(model, src, trg, changed_src, changed_trg):
    """How much each position's logits change with other tokens under the masks of the first: [B, L]."""
    masks = model.make_src_mask(src), model.make_trg_mask(trg)
    with torch.no_grad():
        difference = model(src, trg, *masks) - model(changed_src, changed_trg, *masks)
    return difference.abs().amax(dim=-1)


# --- each differs in the stated place ---------------------------------------------------------------------


def test_every_mistake_has_a_model():
    assert set(MODELS) == set(get_args(Mistake))
    assert {type(make(mistake)) for mistake in MISTAKES} == {
        NoCausalMask, NoPaddingMask, InvertedMask, TinyFill
    }  # fmt: skip
    assert type(make("none")) is Transformer


def test_an_unknown_mistake_is_refused():
    with pytest.raises(InputError, match="mistake = 'no_sleep'"):
        TransformerConfig(mistake="no_sleep")


@given(configs(), seeds, st.sampled_from(MISTAKES))
def test_the_same_seed_gives_the_weights_of_the_right_model(config, seed, mistake):
    right, wrong = make_model(config, seed), make_model(replace(config, mistake=mistake), seed)
    weights = wrong.state_dict()
    assert list(weights) == list(right.state_dict())
    assert all(torch.equal(weights[name], weight) for name, weight in right.state_dict().items())


@given(configs(), seeds, st.sampled_from(MISTAKES))
def test_with_the_right_masks_and_fill_each_is_the_right_model(config, seed, mistake):
    """So each is wrong in its masks or its fill value, and nowhere else."""
    right, wrong = make_model(config, seed), make_model(replace(config, mistake=mistake), seed)
    src, trg = example_pair()
    masks = right.make_src_mask(src), right.make_trg_mask(trg)
    if mistake == "tiny_fill":  # nothing to fill, no fill value
        masks = tuple(torch.ones_like(mask) for mask in masks)
    with torch.no_grad():
        torch.testing.assert_close(wrong(src, trg, *masks), right(src, trg, *masks), atol=1e-5, rtol=0)


@pytest.mark.parametrize("mistake", get_args(Mistake))
def test_a_later_token_is_noticed_earlier_exactly_where_the_mistake_says_so(mistake):
    model, (src, trg) = make(mistake), example_pair()
    changed = trg.clone()
    changed[0, 3] = 7
    noticed = moved(model, src, trg, src, changed)[0, :3]
    assert (noticed > 1e-6).all() if mistake in SEES_AHEAD else (noticed == 0).all()


@pytest.mark.parametrize("mistake", get_args(Mistake))
def test_padding_is_noticed_exactly_where_the_mistake_says_so(mistake):
    model, (src, trg) = make(mistake), example_pair()
    changed = src.clone()
    changed[1, -1] = 7
    assert src[1, -1] == PAD
    noticed = moved(model, src, trg, changed, trg)[1]
    if mistake in ("none", "no_causal_mask"):
        assert (noticed == 0).all()
    else:
        assert (noticed > 1e-6).all()


def test_without_padding_masks_the_answer_depends_on_how_far_a_row_is_filled_up():
    trg = torch.tensor([[SOS, 5]])
    short, long = padded([[5, 6]]), torch.tensor([[SOS, 5, 6, EOS, PAD, PAD]])
    with torch.no_grad():
        right, wrong = (
            [model(src, trg) for src in (short, long)] for model in map(make, ("none", "no_padding_mask"))
        )
    torch.testing.assert_close(*right, atol=1e-6, rtol=0)
    assert (wrong[0] - wrong[1]).abs().max() > 1e-3


def test_the_inverted_masks_are_the_right_ones_the_other_way_round():
    right, wrong, (src, trg) = make("none"), make("inverted_mask"), example_pair()
    assert torch.equal(wrong.make_src_mask(src), ~right.make_src_mask(src))
    assert torch.equal(wrong.make_trg_mask(trg), ~right.make_trg_mask(trg))


def test_with_inverted_masks_and_nothing_padded_the_source_is_not_read_and_nothing_is_nan():
    model, trg = make("inverted_mask"), torch.tensor([[SOS, 5, 6]])
    with torch.no_grad():
        first, second = (model(padded([row]), trg) for row in ([3, 4], [11, 12]))
    assert first.isfinite().all()
    torch.testing.assert_close(first, second, atol=0, rtol=0)


def test_a_score_filled_with_1e_20_gets_the_weight_of_a_score_of_0():
    model, (src, trg), trace = make("tiny_fill"), example_pair(), Trace()
    with torch.no_grad():
        model(src, trg, trace=trace)
    for place in ("encoder.0.self_attention", "decoder.1.self_attention", "decoder.1.cross_attention"):
        step = trace.at(place)
        forbidden = ~step["mask"].expand_as(step["energy"])
        assert (step["masked_energy"][forbidden] == 1e-20).all()
        expected = step["energy"].masked_fill(forbidden, 0.0).softmax(dim=-1)
        torch.testing.assert_close(step["weights"], expected)
        assert (step["weights"][forbidden] > 0.01).all()


# --- seen as it is ----------------------------------------------------------------------------------------


@given(configs(), seeds, st.sampled_from(MISTAKES), st.booleans())
def test_the_trace_shows_the_masks_it_made_and_the_logits_of_the_fast_paths(config, seed, mistake, padding):
    model = make_model(replace(config, mistake=mistake), seed)
    src, trg = example_pair() if padding else (padded([[3, 4]]), torch.tensor([[SOS, 3, 4]]))
    trace = Trace()
    with torch.no_grad():
        traced, fused = model(src, trg, trace=trace), model(src, trg)
    torch.testing.assert_close(fused, traced, atol=1e-5, rtol=0)
    torch.testing.assert_close(model(src, trg), traced, atol=1e-5, rtol=0)  # plain products, with gradients
    assert torch.equal(trace["encoder.0.self_attention.mask"], model.make_src_mask(src))
    assert torch.equal(trace["decoder.0.cross_attention.mask"], model.make_src_mask(src))
    assert torch.equal(trace["decoder.0.self_attention.mask"], model.make_trg_mask(trg))


@pytest.mark.parametrize("mistake", get_args(Mistake))
@pytest.mark.parametrize("attention", ["encoder", "self", "cross"])
def test_an_experiment_that_lays_the_models_own_mask_over_it_changes_nothing(mistake, attention):
    model, (src, trg) = make(mistake), example_pair()
    batch = Batch(src, torch.cat([trg, trg[:, :1] * 0 + PAD], dim=1))
    own = own_mask(model, batch, attention)
    assert own.shape == make_mask(model, batch, attention).shape
    before, after = run(model, batch), run(model, batch, Intervention(Site(attention), own))
    assert torch.equal(before["decoder.logits"], after["decoder.logits"])


# --- decoding ---------------------------------------------------------------------------------------------


def looped(model, src):
    """Greedy decoding as in the notes: the whole model on all tokens so far. Tokens and logits per step."""
    tokens, steps = torch.full((len(src), 1), SOS), []
    finished = torch.zeros(len(src), dtype=torch.bool)
    while len(steps) < LIMIT and not finished.all():
        logits = model(src, tokens)[:, -1]
        newest = logits.argmax(dim=-1).masked_fill(finished, PAD)
        finished |= newest == EOS
        tokens = torch.cat([tokens, newest[:, None]], dim=1)
        steps.append((tokens, logits))
    return steps


@torch.inference_mode()
@given(configs(), seeds, st.sampled_from(MISTAKES), st.lists(digits, min_size=1, max_size=3))
def test_decoding_is_a_loop_over_forward(config, seed, mistake, rows):
    model, src = make_model(replace(config, mistake=mistake), seed), padded(rows)
    expected = looped(model, src)
    for options in ({}, {"use_cache": False}, {"trace": True}):
        steps = list(decode(model, src, max_new_tokens=LIMIT, **options))
        for step, (tokens, logits) in zip(steps, expected, strict=False):
            torch.testing.assert_close(step.logits, logits, atol=1e-5, rtol=0)
            best = logits.topk(2).values
            if (best[:, 0] - best[:, 1]).min() < 2e-5:
                break  # too close to call
            assert torch.equal(step.tokens, tokens)
        else:
            assert len(steps) == len(expected)
            assert torch.equal(greedy(model, src, max_new_tokens=LIMIT), steps[-1].tokens)


@pytest.mark.parametrize("mistake", get_args(Mistake))
def test_a_cache_is_used_exactly_where_it_is_right(mistake):
    model, src = make(mistake), padded([[3, 4], [5]])
    sees_ahead = mistake in SEES_AHEAD
    assert type(fast_stepper(model, src, LIMIT)) is (RecomputingDecoder if sees_ahead else FoldedDecoder)
    assert type(readable_stepper(model, src)) is (RecomputingDecoder if sees_ahead else CachedDecoder)
    if sees_ahead:
        for make_stepper in (CachedDecoder, lambda *given: FoldedDecoder(*given, LIMIT)):
            with pytest.raises(InputError, match="nothing that a cache"):
                make_stepper(model, src)


@torch.inference_mode()
@pytest.mark.parametrize("mistake", SEES_AHEAD)
def test_a_cache_would_be_wrong_there(mistake, monkeypatch):
    """Why decoding recomputes: with the check out of the way, the cache gives other logits."""
    model, src = make(mistake), padded([[3, 4], [5]])
    monkeypatch.setattr(type(model), "is_causal", True)
    cached, recomputed = CachedDecoder(model, src), RecomputingDecoder(model, src)
    for newest in torch.tensor([[SOS, 5, PAD, 6, 9], [SOS, 7, PAD, 8, 3]]).T:  # one mistake reads PADs alone
        logits = cached.step(newest), recomputed.step(newest)
    assert (logits[0] - logits[1]).abs().max() > 1e-3


@torch.inference_mode()
@pytest.mark.parametrize("mistake", MISTAKES)
def test_reordered_rows_go_on_as_the_rows_they_were(mistake):
    model, src = make(mistake), padded([[3, 4, 5], [6]])
    decoder, rows = fast_stepper(model, src, LIMIT, 2), torch.tensor([1, 1, 3, 2])
    decoder.step(torch.tensor([SOS] * 4))
    decoder.step(torch.tensor([5, 6, 7, 8]))
    decoder.reorder(rows)
    logits = decoder.step(torch.tensor([7, 8, 9, 10]))
    whole = torch.tensor([[SOS, 6, 7], [SOS, 6, 8], [SOS, 8, 9], [SOS, 7, 10]])
    expected = model(src.repeat_interleave(2, dim=0), whole)[:, -1]
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=0)


# --- training and files -----------------------------------------------------------------------------------


def test_the_unshifted_target_is_given_to_the_decoder_as_it_is():
    right = make_batch(task_named("sort"), np.array([[7, 5, 3], [9, 0, 0]]))
    training = Training(small_config(), TrainConfig(batch_size=4, evaluation_size=8, shift_target=False))
    batch = training.held_out()
    assert torch.equal(batch.trg_input, batch.trg_target)
    shifted = Training(small_config(), TrainConfig(batch_size=4, evaluation_size=8)).held_out()
    assert torch.equal(batch.trg_target, shifted.trg_target)
    assert torch.equal(shifted.trg_input[:, 1:], shifted.trg_target[:, :-1])
    assert not torch.equal(right.trg_input, right.trg_target)
    with pytest.raises(InputError, match="shift_target = 'no'"):
        TrainConfig(shift_target="no")


def learned(mistake="none", **values):
    """The last record of a short training on short answers."""
    model = TransformerConfig(
        embed_dim=16, heads=2, num_layers=1, feed_forward_dim=32, max_len=24, mistake=mistake
    )
    config = TrainConfig(
        steps=250, batch_size=32, learning_rate=1e-2, warmup_steps=20, evaluate_every=250,
        evaluation_size=64, **values,
    )  # fmt: skip
    *_, last = train(Training(model, config))
    return last


@pytest.mark.parametrize("given_", [{"mistake": "no_causal_mask"}, {"shift_target": False}], ids=str)
def test_where_the_decoder_sees_its_answer_it_learns_to_look_it_up_and_cannot_write(given_):
    evaluation = learned(**given_).evaluation
    assert evaluation.token_accuracy > 0.9
    assert evaluation.exact_match < 0.1


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_checkpoint_brings_its_mistake_along(mistake, tmp_path):
    model = make(mistake)
    save_checkpoint(tmp_path / "c.safetensors", model, "sort")
    loaded = read_checkpoint((tmp_path / "c.safetensors").read_bytes()).model
    assert type(loaded) is type(model)
    src, trg = example_pair()
    with torch.no_grad():
        assert torch.equal(loaded(src, trg), model(src, trg))


def test_files_from_before_there_were_mistakes_are_those_of_right_models():
    values = TransformerConfig().to_dict()
    del values["mistake"]
    assert TransformerConfig.from_dict(values).mistake == "none"
    values = TrainConfig().to_dict()
    del values["shift_target"]
    assert TrainConfig.from_dict(values).shift_target


OPTIONS = [
    "--embed-dim=8", "--heads=2", "--num-layers=1", "--feed-forward-dim=8", "--steps=4", "--batch-size=4",
    "--evaluation-size=4", "--warmup-steps=0", "--device=cpu",
]  # fmt: skip


def test_the_training_program_takes_a_mistake_resumes_with_it_and_says_how_to_repeat_it(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("sys.stdin", None)
    given_ = [*OPTIONS, "--mistake=tiny_fill", "--no-shift-target", "--scale-embeddings"]
    for name, more in {"whole": [], "half": ["--steps=2"]}.items():
        assert main([*given_, *more, f"--runs={tmp_path}", f"--name={name}"]) == 0
    whole = Run.find(tmp_path / "whole")
    assert type(whole.checkpoint().model) is TinyFill
    training = whole.resume()
    assert isinstance(training.model, TinyFill)
    assert not training.config.shift_target
    words = command(whole).split()
    assert {"--no-shift-target", "--scale-embeddings"} < set(words)
    assert words[words.index("--mistake") + 1] == "tiny_fill"
    assert main([*words[3:], f"--runs={tmp_path}", "--name=again"]) == 0
    assert list(Run.find(tmp_path / "again").metrics())[-1]["loss"] == list(whole.metrics())[-1]["loss"]


def test_the_causal_mask_built_while_decoding_is_not_put_over_a_mistaken_one():
    model, trace = make("no_causal_mask"), None
    for step in decode(model, padded([[3, 4, 5]]), max_new_tokens=4, trace=True):
        trace = step.trace
    mask = trace["decoder.0.self_attention.mask"]
    assert mask.shape[-2] == 1  # one row for all queries
    assert not torch.equal(mask.expand(-1, -1, 4, 4), causal_mask(4))
