"""The captions about a training's embeddings agree with the pictures."""

import re

import numpy as np
import pytest
import torch

from transformer import TransformerConfig, build_model
from transformer.learning.snapshots import probe, take_snapshot
from transformer.tasks import held_out_batch, task_named
from ui.frames.training import similarity_frames

TASK = task_named("sort")


def frame(spoil=lambda model: None, table="embed", **config):
    """The frame of one snapshot of an untrained model."""
    torch.manual_seed(0)
    model = build_model(TransformerConfig(embed_dim=8, heads=2, num_layers=1, **config))
    with torch.no_grad():
        spoil(model)
    (drawn,) = similarity_frames(TASK, [take_snapshot(model, probe(held_out_batch(TASK, 24)))], {}, table, "")
    return drawn


@pytest.fixture(autouse=True)
def in_english(monkeypatch):
    monkeypatch.setattr("ui.i18n._asked_for", lambda: "en")


@pytest.mark.parametrize(("table", "config"), [("embed", {}), ("position", {"positions": "learned"})])
def test_of_each_table_the_pair_that_is_most_alike_in_it_is_named(table, config):
    drawn = frame(table=table, **config)
    said = re.findall(r"Most alike in “(.+?)”: “(.+?)” and “(.+?)”, cosine (-?\d\.\d\d)", drawn.caption)
    assert [name for name, *_ in said] == [view.name for view in drawn.tensors]
    for view, (_, first, second, cosine) in zip(drawn.tensors, said, strict=True):
        others = np.where(np.eye(len(view.values)) + view.masked > 0, -2, view.values)
        row, column = view.row_labels.index(first), view.column_labels.index(second)
        assert others[row, column] == others.max()
        assert cosine == f"{others.max():.2f}"


def test_a_zero_vector_is_called_one():
    for view in frame().tensors:
        assert view.masked[0].all()
        assert view.hatched == "a zero vector, which has no direction"


def test_of_vectors_that_are_nan_none_are_most_alike():
    def spoil(model):
        model.encoder.embed.weight.fill_(float("nan"))
        model.decoder.embed.weight[3] = float("nan")

    caption = frame(spoil).caption
    assert "words of the source" not in caption
    assert "words of the target" in caption
    assert "NaN" not in caption
