"""A model in training mode, under autocast, compiled, exported, and on empty batches."""

import pytest
import torch
from torch import nn

from tests.transformer.helpers import example_pair, make_model, padded, small_config
from transformer import Beam, InputError, Sampling, Trace
from transformer.decoding.beam import beam_search
from transformer.decoding.folded import fast_stepper
from transformer.decoding.loop import decode, greedy
from transformer.experiments.accuracy import score
from transformer.experiments.savings import time_both_ways, work_of_both_ways
from transformer.experiments.symptoms import change_by_source, exact_match_alone, share_looked_up
from transformer.learning.snapshots import probe, take_snapshot
from transformer.learning.steps import evaluate
from transformer.model.modes import evaluating
from transformer.tasks import Batch, held_out_batch, task_named

SORT = task_named("sort")
BATCH = held_out_batch(SORT, 4)
USES = {
    "decode": lambda model: list(decode(model, BATCH.src, max_new_tokens=3)),
    "sample": lambda model: list(decode(model, BATCH.src, max_new_tokens=3, sampling=Sampling())),
    "trace": lambda model: [step.logits for step in decode(model, BATCH.src, max_new_tokens=3, trace=True)],
    "greedy": lambda model: greedy(model, BATCH.src, max_new_tokens=3),
    "beam": lambda model: list(beam_search(model, BATCH.src, Beam(2), max_new_tokens=3)),
    "evaluate": lambda model: evaluate(model, SORT, BATCH),
    "snapshot": lambda model: take_snapshot(model, probe(BATCH)),
    "symptoms": lambda model: [
        f(model, BATCH) for f in (share_looked_up, change_by_source, exact_match_alone)
    ],
    "time": lambda model: [cost.tokens for cost in time_both_ways(model, BATCH.src[:1], 3)],
    "work": lambda model: list(work_of_both_ways(model, BATCH.src[:1], 3)),
}


def modes(model):
    return [module.training for module in model.modules()]


@pytest.mark.parametrize("use", USES)
def test_a_model_is_left_in_the_mode_it_was_in_and_computes_without_dropout(use):
    model = make_model(small_config(dropout=0.5)).train()
    model.encoder.layers[0].eval()  # as somebody does who trains a part of it
    before = modes(model)
    in_training = USES[use](model)
    assert modes(model) == before
    assert repr(in_training) == repr(USES[use](model.eval()))


def test_between_two_steps_the_model_is_in_its_own_mode():
    model = make_model(small_config()).train()
    for steps in (
        decode(model, BATCH.src, max_new_tokens=3),
        beam_search(model, BATCH.src, max_new_tokens=3),
    ):
        for _ in steps:
            assert all(modes(model))


def test_the_mode_comes_back_after_an_error():
    model = make_model(small_config()).train()
    with pytest.raises(InputError):
        greedy(model, BATCH.src[:0])
    assert all(modes(model))


@pytest.mark.parametrize("positions", ["sinusoidal", "rotary", "alibi"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_under_autocast_all_ways_of_decoding_work_and_read_what_forward_gives(positions, dtype):
    model, src = make_model(small_config(positions=positions)), padded([[5, 6], [7]])
    with torch.autocast("cpu", dtype=dtype), torch.inference_mode():
        tokens = greedy(model, src, max_new_tokens=5)
        *_, last = decode(model, src, max_new_tokens=5)
        assert torch.equal(tokens, last.tokens)
        assert torch.equal(last.logits, model(src, tokens[:, :-1])[:, -1])
        list(decode(model, src, max_new_tokens=5, sampling=Sampling(2.0, top_k=5, top_p=0.9)))
        list(beam_search(model, src, Beam(3), max_new_tokens=5))
    with torch.autocast("cpu", dtype=dtype):
        model.train()(src, tokens.clone()).float().square().mean().backward()
    with torch.inference_mode():
        assert fast_stepper(model.eval(), src, 5).step(src[:, 0]).dtype == torch.float32


# What one kind of positions needs: the codes, the turns and the biases.
@pytest.mark.parametrize(
    ("positions", "norm", "training"),
    [
        ("rotary", "pre", False),
        pytest.param("sinusoidal", "post", True, marks=pytest.mark.slow),
        pytest.param("alibi", "post", True, marks=pytest.mark.slow),
    ],
)
def test_the_model_is_exported_for_any_batch_and_length_and_compiled_whole(positions, norm, training):
    model = make_model(small_config(positions=positions, norm=norm)).train(training)
    src, trg = (tokens.contiguous() for tokens in example_pair())  # strides are part of a program, too
    src[1] = 0  # rows that are masked throughout: no branch may depend on whether there are any
    batch, rows, columns = (torch.export.Dim(name, min=2, max=24) for name in ("batch", "rows", "columns"))
    shapes = {"src": {0: batch, 1: columns}, "trg": {0: batch, 1: rows}}
    exported = torch.export.export(model, (src, trg), dynamic_shapes=shapes, strict=False).module()
    compiled = torch.compile(model, fullgraph=True, backend="eager")
    for run in (exported, compiled):
        torch.testing.assert_close(run(src, trg), model(src, trg), atol=1e-5, rtol=0)
    wider, longer = padded([[3] * 9, [4, 5]]), padded([[6] * 7, [8]])
    torch.testing.assert_close(exported(wider, longer), model(wider, longer), atol=1e-5, rtol=0)


@pytest.mark.parametrize("shape", [(0, 4), (2, 0), (0, 0), (4,), (2, 2, 2)])
def test_tokens_of_no_batch_are_refused(shape):
    model, wrong, right = make_model(small_config()), torch.ones(shape, dtype=torch.int64), padded([[3], [4]])
    calls = [
        lambda: model(right, wrong),
        lambda: model(wrong, right, torch.ones(1, 1, 1, 1).bool()),
        lambda: model.encode(wrong, torch.ones(1, 1, 1, 1).bool(), trace=Trace()),
    ]
    if len(shape) == 2:
        calls += [
            lambda: model(wrong, right),
            lambda: greedy(model, wrong),
            lambda: next(decode(model, wrong)),
            lambda: next(decode(model, wrong, sampling=Sampling())),
            lambda: next(decode(model, wrong, trace=True)),
            lambda: next(beam_search(model, wrong)),
        ]
    for call in calls:
        with pytest.raises(InputError, match="at least one sequence"):
            call()


def test_tokens_that_are_no_ids_and_batches_with_nothing_to_measure_are_refused():
    model, src = make_model(small_config()), padded([[3], [4]])
    for wrong in (src.float(), src.bool()):
        with pytest.raises(InputError, match="Tokens are ids"):
            model(wrong, src)
        with pytest.raises(InputError, match="Tokens are ids"):
            model(src, wrong)
    with pytest.raises(InputError, match="nothing to measure"):
        evaluate(model, SORT, Batch(src, torch.zeros_like(src)))
    with pytest.raises(InputError, match="no answer"):
        score([])


def test_evaluating_leaves_a_model_that_evaluates_alone():
    model = nn.Sequential(nn.Dropout()).eval()
    with evaluating(model):
        assert not model[0].training
    assert not model.training
