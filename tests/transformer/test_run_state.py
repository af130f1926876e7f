"""Whether the files of a run's folder fit together: outside changes are reported or repaired."""

import json

import pytest
import safetensors.torch
import torch
from safetensors import safe_open

from transformer import InputError, TransformerConfig, limits, load_checkpoint, save_checkpoint
from transformer.decode import main as decode
from transformer.errors import DamagedError
from transformer.learning.checkpoint import SHIPPED, read_checkpoint
from transformer.learning.folder import CHECKPOINT, CONFIG, PAIRS_TABLE
from transformer.learning.run_health import condition_of
from transformer.learning.runs import Run
from transformer.learning.steps import TrainConfig
from transformer.tasks import read_pairs
from transformer.train import main

MODEL = {"embed_dim": 8, "num_layers": 1, "heads": 2, "feed_forward_dim": 16}
TRAINING = {"steps": 6, "batch_size": 8, "evaluation_size": 8, "warmup_steps": 0, "evaluate_every": 6}
WORDS = ("cat", "dog", "hen", "cow", "pig", "ant", "bee", "fly")
TABLE = "".join(f"{word} {n}\t{n} {word}\n" for n, word in enumerate(WORDS))


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Nothing is asked of standard input."""
    monkeypatch.setattr("sys.stdin", None)


@pytest.fixture
def run(tmp_path):
    """A run on one's own pairs, stopped after three of six steps."""
    task = read_pairs(TABLE, "word")
    sizes = {"src_vocab_size": len(task.src_vocabulary), "trg_vocab_size": len(task.trg_vocabulary)}
    run = Run.create(
        tmp_path, "run", TransformerConfig(**MODEL, **sizes), TrainConfig(task="pairs", **TRAINING),
        task=task, threads=1,
    )  # fmt: skip
    training = run.resume()
    for _ in range(3):
        training.take_step()
    run.save(training)
    return run


def resume(run, capsys):
    """The exit code of the program, and what it says."""
    code = main(["--resume", str(run.path), "--device=cpu"])
    return code, capsys.readouterr().err


def edit(run, part, **values):
    config = json.loads((run.path / CONFIG).read_text())
    config[part] |= values
    (run.path / CONFIG).write_text(json.dumps(config))


def assert_refused_untouched(run, capsys, words):
    before = {path: path.read_bytes() for path in run.path.iterdir()}
    code, error = resume(run, capsys)
    assert (code, len(error.splitlines())) == (2, 1)
    assert words in error
    assert "damaged" not in error or "damaged" in words
    assert {path: path.read_bytes() for path in run.path.iterdir()} == before


def test_an_untouched_folder_goes_on(run, capsys):
    assert resume(run, capsys)[0] == 0
    assert run.checkpoint().about["step"] == 6


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "owl 9\t9 owl\n",
        lambda text: text.replace("cat", "rat"),
        lambda text: text.replace("0 cat", "0 dog"),
        lambda text: "\n".join(text.splitlines()[:-1]) + "\n",
        lambda text: "\n".join(reversed(text.splitlines()[1:])) + "\n",
        lambda text: text[:20],
        lambda text: "",
        lambda text: "\0",
    ],
    ids=["added", "swapped word", "swapped target", "dropped", "reordered", "cut short", "empty", "garbage"],
)
def test_another_table_is_refused_with_what_would_do_which_then_does(run, capsys, change):
    table = run.path / PAIRS_TABLE
    whole = table.read_text()
    table.write_text(change(whole))
    assert_refused_untouched(
        run, capsys, f"{PAIRS_TABLE} is not the table that this run was trained on. Remove"
    )
    table.unlink()
    assert resume(run, capsys)[0] == 0
    assert table.read_text() == whole


def test_the_same_table_written_otherwise_is_the_same(run, capsys):
    (run.path / PAIRS_TABLE).write_text(TABLE.replace("\t", ","))
    assert resume(run, capsys)[0] == 0


def test_a_table_that_is_gone_is_put_back_and_missed_nowhere(run, capsys):
    whole = (run.path / PAIRS_TABLE).read_bytes()
    (run.path / PAIRS_TABLE).unlink()
    assert run.task().is_same(read_pairs(TABLE, "word"))
    assert condition_of(run.path).problems == ()
    assert resume(run, capsys)[0] == 0
    assert (run.path / PAIRS_TABLE).read_bytes() == whole


def test_a_table_that_is_gone_before_the_first_checkpoint_is_asked_for(run, capsys):
    run.checkpoint_path.unlink()
    (run.path / PAIRS_TABLE).unlink()
    assert_refused_untouched(run, capsys, f"{PAIRS_TABLE} cannot be read: No such file or directory")


def test_a_table_that_does_not_fit_the_model_is_refused_before_the_first_checkpoint_too(run, capsys):
    run.checkpoint_path.unlink()
    (run.path / PAIRS_TABLE).write_text(TABLE + "owl 9\t9 owl\n")
    assert_refused_untouched(run, capsys, "those of the task “pairs” have")


