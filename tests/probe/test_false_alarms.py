"""Correct models of random configurations: not one of them is accused."""

import random

import pytest
import torch
from torch import nn

from transformer import TransformerConfig, build_model
from transformer.probe import CHECKS, own, probe, torch_transformer

QUICK = [name for name in CHECKS if name != "noise"]


def random_subject(seed):
    """This project's model or an `nn.Transformer`, in float32 or bfloat16."""
    draw = random.Random(seed)
    heads = draw.choice([1, 2, 4])
    width, layers = heads * draw.choice([4, 8]), draw.choice([1, 1, 2])
    torch.manual_seed(seed)
    dtype = torch.bfloat16 if seed % 4 == 3 else torch.float32
    dropout = draw.choice([0.0, 0.1, 0.3])
    if seed % 2:
        first = draw.choice([True, False])
        model = nn.Transformer(
            width,
            heads,
            layers,
            layers,
            2 * width,
            dropout,
            batch_first=first,
            norm_first=draw.choice([True, False]),
        )
        return torch_transformer(model.to(dtype))
    dtype = torch.bfloat16 if seed % 8 == 6 else torch.float32
    config = TransformerConfig(
        embed_dim=width,
        heads=heads,
        num_layers=layers,
        feed_forward_dim=2 * width,
        dropout=dropout,
        norm=draw.choice(["pre", "post"]),
        positions=draw.choice(["sinusoidal", "learned", "none"] + ["rotary"] * (width // heads % 2 == 0)),
    )
    return own(build_model(config).to(dtype))


def faults(seed, checks):
    report = probe(random_subject(seed), checks, seed)
    return [(result.check, result.mode, result.largest, result.bound) for result in report.faults]


@pytest.mark.parametrize("seed", range(20))
def test_a_correct_model_is_not_accused(seed):
    assert faults(seed, QUICK) == []


@pytest.mark.slow
def test_of_three_hundred_correct_models_none_is_accused():
    assert {seed: found for seed in range(300) if (found := faults(seed, ()))} == {}
