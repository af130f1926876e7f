"""The frames of positions show what was computed: the notes' numbers, rotations and sums."""

import json

import numpy as np
import pytest
import torch

from tests.messages import ROOT
from transformer import Checkpoint, Transformer, TransformerConfig
from transformer.model.alibi import alibi_bias
from transformer.model.positional import frequencies, sinusoidal_encoding
from transformer.tasks import task_named
from ui.frames import position_codes, positions_by_hand, relative_positions
from ui.tensor_grid import grid_data

EXAMPLES = json.loads((ROOT / "tests/data/worked_examples.json").read_text())


@pytest.fixture
def by_hand():
    return positions_by_hand.frames(positions_by_hand.run())


def view(frame, name):
    return next(tensor for tensor in frame.tensors if tensor.name == name)


@pytest.mark.parametrize("dim", [1, 4, 7])
def test_every_position_has_a_frame_with_its_code_and_its_row(dim):
    codes = sinusoidal_encoding(5, dim).double().numpy()
    frames = position_codes.frames(codes, frequencies(dim).numpy(), [0])
    for position, frame in enumerate(frames):
        assert frame.row == position
        assert frame.tensors == frames[0].tensors
        assert np.allclose(json.loads(frame.code.split(" = ")[1]), codes[position], atol=6e-5)
    assert frames[0].tensors[0].curves == (0,)
    positions, div_term = (operand.values for operand in frames[0].tensors[0].operands)
    assert np.allclose(np.sin(positions * div_term)[:, ::2], codes[:, ::2], atol=1e-6)
    assert np.allclose(np.cos(positions * div_term)[:, 1::2], codes[:, 1::2], atol=1e-6)


def test_the_codes_of_the_notes_are_read_off_the_table():
    codes = sinusoidal_encoding(5, 4).double().numpy()
    for frame, code in zip(
        position_codes.frames(codes, frequencies(4).numpy(), []),
        EXAMPLES["positional_encoding_d4"]["pe"],
        strict=True,
    ):
        assert np.allclose(json.loads(frame.code.split(" = ")[1]), code, atol=6e-5)


def test_the_lookup_of_the_notes_picks_rows(by_hand):
    given = EXAMPLES["embedding_lookup"]
    weight = view(by_hand[0], "weight")
    assert list(weight.row_labels) == given["vocabulary"]
    assert np.allclose(weight.values, given["weight"])
    assert np.allclose(view(by_hand[0], "embedded").values, np.array(given["weight"])[np.array(given["ids"])])


def test_the_codes_of_the_notes_are_computed_and_added(by_hand):
    codes, sums = EXAMPLES["positional_encoding_d4"], EXAMPLES["add_positional_encoding"]
    assert np.allclose(view(by_hand[2], "pe").values, codes["pe"], atol=1e-6)
    facts = dict(by_hand[4].facts)
    assert np.allclose(json.loads(facts["x"]), codes["embedding"])
    assert np.allclose(json.loads(facts["x + PE(1)"]), codes["embedding_plus_pe1"], atol=1e-6)
    assert np.allclose(view(by_hand[5], "x").values, sums["x"])
    assert np.allclose(view(by_hand[5], "y").values, sums["x_plus_pe"], atol=1e-6)


def test_the_padding_of_the_notes_is_not_zero_after_the_sum(by_hand):
    embedded, total = view(by_hand[3], "embedded").values, view(by_hand[3], "total").values
    assert not embedded[1, 3:].any()
    assert np.allclose(total[1, 3:], EXAMPLES["positional_encoding_d4"]["pe"][3:5], atol=1e-6)


def checkpoint(positions):
    torch.manual_seed(0)
    config = TransformerConfig(embed_dim=8, num_layers=2, heads=2, positions=positions)
    return Checkpoint(Transformer(config).eval(), task_named("sort"))


@pytest.mark.parametrize("positions", ["rotary", "alibi"])
@pytest.mark.parametrize("layer", [0, 1])
def test_what_is_drawn_of_a_model_is_what_its_pass_used(positions, layer):
    model, source = checkpoint(positions), [1, 5, 6, 7, 2]
    trace = relative_positions.encoded(model, source)
    seen = trace.at(f"encoder.{layer}.self_attention")
    if positions == "rotary":
        frames = relative_positions.rotary_frames(model, source, trace, layer)
        drawn = {tensor.name: tensor.values for frame in frames for tensor in frame.tensors}
        assert set(drawn) == {"unrotated_query", "query", "unrotated_key", "key", "energy"}
    else:
        frames = [relative_positions.alibi_frame(model, source, trace, layer)]
        drawn = {tensor.name: tensor.values for tensor in frames[0].tensors}
        assert np.allclose(drawn.pop("products") + drawn["bias"], drawn["energy"])
    assert grid_data(frames)["frames"]
    for name, values in drawn.items():
        assert np.array_equal(values, seen[name].numpy())


@pytest.mark.parametrize("causal", [False, True])
def test_the_bias_is_drawn_under_the_causal_mask_where_there_is_one(causal):
    frame = relative_positions.bias_frame(3, 6, causal)
    assert np.array_equal(frame.tensors[0].values, alibi_bias(3, 6).numpy())
    hidden = frame.tensors[0].masked
    assert (hidden is not None) == causal
    if causal:
        assert np.array_equal(hidden[0, 0], np.triu(np.ones((6, 6), dtype=bool), 1))
    assert grid_data([frame])["frames"]
