"""Estimates of costs: computed from shapes, close to what PyTorch does, and growing with the sizes."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from transformer import TASKS, Transformer, TransformerConfig, generate_batch
from transformer.learning import costs
from transformer.learning.costs import (
    Speed,
    Work,
    count_work,
    fit,
    measure_speed,
    training_bytes,
    training_seconds,
)
from transformer.learning.steps import TrainConfig, token_loss

SMALL = TransformerConfig(embed_dim=16, num_layers=2, heads=2, feed_forward_dim=32)
sizes = st.sampled_from(["embed_dim", "num_layers", "feed_forward_dim"])


@pytest.mark.parametrize(
    "config", [SMALL, TransformerConfig(num_layers=1, embed_dim=64, heads=8, feed_forward_dim=64)]
)
def test_multiplications_are_those_that_pytorch_makes(config):
    batch = generate_batch(TASKS["sort"], 8, np.random.default_rng(0))
    model = Transformer(replace(config, dropout=0.0)).train()
    with FlopCounterMode(display=False) as counter:
        token_loss(model(batch.src, batch.trg_input), batch).backward()
    ours = 2 * count_work(config, 8, batch.src.size(1), batch.trg_input.size(1)).multiplications
    assert ours == pytest.approx(counter.get_total_flops(), rel=0.1)


def test_the_numbers_kept_are_those_that_autograd_keeps():
    """Of what autograd saves, about as much as is counted: never a third more, never half of it."""
    config = replace(SMALL, num_layers=1, dropout=0.0)
    batch = generate_batch(TASKS["sort"], 64, np.random.default_rng(0))
    model, seen = Transformer(config).train(), {}
    weights = {weight.data_ptr() for weight in model.parameters()}

    def pack(tensor):
        if tensor.data_ptr() not in weights:
            seen[tensor.data_ptr()] = max(seen.get(tensor.data_ptr(), 0), tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        token_loss(model(batch.src, batch.trg_input), batch)
    counted = count_work(config, 64, batch.src.size(1), batch.trg_input.size(1)).numbers
    assert 0.5 * counted < sum(seen.values()) < 1.33 * counted


@given(sizes, st.integers(2, 4), st.integers(1, 64), st.integers(1, 20))
def test_more_of_anything_takes_more(name, factor, batch, length):
    larger = replace(SMALL, **{name: getattr(SMALL, name) * factor})
    speed = Speed(1e-3, 1e-9, 1e-11)
    little, much = (count_work(config, batch, length, length) for config in (SMALL, larger))
    assert speed.seconds(little) < speed.seconds(much)
    assert training_bytes(1000, little) <= training_bytes(1000, much)
    assert training_bytes(1000, little) < training_bytes(1_000_000, little)
    assert speed.seconds(little) < speed.seconds(count_work(SMALL, batch * factor, length, length))


@given(st.integers(1, 500), st.integers(1, 500))
def test_time_grows_with_the_steps_and_with_measuring_more_often(steps, every):
    speed, work = Speed(1e-3, 1e-9, 1e-11), count_work(SMALL, 8, 18, 17)
    config = TrainConfig(steps=steps, evaluate_every=every)
    seconds = training_seconds(speed, config, work, 17)
    assert seconds > steps * speed.seconds(work)
    assert training_seconds(speed, replace(config, steps=steps + 1), work, 17) > seconds
    assert training_seconds(speed, replace(config, evaluate_every=every + 1), work, 17) <= seconds


@given(*(st.floats(1e-6, 1e-3) for _ in range(3)))
def test_costs_that_explain_the_times_are_found(layer, number, multiplication):
    works = [Work(1, 10, 1000), Work(2, 500, 10), Work(1, 900, 9000), Work(4, 3, 77)]
    true = Speed(layer, number, multiplication)
    found = fit(works, [true.seconds(work) for work in works])
    for work in works:
        assert found.seconds(work) == pytest.approx(true.seconds(work), rel=1e-3)


def test_a_cost_is_never_negative():
    found = fit([Work(1, 1, 1), Work(1, 10, 1), Work(1, 100, 1)], [3.0, 2.0, 1.0])
    assert min(found.layer, found.number, found.multiplication) >= 0


def test_nothing_is_measured_for_somebody_who_is_gone():
    ended = subprocess.run(
        [sys.executable, "-m", "transformer.learning.costs", "--until-eof"],
        input=b"",
        capture_output=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (1, b"")


def test_this_machine_has_a_speed():
    speed = measure_speed(steps=1)
    assert speed.seconds(count_work(SMALL, 8, 18, 17)) > 0


@pytest.mark.parametrize(
    ("seconds", "fastest"),
    [
        ({1: 1.0, 2: 10.0, 4: 0.1}, 1),  # a busy machine: two wait for each other
        ({1: 1.0, 2: 0.95, 4: 0.1}, 1),  # hardly faster
        ({1: 1.0, 2: 0.6, 4: 0.4, 6: 0.3}, 6),
        ({1: 1.0, 2: 0.6, 4: 0.58, 6: 0.1}, 2),
    ],
)
def test_as_many_threads_are_taken_as_are_measured_to_be_faster(monkeypatch, seconds, fastest):
    now = [max(seconds)]
    monkeypatch.setattr(torch, "get_num_threads", lambda: now[0])
    monkeypatch.setattr(torch, "set_num_threads", lambda count: now.__setitem__(0, count))
    monkeypatch.setattr(costs, "_seconds_per_step", lambda training: seconds[now[0]])
    assert costs.fastest_threads(SMALL, TrainConfig(batch_size=2), TASKS["sort"]) == fastest
    assert now == [max(seconds)], "the setting is left as it was"


def test_measuring_counts_as_the_steps_do():
    few = costs.memory_needed(SMALL, TrainConfig(batch_size=8), TASKS["sort"])
    assert (
        costs.memory_needed(SMALL, TrainConfig(batch_size=8, evaluation_size=10**6), TASKS["sort"]) > 2 * few
    )
    assert costs.memory_needed(replace(SMALL, max_len=10**7), TrainConfig(), TASKS["sort"]) > 10**9
