"""A training that cannot succeed is refused before its first step, and no other is."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from transformer import TASKS, InputError, TransformerConfig, generate_batch, limits
from transformer.learning.feasible import check_feasible, check_file, check_memory, is_out_of_memory
from transformer.learning.folder import CONFIG, PAIRS_TABLE
from transformer.learning.run_health import condition_of
from transformer.learning.runs import Run
from transformer.learning.steps import TrainConfig, Training
from transformer.tasks import read_pairs
from transformer.train import main

TINY = {"embed_dim": 4, "num_layers": 1, "heads": 1, "feed_forward_dim": 4}
TRAINING = {"steps": 1, "batch_size": 8, "evaluation_size": 8, "warmup_steps": 0}
OPTIONS = ["--embed-dim=4", "--num-layers=1", "--heads=1", "--feed-forward-dim=4", "--steps=2",
           "--batch-size=4", "--evaluation-size=4", "--device=cpu", "--threads=1"]  # fmt: skip


def words(count):
    return " ".join("ab"[n % 2] for n in range(count))


def table(source, target):
    """Eight pairs, one of which is long."""
    return "".join(f"{words(n)}\t{words(n)}\n" for n in range(1, 8)) + f"{words(source)}\t{words(target)}\n"


def model_for(task, **values):
    sizes = {"src_vocab_size": len(task.src_vocabulary), "trg_vocab_size": len(task.trg_vocabulary)}
    return TransformerConfig(**TINY | sizes | values)


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_what_a_task_says_of_its_lengths_is_so(task):
    batches = [generate_batch(task, 2000, np.random.default_rng(seed)) for seed in range(2)]
    assert max(batch.src.size(1) for batch in batches) == task.max_length + 2
    assert max(batch.trg.size(1) for batch in batches) == task.longest_target + 2


@given(st.integers(8, 40), st.integers(1, 40), st.integers(1, 45))
def test_exactly_what_the_model_cannot_take_is_refused(source, target, max_len):
    """The longest pair alone, sent through the model as training and measuring do, is the witness."""
    task = read_pairs(table(source, target), "word")
    config = model_for(task, max_len=max_len)
    longest = generate_batch(task, 200, np.random.default_rng(0))
    lengths = task.max_length + 2, task.longest_target + 1
    assert longest.src.size(1) <= lengths[0]
    try:
        check_feasible(config, task)
    except InputError:
        assert max(lengths) > max_len
        with pytest.raises(InputError):
            take(config, *lengths)
    else:
        take(config, *lengths)


def take(config, src_length, trg_length):
    src, trg = (torch.full((1, length), 3) for length in (src_length, trg_length))
    Training(config, TrainConfig()).model(src, trg)


@pytest.mark.parametrize(("task", "enough"), [("sort", 18), ("words", 9), ("dates", 13)])
def test_a_model_just_long_enough_for_its_task_trains(task, enough):
    config = model_for(TASKS[task], max_len=enough)
    check_feasible(config, TASKS[task])
    training = Training(config, TrainConfig(task=task, **TRAINING | {"batch_size": 256}))
    training.take_step()
    training.evaluate()
    with pytest.raises(InputError, match=f"max_len = {enough - 1} is too short for them, and {enough} would"):
        check_feasible(replace(config, max_len=enough - 1), TASKS[task])


def test_the_program_refuses_a_table_whose_sources_are_too_long_and_leaves_no_folder(tmp_path, capsys):
    (tmp_path / "pairs.csv").write_text(table(30, 3))
    given = [*OPTIONS, f"--pairs={tmp_path / 'pairs.csv'}", f"--runs={tmp_path / 'runs'}", "--max-len=20"]
    assert main(given) == 2
    assert "max_len = 20 is too short for them, and 32 would do" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_run_that_was_begun_by_an_earlier_version_is_refused_when_continued(tmp_path, capsys):
    task = read_pairs(table(30, 3), "word")
    run = Run.create(
        tmp_path, "old", model_for(task), TrainConfig(task="pairs", **TRAINING), task=task, threads=1
    )
    config = run.config()
    config["model"]["max_len"] = 20
    (run.path / CONFIG).write_text(json.dumps(config))
    assert main(["--resume", str(run.path), "--device=cpu"]) == 2
    assert "max_len = 20 is too short" in capsys.readouterr().err
    condition = condition_of(run.path)
    assert not condition.can_go_on
    assert condition.can_be_shown
    assert "max_len = 20 is too short" in str(condition.problems[0])


def test_a_table_that_could_not_be_kept_is_refused_before_there_is_a_folder(tmp_path, monkeypatch):
    """As when writing it makes it longer than what is read."""
    task = read_pairs(table(9, 3), "word")
    monkeypatch.setattr(limits, "MAX_PAIRS_BYTES", len(task.table()) - 1)
    with pytest.raises(InputError, match="The table is larger"):
        Run.create(tmp_path, "run", model_for(task), TrainConfig(task="pairs", **TRAINING), task=task)
    assert not list(tmp_path.iterdir())


def test_a_model_with_other_vocabularies_is_refused_before_there_is_a_folder(tmp_path):
    with pytest.raises(InputError, match="vocabularies of 13 and 12 tokens"):
        Run.create(tmp_path, "run", TransformerConfig(**TINY, trg_vocab_size=12), TrainConfig())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("layers", [1, 3])
def test_the_header_of_a_checkpoint_is_not_longer_than_expected(tmp_path, monkeypatch, optimizer, layers):
    config = TransformerConfig(**TINY | {"num_layers": layers})
    training = TrainConfig(**TRAINING, optimizer=optimizer)
    run = Run.create(tmp_path, "run", config, training)
    state = run.resume()
    state.take_step()
    run.save(state)
    with run.checkpoint_path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
    fixed = 2000  # task, configuration and checksum
    monkeypatch.setattr(limits, "MAX_OWN_HEADER_BYTES", size - fixed)
    with pytest.raises(InputError, match="Fewer layers would do"):
        check_file(tmp_path, config, training)
    monkeypatch.setattr(limits, "MAX_OWN_HEADER_BYTES", 2 * size)
    check_file(tmp_path, config, training)


def test_a_model_of_too_many_layers_to_be_described_is_refused_before_there_is_a_folder(tmp_path, capsys):
    assert main([*OPTIONS, "--num-layers=6000", f"--runs={tmp_path}"]) == 2
    assert "Fewer layers would do." in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_checkpoint_that_the_disk_cannot_take_is_refused(tmp_path, monkeypatch, optimizer):
    config, training = TransformerConfig(**TINY), TrainConfig(**TRAINING, optimizer=optimizer)
    run = Run.create(tmp_path, "measured", config, training)
    state = run.resume()
    state.take_step()
    run.save(state)
    size = run.checkpoint_path.stat().st_size
    monkeypatch.setattr("transformer.learning.feasible.disk_free", lambda folder: size)
    check_file(tmp_path, config, training)
    monkeypatch.setattr("transformer.learning.feasible.disk_free", lambda folder: 100)
    with pytest.raises(InputError, match="the disk has 0 MB left"):
        Run.create(tmp_path, "run", config, training)
    assert not (tmp_path / "run").exists()
    with pytest.raises(InputError, match="the disk has 0 MB left"):
        run.resume()
    monkeypatch.setattr("transformer.learning.feasible.disk_free", lambda folder: None)
    assert run.resume().step == 1


def test_a_model_larger_than_all_memory_is_one_sentence(tmp_path, capsys):
    giant = ["--embed-dim=1000000", "--feed-forward-dim=1000000"]
    assert main([*OPTIONS, *giant, f"--runs={tmp_path}"]) == 2
    error = capsys.readouterr().err
    assert "A smaller width or fewer layers would do" in error
    assert len(error.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_memory_that_the_system_does_not_tell_stops_nothing(monkeypatch):
    monkeypatch.setattr("transformer.learning.feasible.total_memory", lambda: None)
    check_memory(torch.device("cpu"), TransformerConfig(**TINY), TrainConfig())


def test_too_little_memory_on_the_way_is_one_sentence(tmp_path, capsys, monkeypatch):
    with pytest.raises(RuntimeError) as refused:
        torch.empty(2**50)
    assert is_out_of_memory(refused.value)
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert not is_out_of_memory(RuntimeError("shapes"))
    monkeypatch.setattr(Training, "take_step", lambda self: torch.empty(2**50))
    monkeypatch.setattr("sys.stdin", None)
    assert main([*OPTIONS, f"--runs={tmp_path}"]) == 1
    assert "The memory of cpu is too small" in capsys.readouterr().err


def test_the_table_in_the_folder_is_the_one_that_was_checked(tmp_path):
    task = read_pairs(table(12, 3), "word")
    run = Run.create(tmp_path, "run", model_for(task), TrainConfig(task="pairs", **TRAINING), task=task)
    assert read_pairs((run.path / PAIRS_TABLE).read_bytes(), "word").is_same(task)
