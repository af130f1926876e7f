"""Estimate what a training will need: memory, and time on this machine.

A step's time is modelled as the sum of three costs: per layer, however small (calling about sixty
operations), per number that passes through memory, and per multiplication. The amounts are counted from the
shapes; the cost per unit is measured once, on a few small trainings: `python -m transformer.learning.costs`
prints it.
"""

import argparse
import json
import math
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache

import numpy as np
import torch

from transformer import limits, terminal
from transformer.errors import InputError
from transformer.learning.resources import available_memory
from transformer.learning.shapes import parameter_count
from transformer.learning.steps import TrainConfig, Training
from transformer.model.config import TransformerConfig
from transformer.options import whole
from transformer.tasks import Task, generate_batch

MEGABYTE = 2**20
SAMPLE = 128
"""Number of sequences sampled to find how long those of a task are."""

BASE_BYTES = 340 * 2**20
"""Memory of a training process without a model: Python and PyTorch."""

BYTES_PER_PARAMETER = 28
"""Weight, gradient and Adam's two moments, four bytes each, plus a copy of weight and moments while a
checkpoint is written."""

BYTES_PER_LAYER = 350_000
"""Overhead of Python and PyTorch per layer of encoder and decoder, however small."""

CODE_BYTES = 4 * 8
"""Two tables of positional encodings, and temporary numbers to compute one, per position and dimension."""

ACTIVATION_FACTOR = 1.4
"""Measured factor for temporary numbers in addition to those kept for the backward pass."""

EVALUATION_PASSES = 2.0
"""An evaluation costs one teacher-forced forward pass, and about as much again for free running."""


@dataclass(frozen=True)
class Work:
    """The amount of work in one training step."""

    layers: int
    """Layers in the encoder, and in the decoder."""
    numbers: int
    """Numbers written to memory in the forward pass and kept for the backward pass."""
    multiplications: int
    """Multiply-adds, forward and backward."""


@dataclass(frozen=True)
class Speed:
    """Seconds per layer, number and multiplication (see `Work`) on a machine."""

    layer: float
    number: float
    multiplication: float

    def seconds(self, work: Work) -> float:
        """The time that a step takes."""
        return (
            self.layer * work.layers + self.number * work.numbers + self.multiplication * work.multiplications
        )


def count_work(model: TransformerConfig, batch: int, src_length: int, trg_length: int) -> Work:
    """The work of one step on sources [B, S] and decoder inputs [B, L]."""
    width, hidden, layers = model.embed_dim, model.feed_forward_dim, model.num_layers
    src, trg = batch * src_length, batch * trg_length
    pairs = batch * (src_length**2 + trg_length**2 + trg_length * src_length)
    per_layer = src * (4 * width**2 + 2 * width * hidden)  # encoder: Q, K, V, output; feed-forward
    per_layer += trg * (6 * width**2 + 2 * width * hidden) + src * 2 * width**2  # decoder, K and V of memory
    per_layer += 2 * pairs * width  # scores, and weighted sums of values
    multiplications = 3 * (layers * per_layer + trg * width * model.trg_vocab_size)
    kept = src * (14 * width + 2 * hidden) + trg * (18 * width + 2 * hidden) + 3 * pairs * model.heads
    if model.dropout:
        kept += 3 * src * width + 4 * trg * width + 2 * pairs * model.heads
    return Work(layers, layers * kept + 3 * trg * model.trg_vocab_size, multiplications)


def training_bytes(parameters: int, work: Work) -> int:
    """The approximate peak memory of the training process, in bytes."""
    fixed = BASE_BYTES + BYTES_PER_LAYER * work.layers + BYTES_PER_PARAMETER * parameters
    return int(fixed + 4 * ACTIVATION_FACTOR * work.numbers)


def memory_needed(model: TransformerConfig, training: TrainConfig, task: Task) -> int:
    """The approximate peak memory of a run, in bytes: that of a step or of an evaluation."""
    steps = count_work(model, training.batch_size, *lengths(task))
    one_layer = replace(model, num_layers=1, dropout=0.0)  # an evaluation keeps nothing for a backward pass
    measuring = count_work(one_layer, training.evaluation_size, *lengths(task))
    most = max(steps.numbers, measuring.numbers)
    codes = CODE_BYTES * model.max_len * model.embed_dim
    return codes + training_bytes(parameter_count(model), replace(steps, numbers=most))


def check_free_memory(needed: int) -> None:
    """Raise `InputError` if `needed` bytes are more than this machine has left for a training."""
    free = available_memory()
    if free is not None and needed > limits.MEMORY_SHARE * free:
        raise InputError(
            "Training this would take about {needed} MB of memory, and this machine has {free} MB left "
            "for it. A smaller batch, width or number of layers would do.",
            needed=f"{needed // MEGABYTE:,}",
            free=f"{int(limits.MEMORY_SHARE * free) // MEGABYTE:,}",
        )


