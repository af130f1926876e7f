"""The training page: a first visit shows a recorded run; runs are started, controlled, kept and deleted."""

import io
import json
import shutil
from dataclasses import asdict, replace

import pandas as pd
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates

from tests.pages.conftest import keyed, model_choice, told
from transformer import TransformerConfig
from transformer.learning.costs import Speed
from transformer.learning.folder import METRICS, read_about, write_about
from transformer.learning.lock import LOCK, Writer
from transformer.learning.runs import MetricsWriter, Run
from transformer.learning.snapshots import Snapshots
from transformer.learning.steps import TrainConfig, Training, train
from ui import ownership
from ui.jobs import Jobs
from ui.sidebar import MODEL_CHOICE
from ui.training import outcome, shown
from ui.training.buttons import RUN_CHOICE
from ui.training.table import runs_table

TINY = {
    "train_steps": "30",
    "train_batch_size": "8",
    "train_embed_dim": "8",
    "train_heads": "2",
    "train_num_layers": "1",
    "train_feed_forward_dim": "16",
    "train_evaluate_every": "10",
}
SECONDS = 180


@pytest.fixture
def jobs(monkeypatch):
    """A registry for one test, closed after it; it keeps no spare process."""
    jobs = Jobs(limit=1)
    monkeypatch.setattr(jobs, "warm", lambda: None)
    modules = ("jobs", "training.shown", "training.buttons", "training.progress")
    for module in (*modules, "training.estimate", "training.outcome"):
        monkeypatch.setattr(f"ui.{module}.jobs", lambda: jobs)
    yield jobs
    jobs.close()


@pytest.fixture
def recorded(tmp_path):
    """A short training on disk, in the runs folder of `open_page`."""
    model = TransformerConfig(embed_dim=8, num_layers=1, heads=2, feed_forward_dim=16)
    config = TrainConfig(steps=30, batch_size=8, evaluate_every=10)
    run, training = Run.create(tmp_path / "runs", "short", model, config), Training(model, config)
    metrics, snapshots = MetricsWriter(run), Snapshots(run.path)
    snapshots.take(training)
    for record in train(training):
        metrics.write(record)
        if record.evaluation:
            snapshots.take(training)
    metrics.close()
    run.save(training)
    return run.path


def press(app, label):
    return next(button for button in app.button if button.label == label).click().run()


def can_press(app):
    return {button.label for button in app.button if not button.disabled}


def progress(app):
    return told(app, "live_progress")["state"]["bar"]["text"]


def panels(app, name="live_curves"):
    return [panel["title"] for panel in told(app, name)["panels"]]


def test_a_first_visit_shows_the_shipped_training(open_page, jobs):
    app = open_page("training")
    assert not app.exception
    assert "step 1,500 of 1,500" in progress(app)
    assert panels(app) == [
        "loss, nats per token",
        "share right",
        "learning rate",
        "gradient norm",
        "tokens per second",
    ]
    assert told(app, "live_curves")["last"] == 1500, "complete without a stream"
    assert {"Start", "Step", "Replay"} <= can_press(app)
    assert not {"Pause", "Stop"} & can_press(app)


@pytest.mark.slow
def test_a_run_is_started_paused_stepped_resumed_and_stopped(open_page, jobs, tmp_path):
    app = open_page("training", **TINY | {"train_steps": "20000", "train_evaluate_every": "20000"})
    press(app, "Step")
    (job,) = jobs.all()
    assert job.wait_until(lambda: (job.state, job.step) == ("paused", 1), SECONDS)
    assert "paused · step 1 of 20,000" in progress(app.run())
    press(app, "Step")
    assert job.wait_until(lambda: job.step > 1, SECONDS)
    assert "paused · step 2 of 20,000" in progress(app.run())
    press(app, "Resume")
    assert job.wait_until(lambda: job.step > 10, SECONDS)
    press(app, "Pause")
    assert job.wait_until(lambda: job.state == "paused", SECONDS)
    held = job.step
    assert f"paused · step {held:,}" in progress(app.run())
    assert job.step == held
    press(app, "Stop")
    assert job.wait_until(lambda: job.is_over, SECONDS)
    app.run()
    assert not app.exception
    assert {"Start", "Continue", "Use this model on all pages"} <= can_press(app)
    press(app, "Continue")
    again = jobs.get(job.name)
    assert again is not job
    assert again.wait_until(lambda: again.step > held, SECONDS)


