"""The training program, mostly as the separate process it is; each start costs seconds, so few are made."""

import json
import os
import signal
import subprocess
import sys
import threading
from itertools import takewhile
from pathlib import Path

import pytest

from transformer import TransformerConfig
from transformer.learning.lock import was_cut_off
from transformer.learning.runs import Run
from transformer.learning.snapshots import Snapshots
from transformer.learning.steps import TrainConfig, Training, train
from transformer.tasks import read_pairs
from transformer.train import main

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"embed_dim": 8, "num_layers": 1, "heads": 2, "feed_forward_dim": 16, "dropout": 0.1}
TRAINING = {"batch_size": 8, "evaluation_size": 8, "evaluate_every": 50}


def arguments(folder, **values):
    given = {**SIZES, **TRAINING, "runs": folder, "threads": 1, "device": "cpu", **values}
    return [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]


class Program:
    """A running `python -m transformer.train`, ended by force if a test takes too long."""

    launcher: tuple[str, ...] = ("-m", "transformer.train")
    patience = 300

    def __init__(self, *args):
        self.process = subprocess.Popen(
            [sys.executable, *self.launcher, *map(str, args)],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.timer = threading.Timer(self.patience, self.process.kill)
        self.timer.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.timer.cancel()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()

    def say(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def events(self):
        """Events as they come, to the end of the output."""
        for line in self.process.stdout:
            yield json.loads(line)

    def wait_for(self, name):
        """The steps before the next event of that name, and the event."""
        steps = []
        for event in self.events():
            if event["event"] == name:
                return steps, event
            if event["event"] == "step":
                steps.append(event["step"])
        raise AssertionError(f"the output ended without {name}: {self.process.stderr.read()}")


def unbroken_losses(steps, total):
    """The first losses of the same training in this process, never interrupted."""
    training = Training(TransformerConfig(**SIZES), TrainConfig(steps=total, **TRAINING))
    return [record.loss for record in takewhile(lambda record: record.step <= steps, train(training))]


def test_pause_step_resume_and_stop_are_obeyed(tmp_path):
    with Program(
        "--json", "--name=run", "--checkpoint-every=1000", *arguments(tmp_path, steps=100000)
    ) as program:
        assert program.wait_for("start")[1]["steps"] == 100000
        assert program.wait_for("step")[1]["loss"] > 0

        program.say("pause")
        before, _ = program.wait_for("pause")
        program.say("nonsense")
        assert program.wait_for("unknown")[1]["command"] == "'nonsense'"
        program.say("step")
        program.say("step")
        program.say("resume")
        paused, _ = program.wait_for("resume")
        last = before[-1] if before else 1
        assert paused == [last + 1, last + 2], "while paused there is one step for each `step`, and no other"

        _, event = program.wait_for("step")
        assert event["step"] == last + 3
        program.say("stop")
        more, end = program.wait_for("end")
        assert end["reason"] == "stopped"
        assert program.process.wait() == 0, "it ends although its standard input is still open"

    run = Run.find(tmp_path / "run")
    assert [line["step"] for line in run.metrics()] == list(range(1, end["step"] + 1))
    assert more == list(range(last + 4, end["step"] + 1))
    assert run.checkpoint().about["step"] == end["step"]


def test_ctrl_c_leaves_a_run_that_resumes_exactly(tmp_path, capsys):
    total = 300
    with Program("--name=run", "--paused", "--json", *arguments(tmp_path, steps=total)) as program:
        program.wait_for("pause")
        assert program.wait_for("snapshot")[1]["step"] == 0
        for _ in range(3):
            program.say("step")
            program.wait_for("step")
        program.say("resume")
        program.process.send_signal(signal.SIGINT)  # without a wait, in which the run might finish
        _, end = program.wait_for("end")
        assert (program.process.wait(), end["reason"]) == (0, "stopped")
    assert 3 <= end["step"] < total
    run = Run.find(tmp_path / "run")
    assert run.checkpoint().about["step"] == end["step"]

    assert main(["--resume", str(run.path), "--threads=1", "--device=cpu"]) == 0
    out, err = capsys.readouterr()
    assert f"finished at step {total}" in out
    assert "exact match" in out + err, "the terminal shows evaluations"
    assert "loss=" in err, "the terminal shows a progress bar with the loss"
    metrics = list(run.metrics())
    assert [line["step"] for line in metrics] == list(range(1, total + 1))
    assert [line["loss"] for line in metrics] == unbroken_losses(total, total)
    assert Snapshots(run.path).steps() == list(range(0, total + 1, 50))


@pytest.mark.parametrize("stop", ["killed", "end of input"])
def test_whatever_ends_it_the_run_goes_on_from_there(tmp_path, stop):
    options = ["--json", "--name=run", "--checkpoint-every=2", "--stop-on-eof", "--paused"]
    with Program(*options, *arguments(tmp_path, steps=7)) as program:
        program.wait_for("pause")
        for _ in range(3):
            program.say("step")
            program.wait_for("step")
        if stop == "killed":
            program.process.kill()
        else:
            program.process.stdin.close()
            assert program.wait_for("end")[1]["reason"] == "stopped"
        assert (program.process.wait() == 0) == (stop != "killed")
    run = Run.find(tmp_path / "run")
    assert run.resume().step == (2 if stop == "killed" else 3)
    assert was_cut_off(run.path)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"embed_dim": 10, "heads": 3}, "heads"),
        ({"steps": 0}, "steps"),
        ({"schedule": "zigzag"}, "zigzag"),
        ({"device": "toaster"}, "toaster"),
        ({"name": "../away"}, "../away"),
        ({"resume": "nothing"}, "--embed-dim"),
    ],
)
def test_what_cannot_be_followed_is_one_line_and_exit_code_2(tmp_path, capsys, given, word):
    given = arguments(tmp_path, **given)
    assert main(given) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert word in err
    assert len(err.splitlines()) == 1
    assert main([*given, "--json"]) == 2
    out, err = capsys.readouterr()
    event = json.loads(out)
    assert event["event"] == "error"
    assert word in event["message"].format(**event["values"])
    assert err == ""
    assert not list(tmp_path.iterdir())


