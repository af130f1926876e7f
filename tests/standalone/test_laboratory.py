"""The page's mask laboratory gives the same results as the same edits of a `Trace` in PyTorch."""

import math

import pytest
import torch

from tests.node import run
from transformer import Trace
from transformer.decoding import decode
from transformer.learning.checkpoint import SHIPPED, shipped_checkpoint
from transformer.model.places import Attention

LIMIT = 8
COMPUTE = """import { readFileSync } from "node:fs";
import { decodeSteps } from "./transformer/standalone/js/decoding.js";
import { answerOf, editsOf } from "./transformer/standalone/js/laboratory.js";
import { readCheckpoint, Trace } from "./transformer/standalone/js/model.js";
import { FILLS } from "./transformer/standalone/js/settings.js";
const file = readFileSync(given.checkpoint);
const model = readCheckpoint(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
console.log(JSON.stringify(given.cases.map(({ attention, cells, fill, isPlain, isInverted }) => {
    const flipped = new Set(cells.map(String));
    const edits = editsOf(model, attention, { flipped, fill: FILLS[fill], isPlain, isInverted });
    const trace = new Trace(edits);
    const logits = model.forward([given.source], [given.target], trace);
    return { answer: answerOf([...decodeSteps(model, given.source, given.limit, null, edits)]),
        logits: [...logits.values].map(String) };
})));"""
FILLS = {"-inf": -math.inf, "-1e4": -1e4, "finfo.min": torch.finfo(torch.float32).min, "1e-20": 1e-20}
CASES = [
    {"attention": attention, "cells": cells, "fill": fill, "isPlain": plain, "isInverted": inverted}
    for attention in Attention
    for cells, fill, plain, inverted in [
        ([[0, 3], [1, 3], [2, 3], [3, 3], [4, 3], [5, 3]], "-inf", False, False),
        ([[1, column] for column in range(7)], "-inf", False, False),
        ([[1, column] for column in range(7)], "-inf", True, False),
        ([[2, 1]], "1e-20", False, False),
        ([[0, 0], [3, 2]], "-1e4", True, True),
        ([[1, column] for column in range(7)], "finfo.min", True, False),
    ]
]


def edits(model, case):
    """The edits that JavaScript makes: cells flipped, mask inverted, fill value, plain softmax."""
    found = {}
    for layer in range(model.config.num_layers):
        place = Attention(case["attention"]).place(layer)
        seen = {}

        def energy(tensor, seen=seen):
            seen["energy"] = tensor
            return tensor

        def mask(tensor, seen=seen):
            rows, columns = seen["energy"].shape[-2:]
            wide = tensor.expand(-1, -1, rows, columns).clone()
            for row, column in case["cells"]:
                if row < rows and column < columns:
                    wide[..., row, column] ^= True
            seen["mask"] = ~wide if case["isInverted"] else wide
            return seen["mask"]

        def masked(tensor, seen=seen):
            fill = FILLS[case["fill"]]
            seen["masked"] = tensor if fill == -math.inf else seen["energy"].masked_fill(~seen["mask"], fill)
            return seen["masked"]

        def weights(tensor, seen=seen):
            return seen["masked"].softmax(-1) if case["isPlain"] else tensor

        steps = {"energy": energy, "mask": mask, "masked_energy": masked, "weights": weights}
        found |= {f"{place}.{name}": edit for name, edit in steps.items()}
    return found


@pytest.mark.parametrize("task", ["sort", "reverse"])
def test_answers_and_logits_under_an_edited_mask_are_those_of_pytorch(task):
    checkpoint = shipped_checkpoint(task)
    model, source = checkpoint.model, checkpoint.task.encode("5 3 9 1 1")
    src = torch.tensor([source])
    target = checkpoint.task.answer(source)[:-1]
    given = {
        "checkpoint": str(SHIPPED / task / "checkpoint.safetensors"), "source": source, "target": target,
        "limit": LIMIT, "cases": CASES,
    }  # fmt: skip
    for case, found in zip(CASES, run(COMPUTE, given), strict=True):
        *_, last = decode(model, src, max_new_tokens=LIMIT, edits=edits(model, case))
        assert found["answer"] == last.tokens[0].tolist(), case
        with torch.no_grad():
            logits = model(src, torch.tensor([target]), trace=Trace(edits(model, case)))
        read = torch.tensor([float(text.replace("Infinity", "inf")) for text in found["logits"]])
        torch.testing.assert_close(read, logits.flatten(), atol=1e-4, rtol=1e-4, equal_nan=True)