def test_what_was_sent_before_the_browser_heard_of_a_new_run_does_not_take_it_off_the_charts(open_page, jobs):
    app = open_page("training", run="sort", **TINY)
    late = app._tree.get_widget_states()  # the browser's state before the response to Start arrives
    press(app, "Start")
    assert "of 30" in progress(app)
    app._run(late)
    assert "of 30" in progress(app)


def test_a_recorded_run_is_shown_used_everywhere_and_deleted(open_page, jobs, recorded):
    app = open_page("training", run="run:short", train_compare="sort,run:short", train_section="runs")
    rows = app.dataframe[0].value
    assert isinstance(rows, pd.DataFrame)
    assert rows["run"].iloc[0] == "short"
    app = open_page("training", run="run:short")
    assert not app.exception
    assert "finished · step 30 of 30" in progress(app)
    assert any("every page can work with this model" in text.value for text in app.markdown)
    (samples,) = told(app, "live_samples")["state"]["tables"]
    assert len(samples["rows"]) == 12
    press(app, "Use this model on all pages")
    assert app.session_state["model"] == "run:short"
    assert "All pages work with this model now." in [text.value for text in app.markdown]
    press(app, "Delete this run")
    assert not recorded.exists()
    assert app.session_state["model"] == "sort"
    assert not app.exception


def said_to_be_cut_off(app):
    return any("ended before the run did" in message.value for message in app.info)


def test_a_run_that_was_cut_off_says_so_and_goes_on(open_page, jobs, recorded):
    """The run as a killed server leaves it, opened by another server."""
    metrics = (recorded / METRICS).read_text().splitlines(keepends=True)
    (recorded / METRICS).write_text("".join(metrics[:20]) + metrics[20][:30])
    app = open_page("training", run="run:short")
    assert "stopped · step 20 of 30" in progress(app)
    assert not said_to_be_cut_off(app), "somebody stopped it"
    dead = Writer(2**22 + 1, "elsewhere", "1", Writer.this_process().system)
    (recorded / LOCK).write_text(json.dumps(asdict(dead)))
    app.run()
    assert said_to_be_cut_off(app)
    press(app, "Continue")
    job = jobs.get("short")
    assert job.wait_until(lambda: job.is_over, SECONDS)
    assert job.state == "finished"
    app.run()
    assert not said_to_be_cut_off(app)
    assert not (recorded / LOCK).exists()


def grids(app):
    """The data given to each tensor grid on the page."""
    found = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    return [data for data in found if "frames" in data]


def titles(grid):
    return [frame["title"] for frame in grid["frames"]]


MOMENTS = ["before the first step", "after step 10", "after step 20", "after step 30"]


@pytest.mark.parametrize(
    ("look", "names"),
    [
        ("decoder.cross", ["cross-attention"]),
        ("all", ["encoder self-attention", "decoder self-attention", "cross-attention"]),
        ("embed", ["words of the source", "words of the target"]),
        ("position", ["all positions"]),
    ],
)
def test_attention_over_training_has_a_frame_for_each_snapshot(open_page, jobs, recorded, look, names):
    app = open_page("training", run="run:short", train_look=look, train_snapshot="12")
    assert not app.exception
    (grid,) = grids(app)
    assert titles(grid) == MOMENTS
    assert grid["options"]["start"] == 1, "the nearest to step 12"
    for frame in grid["frames"]:
        assert [grid["views"][tensor["view"]]["name"] for tensor in frame["tensors"]] == names
    facts = dict(grid["frames"][-1]["facts"])
    last = list(Run.find(recorded).metrics())[-1]
    assert facts["held-out loss"] == f"{last['evaluation']['loss']:.4f}"


def test_a_damaged_snapshot_is_left_out_with_a_sentence(open_page, jobs, recorded):
    Snapshots(recorded).path(10).write_bytes(b"torn")
    app = open_page("training", run="run:short", train_section="attention")
    assert not app.exception
    assert "1 snapshots cannot be read" in app.warning[0].value
    assert titles(grids(app)[0]) == [MOMENTS[0], *MOMENTS[2:]]


