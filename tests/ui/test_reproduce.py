"""What a section of the decoding page exports is what it shows."""

import ast
import io
import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch

from tests.messages import ROOT
from transformer import shipped_checkpoint
from transformer.decoding.beam import Beam
from transformer.decoding.sampling import Sampling
from transformer.experiments.edits import ForcedToken, HeadOff, SourceBlanked
from transformer.model.places import Attention
from transformer.tasks import Batch, pad_batch
from ui.decoding.cache import cache_lines
from ui.decoding.strategies import strategies_lines
from ui.decoding.teacher_forcing import teacher_lines, teacher_tensors
from ui.decoding.walk import walk_lines, walk_tensors
from ui.decoding.what_if import what_if_lines, what_if_tensors
from ui.frames import cache, decoding, reproduce, strategies, teacher_forcing, what_if

SAMPLING = Sampling(temperature=3.0, top_k=9, top_p=0.97, seed=3)
LOADED = 'shipped_checkpoint("reverse")'


def printed(lines, more=""):
    """The lines that a program prints in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-c", f"{lines}\n{more}"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.splitlines()


def strip(frame, label):
    """The texts of a frame's strip, without empty places at the end."""
    texts = {name.partition(", p = ")[0]: tokens for name, tokens in frame.tokens}
    return [token.text for token in texts[label] if token.text != " "]


@pytest.fixture(scope="module")
def source():
    return torch.tensor([shipped_checkpoint("reverse").task.encode("5 3 9 1")])


@pytest.fixture(scope="module")
def walk():
    checkpoint = shipped_checkpoint("reverse")
    src = pad_batch([checkpoint.task.encode(text) for text in ("5 3 9 1", "7 2")])
    return decoding.walk(checkpoint, src, SAMPLING)


def test_the_lines_run_and_print_the_same_tokens_and_the_same_weights(walk):
    step = walk.steps[1]
    lines = walk_lines(walk, LOADED, step, "decoder.cross", 2, 1)
    *steps, weights = printed(lines, "print(picked[0, -1].tolist())")
    labels = walk.checkpoint.task.trg_vocabulary.labels
    expected = [f"{one.step + 1} {labels(one.tokens[:, -1].tolist())}" for one in walk.steps]
    assert steps == expected
    shown = step.trace["decoder.2.cross_attention.weights"][0, 1, -1].tolist()
    assert json.loads(weights) == pytest.approx(shown, rel=1e-4)


def test_the_lines_for_greedy_decoding_and_the_average_of_heads_are_python(walk):
    greedy = decoding.walk(walk.checkpoint, walk.src)
    lines = walk_lines(greedy, LOADED, greedy.steps[0], "encoder.self", 0, None)
    assert "Sampling" not in lines
    names = {}
    exec(lines, names)
    assert names["picked"].shape == (2, 6, 6)


def test_the_lines_of_strategies_print_the_answers_and_log_probabilities_of_the_table(source):
    compared = strategies.compare(shipped_checkpoint("reverse"), source, SAMPLING, Beam(3, 1.5))
    frame = strategies.frame(compared)
    *decoded, found = map(answer_and_number, printed(strategies_lines(compared, LOADED)))
    for (tokens, total), answer in zip(decoded, compared.answers[:2], strict=True):
        assert tokens == strip(frame, answer.strategy)
        assert total == pytest.approx(answer.log_probability, rel=1e-4)
    chosen = next(sequence for sequence in strategies.finished(compared) if sequence.chosen)
    assert found == (strip(frame, "beam search"), pytest.approx(chosen.score, rel=1e-4))


def answer_and_number(line):
    """Split a line such as `['5', 'EOS'] -0.1`."""
    tokens, _, number = line.rpartition(" ")
    return ast.literal_eval(tokens), float(number)


@pytest.mark.parametrize(("fed", "known"), [({1: 12}, True), ({}, False)])
def test_the_lines_of_teacher_forcing_print_its_table(fed, known, monkeypatch):
    checkpoint = shipped_checkpoint("reverse")
    src = pad_batch([checkpoint.task.encode(text) for text in ("5 3 9 1", "7 2")])
    trg = pad_batch([checkpoint.task.answer(row) for row in src.tolist()])
    shown = teacher_forcing.compare(checkpoint, Batch(src, trg), 1, fed)
    if not known:
        monkeypatch.setattr(type(checkpoint.task), "answer", lambda self, source: None)
    *positions, written = printed(teacher_lines(shown, LOADED))
    table, losses = zip(*map(answer_and_number, positions), strict=True)
    last = teacher_forcing.frames(shown)[-1]
    for column, label in enumerate(("trg_input", "trg_target", "predicts, loss")):
        assert [row[column] for row in table] == strip(last, label)[: shown.length]
    assert losses == pytest.approx(shown.forced.losses[1, : shown.length].tolist(), rel=1e-3, abs=1e-6)
    assert ast.literal_eval(written) == strip(last, "free: writes")