@lru_cache(maxsize=8)
def lengths(task: Task) -> tuple[int, int]:
    """The lengths of the sources and decoder inputs of a batch, including padding."""
    batch = generate_batch(task, SAMPLE, np.random.default_rng(0))
    return batch.src.size(1), batch.trg_input.size(1)


def training_seconds(speed: Speed, training: TrainConfig, work: Work, trg_length: int) -> float:
    """The approximate time from a training's first step to its last, including evaluations."""
    share = training.evaluation_size / training.batch_size
    forward = speed.number * work.numbers + speed.multiplication * work.multiplications
    evaluation = EVALUATION_PASSES / 3 * share * forward + trg_length * speed.layer * work.layers / 5
    evaluations = -(-training.steps // training.evaluate_every)
    return training.steps * speed.seconds(work) + evaluations * evaluation


TRIED_FOR = 0.4
"""Seconds for which each number of threads is tried."""

GAIN = 0.9
"""More threads must shorten a step at least to this fraction, since they take cores from other processes."""

SMALL_TRAININGS = ((1, 8, 16, 2, 8), (2, 32, 128, 4, 64), (1, 128, 512, 4, 64), (2, 16, 32, 4, 256))
"""Layers, width, feed-forward width, heads and batch size of the trainings used to measure a machine."""


def measure_speed(device: str | torch.device = "cpu", steps: int = 4) -> Speed:
    """Time a few steps of each of `SMALL_TRAININGS` and fit the three costs to the times."""
    works, times = [], []
    for layers, width, hidden, heads, batch in SMALL_TRAININGS:
        model = TransformerConfig(
            num_layers=layers, embed_dim=width, feed_forward_dim=hidden, heads=heads, dropout=0.0
        )
        training = Training(model, TrainConfig(batch_size=batch), device)
        length = training.task.max_length + 1
        works.append(count_work(model, batch, length + 1, length))
        times.append(min(_duration(training) for _ in range(steps)))
    return fit(works, times)


def fastest_threads(model: TransformerConfig, config: TrainConfig, task: Task) -> int:
    """The number of CPU threads with which a training is fastest, given the machine's present load.

    Tries 1, 2, 4, ... up to PyTorch's setting, which it then restores. More threads than free cores wait for
    each other, which can make a step ten times as long.
    """
    allowed = torch.get_num_threads()
    if allowed == 1:
        return 1
    training = Training(model, config, task=task)
    training.take_step()  # warm-up: the first step allocates memory
    best, least = 1, math.inf
    try:
        for threads in sorted({*(2**power for power in range(allowed.bit_length())), allowed}):
            torch.set_num_threads(threads)
            seconds = _seconds_per_step(training)
            if seconds > GAIN * least:
                break
            best, least = threads, seconds
    finally:
        torch.set_num_threads(allowed)
    return best


def _seconds_per_step(training: Training) -> float:
    """The mean over `TRIED_FOR` seconds, or over one step if that takes longer."""
    spent, steps = 0.0, 0
    while spent < TRIED_FOR:
        spent += _duration(training)
        steps += 1
    return spent / steps


def _duration(training: Training) -> float:
    started = time.perf_counter()
    training.take_step()
    return time.perf_counter() - started


def fit(works: Sequence[Work], times: Sequence[float]) -> Speed:
    """The non-negative costs with the least sum of squared relative errors."""
    seconds = np.array(times)
    amounts = np.array([[work.layers, work.numbers, work.multiplications] for work in works], dtype=float)
    kept = [0, 1, 2]
    while True:
        costs, *_ = np.linalg.lstsq(amounts[:, kept] / seconds[:, None], np.ones(len(seconds)), rcond=None)
        if (costs >= 0).all():
            break
        kept = [part for part, cost in zip(kept, costs, strict=True) if cost > 0]
    found = dict(zip(kept, costs.tolist(), strict=True))
    return Speed(*(found.get(part, 0.0) for part in range(3)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure this machine and print its `Speed` as JSON."""
    parser = argparse.ArgumentParser(
        "python -m transformer.learning.costs", description="Measure this machine."
    )
    parser.add_argument("--threads", type=whole(1, limits.MAX_THREADS), default=1, help="default: 1")
    parser.add_argument("--until-eof", action="store_true", help="end at once when standard input ends")
    options = parser.parse_args(arguments)
    if options.until_eof:
        threading.Thread(target=_end_with_input, daemon=True).start()
    torch.set_num_threads(options.threads)
    terminal.say(json.dumps(asdict(measure_speed())))
    return 0


def _end_with_input() -> None:
    """End this process when standard input closes: then the process that started it is gone."""
    while os.read(0, 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    terminal.run(main)