def test_the_shipped_training_shows_attention_at_first_sight(open_page, jobs):
    app = open_page("training", train_section="attention")
    (grid,) = grids(app)
    assert titles(grid)[0] == MOMENTS[0]
    assert len(grid["frames"]) == 16
    assert panels(app, "live_curves_marked") == ["loss, nats per token", "share right"], "in view with it"


def test_a_training_without_snapshots_says_how_to_get_some(open_page, jobs):
    app = open_page("training", train_section="attention", run="reverse")
    assert not grids(app)
    assert any("Start a run: one is taken before its first step" in text.value for text in app.markdown)


def test_samples_can_be_stepped_through_and_one_of_them_followed(open_page, jobs, recorded):
    app = open_page("training", run="run:short", train_sample="steps")
    (samples,) = grids(app)
    assert titles(samples) == MOMENTS[1:]
    evaluations = [line["evaluation"] for line in Run.find(recorded).metrics() if line["evaluation"]]
    for frame, evaluation in zip(samples["frames"], evaluations, strict=True):
        lengths = [len(tokens) for _, tokens in frame["tokens"]]
        assert lengths == [len(sample) - 1 for sample in evaluation["samples"]]
    app.selectbox(key="train_sample").set_value("3").run()
    assert not app.exception
    (table,) = told(app, "live_samples")["state"]["tables"]
    versions = {tuple(evaluation["samples"][3]) for evaluation in evaluations}
    assert len(table["rows"]) >= 1 + len(versions)
    assert table["rows"][0][0] == "right answer"


def test_an_impossible_configuration_gets_a_sentence_and_no_start(open_page, jobs):
    app = open_page("training", train_heads="5")
    assert "embed_dim = 32 cannot be shared equally by 5 heads" in app.warning[0].value
    assert "Start" not in can_press(app)
    app.number_input(key="train_heads").set_value(8).run()
    assert not app.warning
    assert "Start" in can_press(app)


@pytest.mark.parametrize(
    ("query", "section"),
    [
        ({"train_table": "1"}, "runs"),
        ({"train_look": "all"}, "attention"),
        ({"train_snapshot": "20"}, "attention"),
        ({"train_section": "train", "train_attention": "all", "train_moment": "20"}, "train"),
    ],
)
def test_a_link_from_before_the_page_had_sections_opens_the_one_it_means(
    open_page, jobs, recorded, query, section
):
    app = open_page("training", run="run:short", **query)
    assert not app.exception
    assert app.session_state["train_section"] == section
    old = {name: query[name] for name in ("train_look", "train_snapshot") if name in query}
    for name, value in old.items():
        new = {"train_look": "train_attention", "train_snapshot": "train_moment"}[name]
        assert str(app.session_state[new]) == value
        assert name not in app.query_params
    assert "train_table" not in app.query_params
    app.segmented_control(key="train_section").set_value("train").run()
    assert app.session_state["train_section"] == "train", "only the link leads there, not what it has set"


FIELDS = ("train_steps", "train_heads", "train_seed", "train_learning_rate")


@pytest.mark.parametrize("key", FIELDS)
@pytest.mark.parametrize("number", [-1, 10**10])
def test_a_number_out_of_range_disables_start_and_is_said(open_page, jobs, key, number):
    app = open_page("training")
    field = app.number_input(key=key)
    assert (field.min, field.max) == (None, None), "what the browser keeps to itself, the page cannot say"
    field.set_value(number).run()
    assert not app.exception
    assert f"{field.label}: {number:,} is out of range" in app.warning[0].value.replace("\\", "")
    assert not {"Start", "Step"} & can_press(app)
    assert app.number_input(key=key).value == number, "nothing that was typed is lost"


def test_an_emptied_field_goes_back_to_its_default(open_page, jobs):
    app = open_page("training", train_steps="77")
    app.number_input(key="train_steps").set_value(None).run()
    assert app.number_input(key="train_steps").value == 600
    assert "Start" in can_press(app)


