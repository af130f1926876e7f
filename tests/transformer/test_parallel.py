"""Several processes, one training: the arithmetic in this process, the rest with `torchrun`."""

import os
import pickle
import signal
import subprocess
import sys
from json import loads
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.test_train import ROOT, SIZES, TRAINING, Program, arguments
from transformer import InputError, TransformerConfig, load_checkpoint
from transformer.learning.lock import Writer
from transformer.learning.parallel import Team, device_of_process, share, under_torchrun, weight
from transformer.learning.runs import MetricsWriter, Run
from transformer.learning.steps import TrainConfig, Training, real_tokens, token_loss, train
from transformer.tasks import PAIRS, Batch, read_pairs

MODEL = TransformerConfig(**{**SIZES, "dropout": 0.0})
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--local-addr=127.0.0.1", "--nproc-per-node=2")
"""Two processes that meet on this machine, at a port that is free."""


@pytest.fixture(autouse=True)
def _loopback(monkeypatch):
    """Gloo otherwise asks which address this machine's name has, which in a container may be none."""
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "lo" if sys.platform == "linux" else "lo0")


@given(st.integers(1, 9), st.integers(1, 5))
def test_each_row_goes_to_exactly_one_process(rows, processes):
    batch = Batch(torch.arange(rows)[:, None], -torch.arange(rows)[:, None])
    shares = [share(batch, rank, processes) for rank in range(processes)]
    assert sorted(torch.cat([own.src for own in shares]).flatten().tolist()) == list(range(rows))
    assert all(torch.equal(own.src, -own.trg) for own in shares)
    sizes = [len(own.src) for own in shares]
    assert max(sizes) - min(sizes) <= 1


def test_the_example_of_the_module():
    shares = [[1.0, 1.0], [4.0]]
    means = [sum(losses) / len(losses) for losses in shares]
    weights = [weight(len(losses), 3, 2) for losses in shares]
    assert sum(means) / 2 == 2.5
    assert sum(w * mean for w, mean in zip(weights, means, strict=True)) / 2 == pytest.approx(2)


@given(st.lists(st.lists(st.floats(0, 9), min_size=1, max_size=6), min_size=1, max_size=5))
def test_weighted_means_average_to_the_mean_over_all_tokens(shares):
    everybodys = [loss for losses in shares for loss in losses]
    weighted = [
        weight(len(losses), len(everybodys), len(shares)) * sum(losses) / len(losses) for losses in shares
    ]
    assert sum(weighted) / len(shares) == pytest.approx(sum(everybodys) / len(everybodys))


def gradients(training, batch, factor=1.0):
    training.optimizer.zero_grad()
    (factor * token_loss(training.model(batch.src, batch.trg_input), batch, 0.1)).backward()
    return torch.cat([weight.grad.flatten() for weight in training.model.parameters()])


@pytest.mark.parametrize("processes", [2, 3])
def test_only_weighted_gradients_average_to_that_of_the_whole_batch(processes):
    training = Training(MODEL, TrainConfig(**{**TRAINING, "batch_size": 7}))
    whole = training.next_batch()
    shares = [share(whole, rank, processes) for rank in range(processes)]
    counts = [real_tokens(own) for own in shares]
    assert len(set(counts)) > 1, "the shares hold different numbers of tokens"
    right = gradients(training, whole)
    naive = sum(gradients(training, own) for own in shares) / processes
    weighted = (
        sum(
            gradients(training, own, weight(count, sum(counts), processes))
            for own, count in zip(shares, counts, strict=True)
        )
        / processes
    )
    torch.testing.assert_close(weighted, right, rtol=0, atol=1e-6)
    assert (naive - right).abs().max() > 1e-3


def test_two_processes_match_one(tmp_path):
    worker = [sys.executable, *TORCHRUN, "-m", "tests.transformer.parallel_worker", tmp_path / "results.json"]
    subprocess.run(worker, cwd=ROOT, check=True, timeout=240)
    results = loads((tmp_path / "results.json").read_text())
    for name in ("even", "does not divide"):
        assert difference(*results[name].values()) < 1e-8, name
    assert difference(*results["averaged naively"].values()) > 1e-3, "otherwise the above would prove nothing"


def difference(together, alone):
    """The largest between any two losses, gradient norms or final weights."""
    (*curves, weights), (*others, other_weights) = together, alone
    pairs = [*zip(curves, others, strict=True), *((weights[name], other_weights[name]) for name in weights)]
    return max((torch.tensor(a) - torch.tensor(b)).abs().max().item() for a, b in pairs)