@pytest.mark.parametrize(
    ("part", "name", "value", "words"),
    [
        ("training", "optimizer", "sgd", "optimizer = 'sgd', and its checkpoint was trained with 'adam'"),
        ("training", "task", "sort", "task = 'sort', and its checkpoint was trained with 'pairs'"),
        ("training", "tokens", "character", "tokens = 'character'"),
        ("training", "steps", 9, "steps = 9, and its checkpoint was trained with 6"),
        ("training", "seed", 1, "seed = 1"),
        ("training", "shift_target", False, "shift_target = False"),
        ("model", "embed_dim", 16, "embed_dim = 16, and its checkpoint was trained with 8"),
        ("model", "norm", "pre", "norm = 'pre'"),
        ("model", "dropout", 0.5, "dropout = 0.5"),
        ("model", "mistake", "tiny_fill", "mistake = 'tiny_fill'"),
    ],
)
def test_an_edited_configuration_is_refused_by_what_was_edited(run, capsys, part, name, value, words):
    edit(run, part, **{name: value})
    assert_refused_untouched(run, capsys, words)


def test_another_task_with_the_same_vocabulary_is_refused(tmp_path, capsys):
    run = Run.create(tmp_path, "sort", TransformerConfig(**MODEL), TrainConfig(**TRAINING))
    training = run.resume()
    training.take_step()
    run.save(training)
    edit(run, "training", task="reverse")
    assert_refused_untouched(run, capsys, "task = 'reverse', and its checkpoint was trained with 'sort'")


def test_flipped_bytes_in_weights_or_moments_are_damage(run, capsys):
    data = run.checkpoint_path.read_bytes()
    for place in (len(data) - 1, len(data) // 2, len(data) * 3 // 4):
        run.checkpoint_path.write_bytes(data[:place] + bytes([data[place] ^ 16]) + data[place + 1 :])
        assert_refused_untouched(run, capsys, "The checkpoint of run is damaged, so the run cannot")
        with pytest.raises(DamagedError):
            load_checkpoint(run.checkpoint_path)


def test_what_cannot_be_read_now_is_not_called_damaged(run, capsys, monkeypatch):
    monkeypatch.setattr("transformer.learning.checkpoint.available_memory", lambda: 1000)
    assert_refused_untouched(run, capsys, "Reading this checkpoint takes about 0 MB of memory")


@pytest.mark.parametrize(
    ("about", "extra"),
    [
        ({}, True),
        ({"step": "3"}, True),
        ({"step": -1}, True),
        ({"step": 3}, False),
        ({"step": 3}, {"exp_avg.encoder.embed.weight": torch.ones(2)}),
        ({"step": 3}, {"exp_avg.nothing": torch.ones(2)}),
    ],
)
def test_a_checkpoint_that_lacks_what_is_needed_can_be_used_but_not_continued(run, capsys, about, extra):
    saved = run.checkpoint()
    moments = saved.extra if extra is True else extra or {}
    save_checkpoint(run.checkpoint_path, saved.model, saved.task, about, moments)
    assert_refused_untouched(run, capsys, "can be used, but not trained further")
    assert run.checkpoint().task.is_same(saved.task)


def test_a_checkpoint_of_an_earlier_version_goes_on(run, capsys):
    """Without a checksum, and with fewer settings than there are now."""
    with safe_open(run.checkpoint_path, "pt") as file:
        metadata = file.metadata()
    tensors = safetensors.torch.load_file(run.checkpoint_path)
    about = json.loads(metadata["about"])
    del metadata["checksum"], about["training"]["shift_target"], about["training"]["optimizer"]
    safetensors.torch.save_file(tensors, run.checkpoint_path, metadata | {"about": json.dumps(about)})
    config = json.loads((run.path / CONFIG).read_text())
    del config["training"]["shift_target"], config["training"]["optimizer"]
    (run.path / CONFIG).write_text(json.dumps(config))
    assert resume(run, capsys)[0] == 0


def test_every_shipped_run_can_be_resumed():
    for path in SHIPPED.rglob(CHECKPOINT):
        state = Run.find(path.parent).state()
        assert state.saved
        assert state.saved.about["step"] == state.config.steps


def test_a_model_beyond_every_limit_of_an_upload_trains_is_decoded_and_resumed(tmp_path, capsys, monkeypatch):
    """As with `--embed-dim 1152`, or with 530 MB: in small, the limits being lower."""
    sizes = {"embed_dim": 8, "num_layers": 1, "heads": 1, "feed_forward_dim": 4}
    monkeypatch.setattr(limits, "MAX_SIZES", limits.MAX_SIZES | dict.fromkeys(sizes, 1))
    monkeypatch.setattr(limits, "MAX_UPLOAD_BYTES", 1000)
    monkeypatch.setattr(limits, "MAX_HEADER_BYTES", 100)
    options = [f"--{name.replace('_', '-')}={value}" for name, value in (sizes | TRAINING).items()]
    assert main([*options, f"--runs={tmp_path}", "--name=large", "--device=cpu", "--threads=1"]) == 0
    run = Run.find(tmp_path / "large")
    assert resume(run, capsys)[0] == 0
    assert decode(["--checkpoint", str(run.checkpoint_path), "1 2 3"]) == 0
    assert condition_of(run.path).problems == ()
    with pytest.raises(InputError):
        read_checkpoint(run.checkpoint_path.read_bytes())


def test_a_damaged_configuration_is_named(run):
    (run.path / CONFIG).write_text("{")
    with pytest.raises(InputError, match=r"config.json is damaged"):
        run.threads  # noqa: B018