@pytest.mark.parametrize(
    "query",
    [
        {"run": "run:../../etc"},
        {"run": "nonsense", "train_compare": ",,run:x,sort,sort", "train_measure": "?"},
        {"train_steps": "-1", "train_learning_rate": "nan", "train_task": "<b>", "train_seed": "1e9"},
        {"train_learning_rate": "1e400", "train_embed_dim": "99999999999999999999", "train_log": "2"},
        {"train_sample": "99", "train_look": "x", "train_snapshot": "-7"},
    ],
)
def test_nonsense_in_the_address_is_no_error(open_page, jobs, query):
    app = open_page("training", **query)
    assert not app.exception
    assert "1,500 of 1,500" in progress(app)


def test_a_folder_that_is_no_run_is_left_out(open_page, jobs, tmp_path):
    for name, content in {"empty": "{}", "torn": "{", "list": "[]"}.items():
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "config.json").write_text(content)
    app = open_page("training", run="run:torn", train_table="1")
    assert not app.exception
    assert set(app.dataframe[0].value["run"]) >= {"sort digits (shipped)"}
    assert "torn" in app.warning[0].value


def test_a_preset_sets_what_it_names_and_resets_the_rest(open_page, jobs):
    app = open_page("training", train_heads="2", train_seed="7")
    press(app, "As the shipped sort model: three minutes")
    assert app.session_state["train_embed_dim"] == 64
    assert app.session_state["train_seed"] == 0
    assert any("352,717 parameters" in caption.value for caption in app.caption)


def test_restarting_makes_a_run_from_the_same_initial_weights(open_page, jobs, recorded):
    app = open_page("training", run="run:short")
    press(app, "Restart")
    (job,) = jobs.all()
    assert job.wait_until(lambda: job.is_over, SECONDS)
    before = [line["loss"] for line in Run.find(recorded).metrics()]
    assert [record.loss for record in job.records] == pytest.approx(before, rel=1e-6)
    app.run()
    assert "Restarted from the initial weights of short." in [text.value for text in app.text]
    app = open_page("training", train_section="runs")
    differs = list(app.dataframe[0].value["differs"])
    assert differs[:2] == ["restart of short", "the first run"]


HOSTILE = "<b>**x**</b> ../../../etc"


def test_a_title_is_text_wherever_it_leads(open_page, jobs, recorded):
    app = open_page("training", run="run:short")
    field = next(field for field in app.text_input if field.label == "Title of the run")
    field.set_value(f"  {HOSTILE}\n ").run()
    assert not app.exception
    assert [path.name for path in recorded.parent.iterdir()] == ["short"]
    assert app.session_state["run"] == "run:short", "a link to the run stays valid"
    for shown_in in (app, open_page("training", run="run:short", train_section="runs")):
        assert not any(HOSTILE in markdown.value for markdown in shown_in.markdown)
    assert shown_in.dataframe[0].value["run"].iloc[0] == HOSTILE
    field = next(field for field in app.text_input if field.label == "Title of the run")
    field.set_value("").run()
    app = open_page("training", run="run:short", train_section="runs")
    assert app.dataframe[0].value["run"].iloc[0] == "short"


def test_an_old_title_that_arrives_after_the_new_one_changes_no_choice(open_page, jobs, recorded):
    """Every click sends the titles on screen, and a quick one those from before the last answer."""
    app = open_page("training", run="run:short", model="run:short")
    screen = app._tree.get_widget_states()
    choices = WidgetStates(
        widgets=[one for one in screen.widgets if RUN_CHOICE in one.id or MODEL_CHOICE in one.id]
    )
    assert {one.string_value for one in choices.widgets} == {"short", "run short"}
    next(field for field in app.text_input if field.label == "Title of the run").set_value("new").run()
    app._run(choices)
    assert not app.exception
    assert (app.session_state["run"], app.session_state["model"]) == ("run:short", "run:short")
    assert model_choice(app).value == "run:short"
    assert keyed(app.selectbox, RUN_CHOICE).value == "run:short"