def test_resuming_takes_no_option_that_the_run_has_settled(tmp_path, capsys):
    run = Run.create(tmp_path, "run", TransformerConfig(**SIZES), TrainConfig(steps=2, **TRAINING))
    for given in (["--seed=1"], ["--name=other", "--scale-embeddings"], [f"--runs={tmp_path}"]):
        assert main(["--resume", str(run.path), *given]) == 2
        err = capsys.readouterr().err
        assert all(word.split("=")[0] in err for word in given)
    assert main(["--resume", str(tmp_path / "nothing")]) == 2
    assert "no training run" in capsys.readouterr().err
    assert not run.checkpoint_path.exists()


def test_two_programs_never_write_one_run(tmp_path, capsys):
    resumed = ["--resume", str(tmp_path / "run"), "--json", "--device=cpu", "--threads=1"]
    with Program("--name=run", "--paused", "--json", *arguments(tmp_path, steps=9)) as first:
        first.wait_for("pause")
        assert main(resumed) == 2
        event = json.loads(capsys.readouterr().out)
        message = event["message"].format(**event["values"])
        assert message.startswith(f"The run run is already being trained, by process {first.process.pid}")
        first.process.kill()
        first.process.wait()
    assert main(resumed) == 0
    *_, end = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (end["event"], end["reason"]) == ("end", "finished")
    assert [line["step"] for line in Run.find(tmp_path / "run").metrics()] == list(range(1, 10))
    assert not (tmp_path / "run" / "writer.lock").exists()


@pytest.mark.parametrize("given", [["--task=juggle"], ["--steps=many"], ["--no-such-option"]])
def test_options_that_do_not_exist_exit_with_code_2(given, capsys):
    with pytest.raises(SystemExit) as caught:
        main(given)
    assert caught.value.code == 2
    assert given[0].split("=")[0] in capsys.readouterr().err


def test_a_name_that_is_taken_is_refused_and_the_old_run_left_alone(tmp_path, capsys):
    Run.create(tmp_path, "run", TransformerConfig(), TrainConfig(seed=5))
    assert main(arguments(tmp_path, name="run")) == 2
    assert "already a run named run" in capsys.readouterr().err
    assert Run.find(tmp_path / "run").config()["training"]["seed"] == 5


def test_a_table_whose_held_out_pairs_cannot_be_learned_is_warned_of(tmp_path, capsys):
    """Every source is a word of its own, so nothing is learned of those that are held out."""
    table = tmp_path / "table.csv"
    table.write_text("source,target\n" + "".join(f"word{number},same\n" for number in range(20)))
    given = [f"--pairs={table}", *arguments(tmp_path / "runs", name="run", steps=1)]
    assert main(given) == 0
    warning = read_pairs(table.read_bytes(), "word").unlearnable
    assert warning.values["count"] == 2
    assert str(warning) in capsys.readouterr().err
    assert main([*given, "--name=again", "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert next(event for event in events if event["event"] == "warning")["values"] == warning.values


def test_a_finished_run_says_that_it_was_finished(tmp_path, capsys):
    assert main(arguments(tmp_path, name="run", steps=1)) == 0
    assert "\nfinished at step 1" in capsys.readouterr().out
    assert main(["--resume", str(tmp_path / "run"), "--threads=1", "--device=cpu"]) == 0
    assert "already finished at step 1" in capsys.readouterr().out
