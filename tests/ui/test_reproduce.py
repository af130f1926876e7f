"""What is taken along from a walk is what was shown."""

import io
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from tests.messages import ROOT
from transformer import shipped_checkpoint
from transformer.sampling import Sampling
from transformer.tasks import pad_batch
from ui.frames import decoding, reproduce

SAMPLING = Sampling(temperature=3.0, top_k=9, top_p=0.97, seed=3)


@pytest.fixture(scope="module")
def walk():
    checkpoint = shipped_checkpoint("reverse")
    src = pad_batch([checkpoint.task.encode(text) for text in ("5 3 9 1", "7 2")])
    return decoding.walk(checkpoint, src, SAMPLING)


def test_the_lines_run_and_print_the_same_tokens_and_the_same_weights(walk):
    step = walk.steps[1]
    lines = reproduce.lines(walk, 'shipped_checkpoint("reverse")', step, "decoder.cross", 2, 1)
    run = subprocess.run(
        [sys.executable, "-c", lines + "\nprint(picked[0, -1].tolist())"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    *printed, weights = run.stdout.splitlines()
    labels = walk.checkpoint.task.trg_vocabulary.labels
    expected = [f"{one.step + 1} {labels(one.tokens[:, -1].tolist())}" for one in walk.steps]
    assert printed == expected
    shown = step.trace["decoder.2.cross_attention.weights"][0, 1, -1].tolist()
    assert [float(number) for number in weights.strip("[]").split(",")] == pytest.approx(shown, rel=1e-4)


def test_the_lines_for_greedy_decoding_and_the_average_of_heads_are_python(walk):
    greedy = decoding.walk(walk.checkpoint, walk.src)
    lines = reproduce.lines(greedy, 'shipped_checkpoint("reverse")', greedy.steps[0], "encoder.self", 0, None)
    assert "Sampling" not in lines
    names = {}
    exec(lines, names)
    assert names["picked"].shape == (2, 6, 6)


def test_the_npz_holds_the_trace_of_the_whole_batch(walk):
    step = walk.steps[2]
    arrays = np.load(io.BytesIO(reproduce.npz(walk, step)))
    assert set(arrays) == {"src", "tokens", "logits", *step.trace}
    for place, tensor in step.trace.items():
        np.testing.assert_array_equal(arrays[place], tensor.numpy())


def test_the_csv_holds_the_trace_of_one_sequence_with_place_and_index(walk):
    step = walk.steps[2]
    table = pd.read_csv(io.BytesIO(reproduce.csv(1, step)))
    weights = table[table.place == "decoder.1.cross_attention.weights"]
    expected = step.trace["decoder.1.cross_attention.weights"]
    assert len(weights) == expected[1].numel()
    for line in weights.itertuples():
        found = expected[int(line.axis_0), int(line.axis_1), int(line.axis_2), int(line.axis_3)]
        assert line.axis_0 == 1
        assert line.value == pytest.approx(float(found))
    assert set(table.place) == set(step.trace)