def test_two_runs_of_one_title_are_told_apart_wherever_one_is_chosen(open_page, jobs, recorded):
    twin = recorded.parent / "twin"
    shutil.copytree(recorded, twin)
    for folder in (recorded, twin):
        write_about(folder, {"title": "same"})
    app = open_page("training", run="run:short")
    assert not app.exception
    for label, words in (("On the charts", "same"), ("Current model", "run same")):
        field = next(field for field in app.selectbox if field.label == label)
        assert {f"{words} · short", f"{words} · twin"} < set(field.options)
        field.set_value(f"{words} · twin").run()
    assert (app.session_state["run"], app.session_state["model"]) == ("run:twin", "run:twin")
    app = open_page("training", train_section="runs", train_compare="run:twin,run:short")
    assert {"same · short", "same · twin"} < set(app.dataframe[0].value["run"])
    assert any({"same · short", "same · twin"} < set(field.options) for field in app.multiselect)


def test_metrics_are_taken_away_as_a_table(open_page, jobs, recorded):
    open_page("training", run="run:short")
    table = pd.read_csv(io.BytesIO(outcome.metrics_csv("short")))
    assert list(table["step"]) == list(range(1, 31))
    assert table["held_out_exact_match"].notna().sum() == 3
    assert {"loss", "grad_norm", "seconds", "held_out_loss"} <= set(table.columns)
    assert not any("samples" in column for column in table.columns)


def test_the_table_says_what_differs_and_how_long_it_took(open_page, jobs, recorded):
    open_page("training", run="run:short")
    run = shown.named("run:short")
    other = replace(
        run,
        training=replace(run.training, learning_rate=0.5, seed=3),
        model=replace(run.model, heads=4),
    )
    table = runs_table([other, run, shown.named("reverse")])
    assert table["differs"].tolist() == [
        "learning rate 0.001 → 0.5, seed 0 → 3, heads 2 → 4",
        "the first run",
        "",
    ]
    assert run.seconds == pytest.approx(sum(record.seconds for record in run.records))
    assert table["time"].notna().tolist() == [True, True, False]


def test_what_does_not_fit_is_refused_beforehand(open_page, jobs, monkeypatch):
    app = open_page("training", **TINY)
    assert "Start" in can_press(app)
    assert any("MB of memory" in caption.value for caption in app.caption)
    monkeypatch.setattr("transformer.learning.costs.available_memory", lambda: 100 * 2**20)
    app.run()
    assert "this machine has 80 MB left" in app.warning[0].value
    assert not {"Start", "Step"} & can_press(app)
    monkeypatch.setattr("transformer.learning.costs.available_memory", lambda: None)
    app.run()
    assert "Start" in can_press(app)


def test_a_measured_machine_tells_the_time(open_page, jobs):
    jobs.speed_test.speed = Speed(1.0, 0.0, 0.0)
    app = open_page("training", **TINY | {"train_steps": "60", "train_evaluate_every": "20000"})
    assert any("about 1 min" in caption.value for caption in app.caption)


@pytest.fixture
def classroom(monkeypatch):
    """Classroom mode, in which each session counts as a new browser."""
    monkeypatch.setattr(ownership, "CLASSROOM", True)
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", {})


def test_a_run_of_somebody_else_is_not_there(open_page, jobs, recorded, classroom):
    app = open_page(
        "training", run="run:short", train_compare="run:short", train_table="1", model="run:short"
    )
    assert not app.exception
    assert "short" not in set(app.dataframe[0].value["run"])
    app = open_page("training", run="run:short", model="run:short")
    assert "step 1,500 of 1,500" in progress(app)
    assert not {"Delete this run", "Use this model on all pages"} & can_press(app)
    app = open_page("decoding", model="run:short")
    assert any("There is no model" in warning.value for warning in app.warning)


def test_a_run_started_in_a_classroom_is_marked_with_its_owner(open_page, jobs, classroom):
    app = open_page("training", **TINY)
    press(app, "Start")
    (job,) = jobs.all()
    assert job.wait_until(lambda: job.is_over, SECONDS)
    app.run()
    assert "finished · step 30 of 30" in progress(app)
    assert read_about(job.path)["owner"] == job.owner
    stranger = open_page("training", run=f"run:{job.name}")
    assert "step 1,500 of 1,500" in progress(stranger)
