import dataclasses
import json
import math
from dataclasses import replace
from itertools import islice

import pandas as pd
import pytest
import torch

from transformer import InputError, TransformerConfig, save_checkpoint
from transformer.learning.folder import ABOUT, CHECKPOINT, CONFIG, METRICS, write_about
from transformer.learning.runs import MetricsWriter, Run
from transformer.learning.steps import TrainConfig, Training, TrainStep, train

TINY = TransformerConfig(embed_dim=8, num_layers=1, heads=2, feed_forward_dim=16, max_len=32)
QUICK = TrainConfig(steps=10, batch_size=8, evaluation_size=8, warmup_steps=3, evaluate_every=4)


def new_run(folder, name="run", model=TINY, **changes):
    return Run.create(folder, name, model, replace(QUICK, **changes))


def follow(run, training, steps):
    """Take this many steps, or all there are, and write them down as the training program does."""
    metrics = MetricsWriter(run)
    for record in islice(train(training), steps):
        metrics.write(record)
    metrics.close()


def losses(run):
    return [(line["step"], line["loss"], line["grad_norm"], line["evaluation"]) for line in run.metrics()]


@pytest.fixture(params=[0.0, 0.3], ids=["no dropout", "dropout"])
def model(request):
    return dataclasses.replace(TINY, dropout=request.param)


@pytest.fixture
def unbroken(tmp_path, model):
    run = new_run(tmp_path, "unbroken", model)
    follow(run, run.resume(), None)
    return losses(run)


def test_a_resumed_run_has_exactly_the_losses_of_an_unbroken_one(tmp_path, model, unbroken):
    run = new_run(tmp_path, model=model)
    for part in (3, 4, None):
        training = run.resume()
        follow(run, training, part)
        run.save(training)
    assert losses(run) == unbroken
    assert [step for step, *_ in unbroken] == list(range(1, 11))


def test_steps_written_after_the_last_checkpoint_are_taken_again_and_kept_once(tmp_path, model, unbroken):
    run = new_run(tmp_path, model=model)
    training = run.resume()
    follow(run, training, 4)
    run.save(training)
    follow(run, training, 3)  # steps 5 to 7, and then it is killed
    again = run.resume()
    assert again.step == 4
    follow(run, again, None)
    assert losses(run) == unbroken


def test_a_run_killed_before_its_first_checkpoint_starts_over(tmp_path, model, unbroken):
    run = new_run(tmp_path, model=model)
    follow(run, run.resume(), 2)
    again = run.resume()
    assert again.step == 0
    follow(run, again, None)
    assert losses(run) == unbroken


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_resuming_restores_weights_and_moments(tmp_path, optimizer):
    run = new_run(tmp_path, optimizer=optimizer)
    training = run.resume()
    follow(run, training, 3)
    run.save(training)
    again = run.resume()
    for ours, theirs in zip(training.model.parameters(), again.model.parameters(), strict=True):
        assert (ours == theirs).all()
        before, after = training.optimizer.state[ours], again.optimizer.state[theirs]
        assert set(before) == set(after) != set()
        assert all((before[kind] == after[kind]).all() for kind in before)


@pytest.mark.parametrize("cut", [1, 10, 10_000])
def test_a_torn_last_line_is_neither_read_nor_built_upon(tmp_path, cut):
    run = new_run(tmp_path)
    training = run.resume()
    follow(run, training, 3)
    run.save(training)
    path = run.path / METRICS
    whole = path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    path.write_bytes(whole[: -min(cut, len(last) - 1)])
    assert [line["step"] for line in run.metrics()] == [1, 2]
    follow(run, training, 2)
    assert [line["step"] for line in run.metrics()] == [1, 2, 4, 5]
    assert path.read_bytes().endswith(b"\n")


def test_a_torn_line_is_written_again_by_a_run_that_goes_back_before_it(tmp_path):
    run = new_run(tmp_path)
    training = run.resume()
    follow(run, training, 2)
    run.save(training)
    follow(run, training, 2)
    path = run.path / METRICS
    path.write_bytes(path.read_bytes()[:-7])
    follow(run, run.resume(), None)
    assert [line["step"] for line in run.metrics()] == list(range(1, 11))


def test_a_new_run_has_its_configuration_and_nothing_else(tmp_path):
    run = new_run(tmp_path)
    assert [path.name for path in run.path.iterdir()] == [CONFIG]
    config = run.config()
    assert TransformerConfig.from_dict(config["model"]) == TINY
    assert TrainConfig.from_dict(config["training"]) == QUICK
    assert list(run.metrics()) == []
    with pytest.raises(InputError, match=CHECKPOINT):
        run.checkpoint()


def test_the_checkpoint_of_a_run_says_how_it_was_trained(tmp_path):
    run = new_run(tmp_path)
    training = run.resume()
    training.take_step()
    run.save(training)
    saved = run.checkpoint()
    assert saved.task.name == "sort"
    assert saved.about["step"] == 1
    assert TrainConfig.from_dict(saved.about["training"]) == QUICK
    leftovers = {path.name for path in run.path.iterdir()} - {CONFIG, CHECKPOINT, METRICS}
    assert not leftovers


