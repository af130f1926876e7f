import dataclasses
import json
import math
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from transformer import EOS, PAD, SOS, TASKS, InputError, Transformer, TransformerConfig
from transformer.learning.steps import (
    TrainConfig,
    Training,
    TrainStep,
    clip_gradient,
    count_right,
    exact_match,
    learning_rate,
    token_loss,
    train,
)
from transformer.tasks import generate_batch, held_out_batch, make_batch

TINY = TransformerConfig(embed_dim=8, num_layers=1, heads=2, feed_forward_dim=16, max_len=32)


def quick(**values):
    return TrainConfig(**{"steps": 6, "batch_size": 8, "evaluation_size": 8, "warmup_steps": 2} | values)


def measured(record):
    """What does not depend on the clock."""
    return dataclasses.replace(record, tokens_per_second=0, seconds=0)


@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_the_same_seed_gives_bitwise_the_same_training(dropout):
    model = dataclasses.replace(TINY, dropout=dropout)
    first, second, other = (
        [measured(record) for record in train(Training(model, quick(evaluate_every=3, seed=seed)))]
        for seed in (1, 1, 2)
    )
    assert first == second
    assert first[0].loss != other[0].loss


def test_steps_are_numbered_and_evaluated_as_configured():
    records = list(train(Training(TINY, quick(steps=7, evaluate_every=3))))
    assert [record.step for record in records] == [1, 2, 3, 4, 5, 6, 7]
    assert [record.step for record in records if record.evaluation] == [3, 6, 7]


def test_training_is_lazy_and_leaves_off_where_its_caller_does():
    training = Training(TINY, quick())
    steps = train(training)
    assert training.step == 0
    next(steps)
    assert training.step == 1
    assert [record.step for record in train(training)] == [2, 3, 4, 5, 6]
    assert list(train(training)) == []


def test_evaluating_more_often_changes_no_step():
    model = dataclasses.replace(TINY, dropout=0.2)
    often, seldom = (list(train(Training(model, quick(evaluate_every=every)))) for every in (1, 6))
    assert [record.loss for record in often] == [record.loss for record in seldom]


def test_what_is_evaluated_is_held_out_and_measured_as_defined():
    training = Training(TINY, quick())
    training.take_step()
    evaluation, batch = training.evaluate(), training.held_out()
    assert torch.equal(batch.src, held_out_batch(TASKS["sort"], 8).src)
    with torch.no_grad():
        logits = training.model.eval()(batch.src, batch.trg_input)
    assert evaluation.loss == pytest.approx(token_loss(logits, batch).item(), abs=1e-5)
    right, count = count_right(logits, batch)
    assert evaluation.token_accuracy == right / count
    assert evaluation.exact_match == exact_match(training.model, batch)


def test_records_survive_the_way_through_json():
    for record in train(Training(TINY, quick(steps=2, evaluate_every=2))):
        assert TrainStep.from_dict(json.loads(json.dumps(record.to_dict()))) == record


def refuse(word):
    raise AssertionError(f"{word} is no JSON")


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_does_not_have_survive_it_too(number):
    record = next(iter(train(Training(TINY, quick(steps=1)))))
    lost = dataclasses.replace(record.evaluation, loss=number)
    plain = json.dumps(dataclasses.replace(record, loss=number, grad_norm=number, evaluation=lost).to_dict())
    back = TrainStep.from_dict(json.loads(plain, parse_constant=refuse))
    for value in (back.loss, back.grad_norm, back.evaluation.loss):
        assert value == number or (math.isnan(value) and math.isnan(number))
    assert (back.step, back.token_accuracy) == (record.step, record.token_accuracy)


def test_the_steps_say_how_long_they_took():
    started = time.perf_counter()
    spent = sum(record.seconds for record in train(Training(TINY, quick(steps=3))))
    assert 0 < spent <= time.perf_counter() - started


