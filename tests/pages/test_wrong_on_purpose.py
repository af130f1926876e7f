"""Wrong on purpose: a click trains with a mistake; the page shows prediction and measurement side by side."""

import pytest

from tests.pages.conftest import has_told, model_choice, told
from tests.pages.test_training import jobs, panels, press, progress  # noqa: F401
from transformer import TransformerConfig
from transformer.learning.runs import MetricsWriter, Run
from transformer.learning.steps import TrainConfig, Training, train

SMALL = {"embed_dim": 8, "num_layers": 1, "heads": 2, "feed_forward_dim": 16}
SHORT = {"steps": 6, "batch_size": 8, "evaluate_every": 3, "evaluation_size": 16}


@pytest.fixture
def queue(jobs, monkeypatch):  # noqa: F811
    """A registry that starts no process: tests look only at which runs were requested."""
    monkeypatch.setattr(jobs, "_dispatch", lambda: None)
    return jobs


@pytest.fixture
def record(tmp_path):
    """`record("name", {"mistake": ...})` saves a short training on disk; returns its last step."""

    def make(name, model=(), training=()):
        config = TrainConfig(**SHORT | dict(training))
        sizes = TransformerConfig(**SMALL | dict(model))
        run, trained = Run.create(tmp_path / "runs", name, sizes, config), Training(sizes, config)
        metrics = MetricsWriter(run)
        for step in train(trained):
            metrics.write(step)
        metrics.close()
        run.save(trained)
        return step

    return make


def text(app):
    """All Markdown on the page, and the table of figures as Markdown."""
    tables = told(app, "live_figures")["state"]["tables"] if has_told(app, "live_figures") else []
    rows = ["| " + " | ".join(row) + " |" for table in tables for row in table["rows"]]
    return "\n".join([*(element.value for element in app.markdown), *rows, ""])


def test_a_click_that_can_start_nothing_says_why(open_page, queue, monkeypatch, tmp_path):
    """The disk fills up after the page was drawn and before the click."""
    app = open_page("training")
    monkeypatch.setattr("transformer.learning.feasible.disk_free", lambda folder: 100)
    press(app, "No causal mask")
    assert not app.exception
    assert any("the disk has 0 MB left" in toast.value for toast in app.toast)
    assert queue.all() == []
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("label", "code", "model", "training"),
    [
        ("No causal mask", "no_causal_mask", {"mistake": "no_causal_mask"}, {}),
        ("No padding mask", "no_padding_mask", {"mistake": "no_padding_mask"}, {}),
        ("Fill value 1e-20", "tiny_fill", {"mistake": "tiny_fill"}, {}),
        ("Inverted masks", "inverted_mask", {"mistake": "inverted_mask"}, {}),
        ("Target not shifted", "not_shifted", {}, {"shift_target": False}),
    ],
)
def test_a_click_trains_with_that_mistake_and_nothing_else_changed(
    open_page, queue, label, code, model, training
):
    app = open_page("training", train_heads="2", train_guess="neither")
    press(app, label)
    (job,) = queue.all()
    assert job.model == TransformerConfig(embed_dim=32, num_layers=2, feed_forward_dim=128, **model)
    small = {"steps": 600, "batch_size": 64, "learning_rate": 3e-3, "warmup_steps": 50, "evaluate_every": 25}
    assert job.training == TrainConfig(**small, **training)
    assert not app.exception
    assert app.session_state["run"] == f"run:{job.name}"
    assert "Wrong on purpose: " + label[0].lower() + label[1:] in text(app)
    assert app.radio(key="train_guess").value is None
    assert "Predict" in app.radio(key="train_guess").label
    press(app, label)
    assert len(queue.all()) == 1, "a double click starts one run"


def test_without_positions_both_tasks_are_trained_and_compared(open_page, queue):
    app = open_page("training")
    press(app, "No positional encoding")
    started = {job.training.task: job for job in queue.all()}
    assert set(started) == {"sort", "reverse"}
    assert {job.model.positions for job in queue.all()} == {"none"}
    assert app.session_state["run"] == f"run:{started['reverse'].name}"
    assert app.session_state["train_compare"].split(",") == [
        f"run:{started[task].name}" for task in ("reverse", "sort")
    ]
    assert "reverse digits, no positions" in text(app)
    press(app, "Train what is missing in the table")
    kinds = sorted((job.training.task, job.model.positions) for job in queue.all())
    assert kinds == [(task, kind) for task in ("reverse", "sort") for kind in ("none", "sinusoidal")]


def test_a_lessons_settings_are_in_the_address_and_can_be_put_right(open_page, queue):
    app = open_page("training", train_mistake="tiny_fill", train_shift_target="0", train_positions="none")
    assert any("fill value 1e-20" in caption.value for caption in app.caption)
    press(app, "Put it right")
    assert app.session_state["train_mistake"] == "none"
    assert app.session_state["train_shift_target"]
    assert app.session_state["train_positions"] == "sinusoidal"


