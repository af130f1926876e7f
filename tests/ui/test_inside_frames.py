"""Inside the model: the code of each part, run in order, gives what is drawn, for every kind of model."""

import json

import numpy as np
import pytest
import torch

from tests.messages import ROOT
from transformer import Checkpoint, Transformer, TransformerConfig, shipped_checkpoint
from transformer.experiments.broadcasting import attempt
from transformer.tasks import pad_batch, task_named
from ui.frames.inside import batch, notebook, parts, serial
from ui.tensor_grid import grid_data

EXAMPLES = json.loads((ROOT / "tests/data/worked_examples.json").read_text())
CONFIGS = {
    "post": TransformerConfig(embed_dim=8, num_layers=2, heads=2, feed_forward_dim=12),
    "pre": TransformerConfig(embed_dim=8, num_layers=2, heads=2, feed_forward_dim=12, norm="pre"),
    "one head": TransformerConfig(embed_dim=6, num_layers=1, heads=1, scale_embeddings=True),
    "learned": TransformerConfig(embed_dim=8, num_layers=1, heads=4, positions="learned"),
    "none": TransformerConfig(embed_dim=8, num_layers=1, heads=4, positions="none"),
    "rotary": TransformerConfig(embed_dim=8, num_layers=2, heads=2, positions="rotary"),
    "alibi": TransformerConfig(embed_dim=8, num_layers=2, heads=2, positions="alibi", norm="pre"),
}


def passed(config: TransformerConfig | None = None, texts=("5 3 9 1 1", "7 2 8")) -> notebook.Pass:
    task = task_named("sort")
    if config is None:
        checkpoint = shipped_checkpoint("sort")
    else:
        torch.manual_seed(0)
        checkpoint = Checkpoint(Transformer(config).eval(), task)
    src = pad_batch([task.encode(text) for text in texts])
    return notebook.run(checkpoint, src, pad_batch([task.answer(row) for row in src.tolist()]))


def paste(frames, seen: notebook.Pass):
    """Run the code as a student would, and compare what it gives with what is drawn, by name."""
    names = {"torch": torch, "model": seen.checkpoint.model, "trace": seen.trace, **seen.stages}
    for frame in frames:
        with torch.no_grad():
            exec(frame.code, names)
            for view in frame.tensors:
                drawn = np.asarray(view.values)
                again = eval(view.name, names).detach().numpy()
                assert np.array_equal(again, drawn, equal_nan=drawn.dtype.kind == "f"), view.name
    assert grid_data(frames)
    return names


@pytest.mark.parametrize("name", CONFIGS)
def test_every_part_of_every_layer_runs_as_shown(name):
    seen = passed(CONFIGS[name])
    drawn = parts.architecture(seen)
    for part in parts.order(drawn):
        for layer in range(seen.checkpoint.model.config.num_layers if parts.is_in_layer(part) else 1):
            paste(parts.frames(seen, part, layer), seen)


def test_the_lessons_reproduce_the_trace_of_the_shipped_model():
    seen = passed()
    names = paste(parts.frames(seen, "decoder.0.cross_attention", 1), seen)
    assert torch.allclose(names["output"], seen.trace["decoder.1.cross_attention.output"], atol=1e-5)
    names = paste(parts.frames(seen, "decoder.0.norm2", 2), seen)
    assert torch.allclose(names["normed"], seen.trace["decoder.output"], atol=1e-5)


def test_a_change_in_the_trace_is_said_where_it_is_met():
    seen = passed()
    place = "encoder.0.self_attention.energy"
    before = dict(parts.frames(seen, "encoder.0.self_attention", 0)[6].facts)
    assert float(before["largest difference from the pass"]) < 1e-5
    seen.trace._tensors[place] = seen.trace[place] + 1
    after = dict(parts.frames(seen, "encoder.0.self_attention", 0)[6].facts)
    assert float(after["largest difference from the pass"]) == 1


def test_the_view_that_is_refused_is_refused():
    seen = passed()
    names = paste(parts.frames(seen, "encoder.0.self_attention", 0), seen)
    assert attempt("transposed.view(B, L, D)", names).error.startswith("RuntimeError: view size")
    one = passed(CONFIGS["one head"])
    names = paste(parts.frames(one, "encoder.0.self_attention", 0), one)
    assert not attempt("transposed.view(B, L, D)", names).error


def test_the_layer_norm_of_the_notes_is_computed():
    seen = passed()
    names = paste(parts.frames(seen, "encoder.0.norm1", 0), seen)
    given = EXAMPLES["layer_norm"]
    assert np.allclose(names["tokens"], given["x"])
    assert np.allclose(names["by_hand"], given["y"], atol=1e-4)


def test_batch_norm_depends_on_the_batch_and_layer_norm_does_not():
    seen = passed()
    names = paste(parts.frames(seen, "encoder.0.norm1", 0), seen)
    assert (names["alone_by_place"] - names["by_place"][:1]).abs().max() > 0.1
    assert (names["alone_by_token"] - names["by_token"][:1]).abs().max() < 1e-6


def test_the_last_view_of_the_loss_is_the_training_loss():
    from transformer.learning.steps import token_loss
    from transformer.tasks import Batch

    seen = passed()
    names = paste(parts.frames(seen, "probabilities", 0), seen)
    trg = torch.cat([seen.trg_input[:, :1], seen.trg_target], dim=1)
    assert torch.allclose(names["loss"], token_loss(seen.trace["decoder.logits"], Batch(seen.src, trg)))


@pytest.mark.parametrize("config", [None, *CONFIGS.values()], ids=["shipped", *CONFIGS])
def test_token_by_token_gives_the_rows_of_the_one_pass(config):
    seen = passed(config)
    frames = serial.frames(seen)
    names = {"torch": torch, "model": seen.checkpoint.model, **seen.stages}
    with torch.no_grad():
        for frame in frames:
            exec(frame.code, names)
    assert torch.allclose(names["serial"], names["parallel"], atol=1e-5)
    assert len(frames) == 1 + seen.trg_input.size(1)


def test_the_batch_lesson_has_the_shapes_of_the_notes():
    seen = passed()
    names = paste(batch.frames(seen), seen)
    given = EXAMPLES["linear_batch"]
    assert list(names["rows"].shape) == given["input_shape"]
    assert list(names["out"].shape) == given["output_shape"]


def test_the_default_views_are_small():
    seen = passed()
    for part in parts.order(parts.architecture(seen)):
        assert len(json.dumps(grid_data(parts.frames(seen, part, 0)))) < 300_000