class Torchrun(Program):
    """The training program as two processes."""

    launcher = (*TORCHRUN, *Program.launcher)
    patience = 300

    def workers(self):
        """The process ids, by rank."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == self.process.pid:
                    variables = (folder / "environ").read_text().split("\0")
                    rank = next(line for line in variables if line.startswith("RANK="))
                    found[int(rank.removeprefix("RANK="))] = int(folder.name)
            except OSError:  # it has ended meanwhile
                pass
        return found


def runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes as Linux shows them")
def test_commands_reach_all_processes_and_whatever_ends_them_the_run_goes_on(tmp_path):
    values = {"steps": 60, "batch_size": 7, "dropout": 0.0, "evaluate_every": 20, "checkpoint_every": 1000}
    options = ["--json", "--paused", "--stop-on-eof"]
    with Torchrun("--name=run", *options, *arguments(tmp_path, **values)) as program:
        assert program.wait_for("start")[1]["processes"] == 2
        program.wait_for("pause")
        workers = program.workers()
        run = Run.find(tmp_path / "run")
        assert Writer.of(run.path / "writer.lock").pid == workers[0]
        program.say("step")
        assert program.wait_for("step")[1]["step"] == 1
        program.say("resume")
        program.wait_for("resume")
        while program.wait_for("step")[1]["step"] < 23:  # past an evaluation
            pass
        program.say("pause")
        program.wait_for("pause")
        program.process.send_signal(signal.SIGTERM)
        _, end = program.wait_for("end")
        program.process.wait()
        assert end["reason"] == "stopped"
        assert not any(map(runs, workers.values()))
    assert not (run.path / "writer.lock").exists()
    assert load_checkpoint(run.checkpoint_path).about["step"] == end["step"]

    resumed = ["--resume", run.path, "--device=cpu", "--threads=1"]
    with Torchrun(*resumed, *options) as program:
        program.wait_for("pause")
        workers = program.workers()
        program.say("step")
        assert program.wait_for("step")[1]["step"] == end["step"] + 1
        os.kill(workers[1], signal.SIGKILL)
        _, error = program.wait_for("error")
        assert error["message"].format(**error["values"]).startswith("Process 0 of 2 stops")
        assert program.process.wait() != 0
        assert not any(map(runs, workers.values()))
    assert not (run.path / "writer.lock").exists()

    go_on_alone(run)
    metrics = list(run.metrics())
    assert [line["step"] for line in metrics] == list(range(1, 61))
    assert_same_as_one_process(run, metrics)


def go_on_alone(run):
    """One process ends what two began."""
    training, metrics = run.resume(), MetricsWriter(run)
    for record in train(training):
        metrics.write(record)
    run.save(training)
    metrics.close()


def assert_same_as_one_process(run, metrics):
    """In float32 to 1e-5, losses and weights, but for the keys' biases.

    A key's bias adds the same to all scores of a row, which softmax does not see: its gradient is 0 but for
    rounding, and Adam moves each weight about as far however small its gradient is.
    """
    training = Training(*run.configs())
    records = list(train(training))
    for line, record in zip(metrics, records, strict=True):
        assert line["loss"] == pytest.approx(record.loss, abs=1e-5)
        assert line["token_accuracy"] == pytest.approx(record.token_accuracy, abs=1e-9)
        assert bool(line["evaluation"]) == bool(record.evaluation)
    together = run.checkpoint().model
    for (name, weight_), alone in zip(together.named_parameters(), training.model.parameters(), strict=True):
        if "fc_k.bias" not in name:
            torch.testing.assert_close(
                weight_, alone, rtol=0, atol=1e-5, msg=lambda text, name=name: f"{name}: {text}"
            )


def test_what_the_others_are_told_is_all_they_need(tmp_path):
    """Their machines may not have the run's folder, nor the table of one's own pairs."""
    task = read_pairs(
        "source,target\n" + "".join(f"{word},{word.upper()}\n" for word in "abcdefghijkl"), "word"
    )
    sizes = {"src_vocab_size": len(task.src_vocabulary), "trg_vocab_size": len(task.trg_vocabulary)}
    model = TransformerConfig(**{**SIZES, "dropout": 0.0, **sizes})
    run = Run.create(tmp_path, "run", model, TrainConfig(steps=4, **TRAINING, task=PAIRS), task=task)
    training = run.resume()
    training.take_step()
    run.save(training)
    elsewhere = pickle.loads(pickle.dumps(run.state())).training()
    assert (elsewhere.step, elsewhere.task.table()) == (1, task.table())
    assert elsewhere.take_step().loss == training.take_step().loss
    for there, here in zip(elsewhere.model.parameters(), training.model.parameters(), strict=True):
        assert torch.equal(there, here), "the optimiser's moments came along"


def test_a_batch_without_a_sequence_for_each_is_refused(tmp_path):
    run = Run.create(tmp_path, "run", MODEL, TrainConfig(**{**TRAINING, "batch_size": 2}))
    team = Team.__new__(Team)  # of processes that are not there: nothing may be sent
    team.processes = 3
    with pytest.raises(InputError, match="3 processes cannot share batches of 2"):
        team.begin(run.state())


@pytest.mark.parametrize(
    ("gpus", "local", "name", "device"),
    [
        (0, 1, "auto", "cpu"),
        (4, 1, "cpu", "cpu"),
        (4, 3, "auto", "cuda:3"),
        (4, 0, "cuda", "cuda:0"),
        (4, 4, "auto", "GPU of its own"),
        (0, 0, "cuda", "GPU of its own"),
        (4, 0, "cuda:1", "cannot share cuda:1"),
        (0, 0, "mps", "cannot share mps"),
    ],
)
def test_each_process_takes_the_gpu_of_its_number(monkeypatch, gpus, local, name, device):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setenv("LOCAL_RANK", str(local))
    if device.startswith(("cpu", "cuda")):
        assert device_of_process(name) == device
    else:
        with pytest.raises(InputError, match=device):
            device_of_process(name)


def test_one_process_meets_nobody(monkeypatch):
    assert not under_torchrun()
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "run")
    for processes, several in (("1", False), ("2", True)):
        monkeypatch.setenv("WORLD_SIZE", processes)
        assert under_torchrun() == several
