"""Every page, section and part of a model, on models with the worst weights that training can give.

The quick tests open each view with a few of the models, in turn; `-m slow` opens every view with every model.
"""

import re

import pytest
import torch

from tests.pages.hostile import MODELS, SMALL, Visitor, views, words_of
from transformer import Checkpoint, TransformerConfig, save_checkpoint
from transformer.experiments.finite import not_finite
from transformer.learning.folder import CHECKPOINT
from transformer.learning.runs import MetricsWriter, Run
from transformer.learning.steps import TrainConfig, Training, train
from transformer.tasks import pad_batch
from ui.frames.inside import parts
from ui.frames.inside.notebook import run
from ui.pages import BY_SLUG

IN_TURN = 11
"""The quick tests open a view with every eleventh model."""

RAW_NUMBER = re.compile(r"(?<![\w.'\"-])(nan|inf)(?![\w'\"])")
"""NaN and infinity as Python writes them, except in quotes, as in the code float('-inf')."""


@pytest.fixture(scope="module")
def visitor():
    """One session for all tests of a process: a new one costs as much as twenty pages."""
    return Visitor()


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """`kept("nan")` saves that model as a run; returns it, and whether its outputs are not finite."""
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
    """Open views of a model, and check that each is drawn and says if the model is broken."""
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
        assert len(said) == (broken is not None and BY_SLUG[page].shows_model), where


@pytest.mark.parametrize("name", MODELS)
def test_views_in_turn(visitor, kept, name):
    turn = list(MODELS).index(name)
    look(visitor, kept, name, lambda number: (number + turn) % IN_TURN == 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_every_view(visitor, kept, name):
    look(visitor, kept, name, lambda number: True)


@pytest.fixture
def in_english(monkeypatch):
    """Fixes the language: outside a session it would be looked up for every sentence."""
    monkeypatch.setattr("ui.i18n._asked_for", lambda: "en")


def lessons(name):
    """Part, pass and frames for every part of a model, in its last layer."""
    task, make = MODELS[name]
    model = make(task).eval()
    examples = task.examples[:1] if model.config.max_len < 8 else task.examples[:2]
    src = pad_batch([task.encode(text) for text in examples])[:, : model.config.max_len]
    trg = pad_batch([task.answer(row) or row for row in src.tolist()])[:, : model.config.max_len]
    passed = run(Checkpoint(model, task), src, trg)
    for part in parts.order(parts.architecture(passed)):
        yield part, passed, parts.frames(passed, part, model.config.num_layers - 1)


@pytest.mark.parametrize("name", MODELS)
def test_every_part_has_a_lesson_in_every_model(in_english, name):
    for part, _, frames in lessons(name):
        for frame in frames:
            assert not RAW_NUMBER.search(frame.caption), (part, frame.caption)


@pytest.mark.parametrize("name", ["own pairs", "heads of one number", "two wide", "zero", "inverted_mask"])
def test_a_lesson_computes_what_the_pass_did(in_english, name):
    compared = 0
    for part, passed, frames in lessons(name):
        computed = [tensor for place, tensor in passed.trace.items() if not place.endswith("masked_energy")]
        largest = max(float(tensor.float().abs().max()) for tensor in computed)
        for frame in frames:
            for difference in (value for title, value in frame.facts if title.startswith("largest diff")):
                compared += 1
                assert float(difference) <= 1e-5 * largest, (part, frame.title)
    assert compared >= 18


def test_a_broken_training_says_since_when(visitor, tmp_path, monkeypatch):
    monkeypatch.setattr("ui.models.RUNS", tmp_path)
    sizes = TransformerConfig(**SMALL, norm="pre")
    training = TrainConfig(
        steps=20, batch_size=8, learning_rate=10.0, optimizer="sgd", warmup_steps=0, grad_clip=0.0,
        evaluate_every=20, evaluation_size=4,
    )  # fmt: skip
    folder, trained = Run.create(tmp_path, "diverged", sizes, training), Training(sizes, training)
    metrics, first = MetricsWriter(folder), None
    for step in train(trained):
        metrics.write(step)
        if first is None and not torch.tensor([step.loss, step.grad_norm]).isfinite().all():
            first = step.step
    metrics.close()
    folder.save(trained)
    assert first, "this training has to diverge"
    app = visitor.open("inside", model="run:diverged", part="encoder.0.self_attention")
    assert not app.exception
    (said,) = (error.value for error in app.error)
    assert f"NaN or infinite at step {first}." in said
    assert "`encoder.embed.weight`" in said
    assert not app.switch_page("pages/questions/questions.py").run().error
