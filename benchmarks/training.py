"""Training steps per second of our Transformer and nn.Transformer, with equal sizes, batches, optimiser."""

from collections.abc import Sequence
from itertools import cycle

import numpy as np
import torch
from torch import nn

from benchmarks.measure import OURS, Comparison, Result, Timed, compare
from benchmarks.peers import TorchTransformer
from transformer import TASKS, Transformer, TransformerConfig, generate_batch
from transformer.learning.steps import token_loss
from transformer.tasks import Batch

TARGET = 1.15
BATCHES = 32
DROPOUTS = (0.0, 0.1)
BATCH_SIZE = 128


def run() -> Result:
    """One comparison per dropout."""
    rng = np.random.default_rng(0)
    batches = [generate_batch(TASKS["sort"], BATCH_SIZE, rng) for _ in range(BATCHES)]
    return Result(tuple(_compare(dropout, batches) for dropout in DROPOUTS))


def _compare(dropout: float, batches: Sequence[Batch]) -> Comparison:
    config = TransformerConfig(dropout=dropout)
    contenders = {
        OURS: _trainer(Transformer(config), batches),
        "nn.Transformer": _trainer(TorchTransformer(config), batches),
    }
    return compare(f"batch {BATCH_SIZE}, dropout {dropout:g}", "steps/s", contenders, target=TARGET)


def _trainer(model: nn.Module, batches: Sequence[Batch]) -> Timed:
    """A function that takes one training step on the next of the prepared batches."""
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, fused=True)
    endless = cycle(batches)

    def step() -> None:
        batch = next(endless)
        loss = token_loss(model(batch.src, batch.trg_input), batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return step