def test_the_tensors_of_teacher_forcing_are_those_of_the_pass_that_is_shown():
    checkpoint = shipped_checkpoint("reverse")
    src = pad_batch([checkpoint.task.encode(text) for text in ("5 3 9 1", "7 2")])
    trg = pad_batch([checkpoint.task.answer(row) for row in src.tolist()])
    shown = teacher_forcing.compare(checkpoint, Batch(src, trg), 1, {1: 12})
    arrays = np.load(io.BytesIO(reproduce.npz(teacher_tensors(shown))))
    assert arrays["trg_input"].tolist() == [shown.read_forced]
    np.testing.assert_allclose(arrays["logits"][0], shown.forced.logits[1, : shown.length], atol=1e-4)
    assert "decoder.2.cross_attention.weights" in arrays


@pytest.fixture(scope="module")
def runs(source):
    changes = [ForcedToken(1, 8), HeadOff("cross", 1, 2), SourceBlanked(2)]
    return what_if.run_both(shipped_checkpoint("reverse"), source, changes)


def test_the_lines_of_what_if_print_both_answers_and_pick_both_runs_weights(runs):
    lines = what_if_lines(runs, LOADED, 3, Attention.CROSS)
    more = "print([layer[0].tolist() for layer in weights])"
    original, altered, weights = printed(lines, more)
    frame = what_if.frames(runs, Attention.CROSS)[3]
    assert [ast.literal_eval(original), ast.literal_eval(altered)] == [
        runs.vocabulary.labels(written) for written in runs.written
    ]
    np.testing.assert_allclose(json.loads(weights), frame.tensors[1].values, atol=1e-5)


def test_the_lines_of_what_if_without_an_alteration_run(source):
    runs = what_if.run_both(shipped_checkpoint("reverse"), source, [])
    original, altered = printed(what_if_lines(runs, LOADED, 0, "encoder"))
    assert original == altered


def test_the_tensors_of_what_if_are_those_of_both_runs(runs):
    last = runs.steps - 1
    table = pd.read_csv(io.BytesIO(reproduce.csv(what_if_tensors(runs, last))))
    for name, run in (("original", runs.original), ("altered", runs.altered)):
        logits = table[table.place == f"{name}.logits"].value
        assert logits.tolist() == pytest.approx(run[min(last, len(run) - 1)].logits[0].tolist())
        assert f"{name}.decoder.1.cross_attention.context" in set(table.place)


def test_the_lines_of_the_cache_print_its_steps_and_pick_its_keys_and_values(source):
    checkpoint = shipped_checkpoint("reverse")
    found = cache.steps(checkpoint, source)
    lines = cache_lines(checkpoint, source, found, LOADED, 2, 1)
    *steps, keys = printed(lines, "print(keys.tolist())")
    frames = cache.frames(checkpoint, found, 1)
    assert [line.partition("]")[0] for line in steps] == [
        str(strip(frame, "written with the cache") + strip(frame, "written without")).strip("]")
        for frame in frames
    ]
    assert [line.partition("] ")[2] for line in steps] == [str(work.products) for work in found]
    np.testing.assert_allclose(json.loads(keys), frames[2].tensors[0].values[0, :, :3], atol=1e-5)


def test_the_npz_holds_the_trace_of_the_whole_batch(walk):
    step = walk.steps[2]
    arrays = np.load(io.BytesIO(reproduce.npz(walk_tensors(walk, step))))
    assert set(arrays) == {"src", "tokens", "logits", *step.trace}
    for place, tensor in step.trace.items():
        np.testing.assert_array_equal(arrays[place], tensor.numpy())


def test_the_csv_holds_the_trace_of_one_sequence_with_place_and_index(walk):
    step = walk.steps[2]
    table = pd.read_csv(io.BytesIO(reproduce.csv(walk_tensors(walk, step), 1)))
    weights = table[table.place == "decoder.1.cross_attention.weights"]
    expected = step.trace["decoder.1.cross_attention.weights"]
    assert len(weights) == expected[1].numel()
    for line in weights.itertuples():
        found = expected[int(line.axis_0), int(line.axis_1), int(line.axis_2), int(line.axis_3)]
        assert line.axis_0 == 1
        assert line.value == pytest.approx(float(found))
    assert set(table.place) == {"src", "tokens", "logits", *step.trace}
