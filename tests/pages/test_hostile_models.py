"""Every page, section and part of a model, on models as bad as training can make them.

Quickly each view meets a few of the models, in turn; `-m slow` shows every view on every model.
"""

import json
import math
import re

import pytest
import torch

from tests.pages.hostile import MODELS, SMALL, Visitor, views, words_of
from transformer import TransformerConfig, save_checkpoint
from transformer.finite import not_finite
from transformer.runs import CHECKPOINT, METRICS, Run
from transformer.training import TrainConfig
from ui.finite import WITHOUT_A_MODEL

IN_TURN = 7
"""A view is looked at on every seventh model."""

RAW_NUMBER = re.compile(r"(?<![\w.'\"-])(nan|inf)(?![\w'\"])")
"""NaN and infinity as Python writes them; what is code says float('-inf')."""


@pytest.fixture(scope="module")
def visitor():
    """One session for all tests of a process: a new one costs as much as twenty pages."""
    return Visitor()


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """`kept("nan")`: that model as a run of this server, and whether it is broken."""
    monkeypatch.setattr("ui.models.RUNS", tmp_path)

    def keep(name):
        task, make = MODELS[name]
        model = make(task)
        folder = tmp_path / "hostile"
        folder.mkdir()
        save_checkpoint(folder / CHECKPOINT, model, task, {})
        src = torch.tensor([task.encode(task.examples[0])])[:, : model.config.max_len]
        return model, not_finite(model, src)

    return keep


def look(visitor, kept, name, chosen):
    """Open views of a model; each has to be there, and to say what the model is."""
    model, broken = kept(name)
    for number, (page, query) in enumerate(views(model.config)):
        if not chosen(number):
            continue
        app = visitor.open(page, model="run:hostile", **query)
        where = f"{page} {query}"
        assert not app.exception, where
        assert app.session_state["model"] == "run:hostile", where
        raw = [text for text in words_of(app) if RAW_NUMBER.search(text)]
        assert not raw, f"{where}: {raw}"
        said = [error.value for error in app.error if "overflow" in error.value or "NaN" in error.value]
        assert len(said) == (broken is not None and page not in WITHOUT_A_MODEL), where


@pytest.mark.parametrize("name", MODELS)
def test_views_in_turn(visitor, kept, name):
    turn = list(MODELS).index(name)
    look(visitor, kept, name, lambda number: (number + turn) % IN_TURN == 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_every_view(visitor, kept, name):
    look(visitor, kept, name, lambda number: True)