def test_a_record_says_what_the_step_did():
    training = Training(TINY, quick(batch_size=16, label_smoothing=0.1))
    batch = generate_batch(TASKS["sort"], 16, np.random.default_rng([0, 1]))
    logits = training.model(batch.src, batch.trg_input)
    loss = token_loss(logits, batch, 0.1)
    loss.backward()
    norm = math.sqrt(sum(weight.grad.square().sum().item() for weight in training.model.parameters()))
    record = training.take_step()
    assert record.loss == pytest.approx(loss.item(), abs=1e-6)
    assert record.grad_norm == pytest.approx(norm, rel=1e-4)
    right, count = count_right(logits, batch)
    assert record.token_accuracy == right / count
    assert record.learning_rate == learning_rate(training.config, 1)
    assert record.tokens_per_second > 0


def test_the_gradient_is_cut_to_its_limit_and_left_alone_at_zero():
    norms = []
    for limit in (0.01, 0.0):
        training = Training(TINY, quick(grad_clip=limit))
        record = training.take_step()
        norm = math.sqrt(sum(weight.grad.square().sum().item() for weight in training.model.parameters()))
        norms.append((norm, record.grad_norm))
    assert norms[0][0] == pytest.approx(0.01, rel=1e-3)
    assert norms[0][1] == pytest.approx(norms[1][1], rel=1e-5), "the recorded norm is that before clipping"
    assert norms[1][0] == pytest.approx(norms[1][1], rel=1e-5)


def test_a_short_training_learns():
    records = list(train(Training(TINY, quick(task="copy", steps=120, batch_size=32, learning_rate=0.02))))
    assert records[-1].loss < records[0].loss - 0.5


@given(st.integers(1, 5), st.integers(1, 6), st.sampled_from([0.0, 0.1, 0.5]), st.integers(0, 999))
def test_loss_is_that_of_the_formula_over_real_tokens_only(rows, width, smoothing, seed):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, width + 1, (rows, 1))
    sources = np.where(np.arange(width) < lengths, rng.integers(3, 13, (rows, width)), PAD)
    batch = make_batch(TASKS["copy"], sources)
    logits = torch.from_numpy(rng.normal(size=(*batch.trg_target.shape, 13)) * 3)
    total, count = 0.0, 0
    for row, targets in zip(logits.tolist(), batch.trg_target.tolist(), strict=True):
        for scores, target in zip(row, targets, strict=True):
            if target != PAD:
                log_sum = math.log(sum(map(math.exp, scores)))
                surprises = [log_sum - score for score in scores]
                total += (1 - smoothing) * surprises[target] + smoothing * sum(surprises) / 13
                count += 1
    assert token_loss(logits, batch, smoothing).item() == pytest.approx(total / count, abs=1e-9)


def test_padding_gives_the_loss_no_gradient_and_the_accuracy_no_tokens():
    batch = make_batch(TASKS["copy"], np.array([[3, 0, 0], [3, 4, 5]]))
    logits = torch.zeros(2, 4, 13, requires_grad=True)
    token_loss(logits, batch).backward()
    real = batch.trg_target != PAD
    assert (logits.grad[~real] == 0).all()
    assert (logits.grad[real].abs().sum(dim=-1) > 0).all()
    answer = torch.nn.functional.one_hot(batch.trg_target, 13).float()
    assert count_right(answer, batch) == (6, 6)
    answer[0, 0] = 0
    answer[0, 0, 9] = 1
    assert count_right(answer, batch) == (5, 6)


def test_exact_match_counts_whole_sequences_that_come_out_right_running_free(monkeypatch):
    batch = make_batch(TASKS["copy"], np.array([[3, 4], [5, 0], [6, 7], [8, 9]]))
    written = torch.tensor([[SOS, 3, 4, EOS], [SOS, 5, EOS, PAD], [SOS, 6, 7, 7], [SOS, 9, 9, EOS]])
    monkeypatch.setattr("transformer.learning.steps.greedy", lambda *args, **kwargs: written)
    assert exact_match(Transformer(TINY), batch) == 0.5
    monkeypatch.setattr("transformer.learning.steps.greedy", lambda *args, **kwargs: written[:, :2])
    assert exact_match(Transformer(TINY), batch) == 0


def test_warm_up_grows_linearly_to_the_peak():
    for schedule in ("constant", "cosine", "noam"):
        config = quick(steps=100, warmup_steps=10, learning_rate=2.0, schedule=schedule)
        rates = [learning_rate(config, step) for step in range(1, 11)]
        assert rates == pytest.approx([0.2 * step for step in range(1, 11)])