def test_what_was_seen_is_told_in_the_runs_own_numbers_beside_the_prediction(open_page, queue, record):
    wrong = record("wrong", {"mistake": "inverted_mask"})
    app = open_page("training", run="run:wrong", train_guess="learns")
    assert not app.exception
    evaluation = wrong.evaluation
    for number in (f"{wrong.loss:.4f}", f"{evaluation.loss:.4f}", f"{evaluation.token_accuracy:.1%}"):
        assert text(app).count(number) == 2, "in the table and in words"
    assert "You predicted: “It learns the task" in text(app)
    assert "Measured: “Neither accuracy gets far”" in text(app)
    assert "the outcome was another" in text(app)
    assert "turn every source round. Its logits change by 0 at most" in text(app)
    assert "| the same without the mistake | – |" in text(app)
    press(app, "Train the same without the mistake")
    (job,) = queue.all()
    assert job.model == TransformerConfig(**SMALL)
    assert job.training == TrainConfig(**SHORT)
    assert app.session_state["run"] == "run:wrong"


def samples_shown(app):
    return [name for name in ("live_newest", "live_samples") if has_told(app, name)]


@pytest.mark.parametrize("decided", ["predicted", "without a prediction"])
def test_while_a_prediction_is_open_nothing_is_shown_that_answers_it(open_page, queue, record, decided):
    last = record("wrong", {"mistake": "no_causal_mask"})
    figures = (f"{last.loss:.4f}", f"{last.evaluation.loss:.4f}", f"{last.evaluation.token_accuracy:.1%}")
    app = open_page("training", run="run:wrong")
    assert not app.exception
    assert progress(app) == "finished · step 6 of 6"
    assert "| with the mistake | 6 |\n" in text(app)
    assert not [number for number in figures if number in text(app)]
    assert panels(app) == ["learning rate", "tokens per second"]
    curves = told(app, "live_curves")
    assert not any(row[column] for row in curves["rows"] for column in (1, 2)), "nor does it travel"
    assert not curves["marks"]
    assert not samples_shown(app)
    assert not any(words in text(app) for words in ("Measured:", "What was seen"))
    runs = open_page("training", run="run:wrong", train_section="runs", train_compare="run:wrong,sort")
    row = runs.dataframe[0].value.iloc[0]
    assert row["run"] == "wrong (no causal mask)"
    assert row[["exact_match", "held_out_loss"]].isna().all()
    assert "wrong (no causal mask)" not in next(iter(runs.multiselect)).options
    attention = open_page("training", run="run:wrong", train_section="attention")
    assert not has_told(attention, "live_curves_marked")

    if decided == "predicted":
        app.radio(key="train_guess").set_value("neither").run()
    else:
        press(app, "Show without a prediction")
    assert all(number in text(app) for number in figures)
    assert len(panels(app)) == 5
    assert len(samples_shown(app)) == 2
    assert "Measured:" in text(app)


def test_the_same_without_the_mistake_is_found_where_it_was_trained(open_page, queue, record):
    record("wrong", training={"shift_target": False})
    record("other", training={"seed": 1})
    right = record("right")
    app = open_page("training", run="run:wrong", train_reveal="1")
    assert f"| the same without the mistake | 6 | {right.loss:.4f} |" in text(app)
    assert "Train the same without the mistake" not in {button.label for button in app.button}
    app = open_page("training", run="run:right")
    assert "Wrong on purpose" not in text(app)


@pytest.mark.parametrize("guess", ["sort_only", "?", "<b>"])
def test_a_prediction_that_does_not_belong_to_the_lesson_is_none(open_page, queue, record, guess):
    record("wrong", {"mistake": "no_padding_mask"})
    app = open_page("training", run="run:wrong", train_guess=guess, lang="zh")
    assert not app.exception
    assert app.radio(key="train_guess").value is None
    assert "PAD" in text(app)


@pytest.mark.parametrize("mistake", ["no_causal_mask", "no_padding_mask", "tiny_fill", "inverted_mask"])
def test_every_page_shows_a_mistaken_model_as_it_is(open_page, queue, record, mistake):
    record("wrong", {"mistake": mistake})
    views = [
        ("inside", {"part": "decoder.0.self_attention"}), ("inside", {"inside": "serial"}),
        ("broadcasting", {"from": "model", "attention": "self"}), ("laboratory", {"lab_attention": "self"}),
        ("decoding", {"input": "5 3"}),
    ]  # fmt: skip
    for page, query in views:
        app = open_page(page, model="run:wrong", **query)
        assert not app.exception, (page, query)
        assert app.session_state["model"] == "run:wrong"


def test_a_model_with_a_mistake_says_so_in_the_sidebar(open_page, queue, record):
    record("wrong", {"mistake": "tiny_fill"})
    app = open_page("decoding", model="run:wrong")
    assert not app.exception
    assert "run wrong (fill value 1e-20)" in model_choice(app).options