def test_metrics_are_lines_of_json_with_a_step_each(tmp_path):
    run = new_run(tmp_path)
    follow(run, Training(TINY, QUICK), 2)
    lines = (run.path / METRICS).read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [1, 2]


def test_metrics_of_a_diverged_training_are_json_and_read_by_pandas(tmp_path):
    diverged = TrainConfig(steps=1, batch_size=4, evaluate_every=1, evaluation_size=4, learning_rate=10.0,
                           warmup_steps=0, grad_clip=0)  # fmt: skip
    run, training = Run.create(tmp_path, "diverged", TINY, diverged), Training(TINY, diverged)
    with torch.no_grad():
        next(training.model.parameters()).fill_(math.nan)
    follow(run, training, 1)
    (line,) = run.metrics()
    assert line["loss"] == "NaN"
    assert math.isnan(TrainStep.from_dict(line).loss)
    table = pd.read_json(run.path / METRICS, lines=True)
    assert table["loss"].dtype == float
    assert table["loss"].isna().all()


def test_what_people_say_of_a_run_is_kept_apart_and_never_in_the_way(tmp_path):
    run = Run.create(tmp_path, "run", TINY, QUICK, threads=3, about={"title": "<b>../x</b>"})
    assert run.threads == 3
    write_about(run.path, {"owner": "me"})
    assert run.about == {"title": "<b>../x</b>", "owner": "me"}
    assert run.resume().step == 0
    for damaged in ("", "[1]", "{", "[" * 100_000, '{"title": "\\ud800"}'):
        (run.path / ABOUT).write_text(damaged)
        assert run.about == {}
    write_about(run.path, {"title": "again"})
    assert run.about == {"title": "again"}


def test_a_name_is_not_taken_twice(tmp_path):
    new_run(tmp_path)
    with pytest.raises(InputError, match="already a run named run"):
        new_run(tmp_path)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../away", "a/b", "/etc", "a b", ".hidden", "-r", "x" * 81, "a\n"]
)
def test_a_name_that_is_no_plain_file_name_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="cannot name a run"):
        new_run(tmp_path / "runs", name)
    assert not (tmp_path / "runs").exists()


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(InputError, match="no training run in nothing"):
        Run.find(tmp_path / "nothing")
    assert Run.find(new_run(tmp_path).path).name == "run"


GOOD = {
    "step": 1,
    "loss": 0.5,
    "token_accuracy": 0.5,
    "learning_rate": 1e-3,
    "grad_norm": "NaN",
    "tokens_per_second": 9,
    "evaluation": {"loss": 1, "token_accuracy": 0.1, "exact_match": "Infinity", "samples": [[1, 2]]},
    "seconds": None,
}


@pytest.mark.parametrize("wrong", ["x", None, [], {}, True, 10**400, "\ud800"])
@pytest.mark.parametrize("name", [name for name in GOOD if name not in ("evaluation", "seconds")])
def test_a_line_with_a_value_that_is_no_number_is_damaged(tmp_path, name, wrong):
    run = new_run(tmp_path)
    lines = [json.dumps(line) + "\n" for line in (GOOD, {**GOOD, name: wrong}, {**GOOD, "step": 2})]
    (run.path / METRICS).write_text("".join(lines))
    records = [TrainStep.from_dict(values) for values in run.metrics()]
    assert [record.step for record in records] == [1, 2]
    assert math.isnan(records[0].grad_norm)
    assert run.damaged_lines() == 1
    assert run.last_step() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": 0},
        {"step": -5},
        {"step": 2**70},
        {"step": 1.5},
        {"seconds": "soon"},
        {"evaluation": 3},
        {"evaluation": {}},
        {"evaluation": {**GOOD["evaluation"], "loss": "high"}},
        {"evaluation": {**GOOD["evaluation"], "more": 1}},
        *(
            {"evaluation": {**GOOD["evaluation"], "samples": samples}}
            for samples in (3, [3], [["a"]], [[-1]])
        ),
    ],
    ids=str,
)
def test_a_line_that_no_training_writes_is_damaged(tmp_path, wrong):
    run = new_run(tmp_path)
    (run.path / METRICS).write_text(json.dumps({**GOOD, **wrong}) + "\n")
    assert (list(run.metrics()), run.damaged_lines()) == ([], 1)


HALF = '{"model": {}, "training": {"task": "\\ud800"}}'
"""With half a character, which no page could show."""


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"model": {}, "training": 3}', '{"model": 1}', HALF, b"\xff"]
)
def test_a_damaged_configuration_is_refused(tmp_path, content):
    run = new_run(tmp_path)
    (run.path / CONFIG).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as error:
        Run.find(run.path).resume()
    assert str(error.value).encode()


def test_a_checkpoint_that_is_not_of_the_run_is_refused(tmp_path):
    run = new_run(tmp_path)
    other = Training(dataclasses.replace(TINY, embed_dim=12), QUICK)
    save_checkpoint(run.checkpoint_path, other.model, "sort")
    with pytest.raises(InputError):
        run.resume()