def test_schedules_have_the_values_of_their_formulas():
    config = {"steps": 110, "warmup_steps": 10, "learning_rate": 2.0}
    constant, cosine, noam = (quick(schedule=name, **config) for name in ("constant", "cosine", "noam"))
    assert learning_rate(constant, 90) == 2.0
    assert learning_rate(cosine, 60) == pytest.approx(2.0 * (0.01 + 0.99 / 2))
    assert learning_rate(cosine, 110) == pytest.approx(0.02)
    assert learning_rate(cosine, 200) == pytest.approx(0.02)
    assert learning_rate(noam, 40) == pytest.approx(1.0)
    assert learning_rate(noam, 90) == pytest.approx(2.0 / 3)


@pytest.mark.parametrize("schedule", ["constant", "cosine", "noam"])
@pytest.mark.parametrize(("steps", "warmup"), [(1, 0), (5, 0), (5, 5), (5, 50), (100, 10)])
def test_learning_rates_stay_between_zero_and_the_peak(schedule, steps, warmup):
    config = quick(steps=steps, warmup_steps=warmup, schedule=schedule)
    rates = [learning_rate(config, step) for step in range(1, steps + 1)]
    assert all(0 < rate <= config.learning_rate for rate in rates)
    assert all(a >= b for a, b in zip(rates[warmup:], rates[warmup + 1 :], strict=False))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, value) for name in ("steps", "batch_size", "evaluate_every", "evaluation_size")
          for value in (0, -1, 1.5, "3", True, None)],
        *[("learning_rate", value) for value in (-0.1, 11, float("nan"), float("inf"), "0.1", None, True)],
        *[("label_smoothing", value) for value in (-0.1, 1.0)],
        *[("seed", value) for value in (-1, 2**32, 0.5)],
        ("warmup_steps", -1), ("grad_clip", -1.0), ("weight_decay", 2.0), ("schedule", "zigzag"),
        ("optimizer", "magic"),
    ],
)  # fmt: skip
def test_impossible_values_are_refused_by_name(name, value):
    with pytest.raises(InputError, match=name):
        TrainConfig(**{name: value})


def test_an_unknown_task_or_entry_is_refused():
    with pytest.raises(InputError, match="juggle"):
        TrainConfig(task="juggle")
    with pytest.raises(InputError, match="speed"):
        TrainConfig.from_dict({"speed": 1})


def test_a_config_survives_the_way_through_json():
    config = quick(label_smoothing=0.1, schedule="noam", seed=7)
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def with_gradients(*gradients):
    weights = [torch.nn.Parameter(torch.zeros(len(one))) for one in gradients]
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.grad = torch.tensor(gradient)
    return weights


def gradients_of(weights):
    return torch.cat([weight.grad for weight in weights])


@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=2, max_size=5), st.sampled_from([0.0, 0.5, 1e6]))
def test_a_gradient_is_cut_as_pytorch_cuts_it(gradient, limit):
    ours, theirs = with_gradients(gradient, [1.0]), with_gradients(gradient, [1.0])
    norm = clip_gradient(ours, limit)
    expected = torch.nn.utils.clip_grad_norm_(theirs, limit or 1e30)
    assert norm == pytest.approx(expected.item())
    torch.testing.assert_close(gradients_of(ours), gradients_of(theirs))


@given(st.floats(1e19, 1e38), st.floats(-1e38, 1e38), st.sampled_from([0.0, 1.0, 5.0]))
def test_a_finite_gradient_stays_finite_even_if_its_norm_overflows(large, other, limit):
    weights = with_gradients([large, other], [3.0])
    before = gradients_of(weights).double()
    norm = clip_gradient(weights, limit)
    assert norm == pytest.approx(before.norm().item(), rel=1e-5)
    expected = before * (limit / before.norm()) if limit else before
    torch.testing.assert_close(gradients_of(weights).double(), expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("limit", [0.0, 1.0])
def test_a_gradient_without_a_norm_is_left_as_it_is(bad, limit):
    weights = with_gradients([2.0, 1e30], [bad, 3.0])
    before = gradients_of(weights).clone()
    assert not math.isfinite(clip_gradient(weights, limit))
    torch.testing.assert_close(gradients_of(weights), before, rtol=0, atol=0, equal_nan=True)
