"""Trains alone and together with others, for `test_parallel`; `torchrun` starts several of these.

Usage: parallel_worker.py OUTPUT, where the first process writes what came out, as JSON.
"""

import json
import sys
from pathlib import Path

import torch
import torch.distributed as dist

from tests.transformer.test_train import SIZES, TRAINING
from transformer import TransformerConfig
from transformer.learning import parallel
from transformer.learning.steps import TrainConfig, Training

STEPS = 50
CASES = {
    "even": {},
    "does not divide": {"batch_size": 7, "label_smoothing": 0.1, "weight_decay": 0.01},
    "averaged naively": {},
}


def train(kind, values):
    """The losses, the gradient norms and the final weights. Dropout would differ between processes."""
    config = TrainConfig(steps=STEPS, **{**TRAINING, **values})
    training = kind(TransformerConfig(**{**SIZES, "dropout": 0.0}), config)
    records = [training.take_step() for _ in range(STEPS)]
    weights = {name: weight.tolist() for name, weight in training.model.named_parameters()}
    return [record.loss for record in records], [record.grad_norm for record in records], weights


def main(output):
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    dist.init_process_group("gloo")
    results = {}
    for name, values in CASES.items():
        right = parallel.weight
        if name == "averaged naively":
            parallel.weight = lambda *_: 1.0
        results[name] = {"together": train(parallel.ParallelTraining, values)}
        parallel.weight = right
        if dist.get_rank() == 0:
            results[name]["alone"] = train(Training, values)
    if dist.get_rank() == 0:
        Path(output).write_text(json.dumps(results))
    dist.barrier()  # whoever leaves first must not take the connection from the other
    dist.destroy_process_group()


if __name__ == "__main__":
    main(sys.argv[1])
