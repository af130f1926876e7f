"""The task made from a table, in batches, runs, checkpoints and the training program."""

import io
import json
import shutil

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.test_checkpoint import assert_refused, parts, with_metadata
from transformer import EOS, PAD, SOS, InputError, TransformerConfig, generate_batch, limits, load_checkpoint
from transformer import save_checkpoint as save
from transformer.decode import main as decode
from transformer.learning.folder import PAIRS_TABLE
from transformer.learning.runs import Run
from transformer.learning.steps import TrainConfig, Training
from transformer.model.transformer import Transformer
from transformer.tasks import PAIRS, held_out_batch, held_out_sources, read_pairs
from transformer.train import main as train_program

ROWS = [(f"{number}", f"{number:b}") for number in range(60)]
TABLE = "\n".join(f"{source},{target}" for source, target in ROWS)
SIZES = {"embed_dim": 8, "num_layers": 1, "heads": 2, "feed_forward_dim": 16}
QUICK = {"steps": 3, "batch_size": 8, "evaluation_size": 8, "warmup_steps": 0}


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture
def task():
    return read_pairs(TABLE, "character")


def model_for(task):
    sizes = {"src_vocab_size": len(task.src_vocabulary), "trg_vocab_size": len(task.trg_vocabulary)}
    return TransformerConfig(**SIZES, **sizes)


def test_the_answer_is_what_the_table_says_and_none_for_other_sources(task):
    for source, target in ROWS:
        answer = task.answer(task.encode(source))
        assert task.decode(answer) == target
        assert task.is_right(task.encode(source), answer)
        assert not task.is_right(task.encode(source), [*answer[:-1], 3, EOS])
    for unknown in ("60", "007", "0" * 50):
        assert task.answer(task.encode(unknown)) is None
        assert not task.is_right(task.encode(unknown), [SOS, EOS])
    with pytest.raises(InputError, match="“x” is not a word"):
        task.encode("x1")


def test_a_tenth_but_two_at_least_is_held_out_and_never_in_a_batch(task):
    apart = {tuple(row[row != PAD]) for row in held_out_sources(task, PAIRS, 500)}
    assert len(apart) == task.held_out.sum() == 6
    trained = {
        tuple(row[(row != PAD) & (row != SOS) & (row != EOS)].tolist())
        for seed in range(40)
        for row in generate_batch(task, 64, rng(seed)).src
    }
    assert len(trained) == 54
    assert not apart & trained
    few = read_pairs("\n".join(f"a{n},b" for n in range(8)), "word")
    assert few.held_out.sum() == 2
    assert len(held_out_batch(few, 256).src) == 2


def test_pairs_with_a_token_of_their_own_are_known_by_it(task):
    assert not (task.held_out & task.has_unknown).any(), "all digits occur in what is trained on"
    few = read_pairs("\n".join(f"a{n} all,b" for n in range(8)), "word")
    assert (few.has_unknown == few.held_out).all()
    longer = read_pairs("\n".join(f"{n},{'ab'[n % 2]}" for n in range(60)) + "\n1111,a", "character")
    assert not longer.has_unknown.any(), "PAD behind shorter ones is nothing unknown"
    rows = read_pairs("\n".join(f"{n},{n}" for n in range(60)), "word")
    assert (rows.has_unknown == rows.held_out).all(), "every word stands in one pair only"


def test_batches_hold_right_answers(task):
    batch = generate_batch(task, 100, rng())
    for src, trg in zip(batch.src.tolist(), batch.trg.tolist(), strict=True):
        assert dict(ROWS)[task.source_text(src)] == task.decode(trg)


def test_another_row_changes_hardly_who_is_held_out(task):
    more = read_pairs(TABLE + "\n1000,x", "character")
    assert (more.held_out[:60] != task.held_out).sum() <= 2


@given(
    st.lists(st.from_regex(r"[ab]{1,5}( [ab]{1,5})?", fullmatch=True), min_size=8, max_size=20, unique=True)
)
def test_blanks_inside_a_text_are_tokens_only_among_characters(texts):
    table = "\n".join(f"{text},{text}" for text in texts)
    for tokens in ("word", "character"):
        task = read_pairs(table, tokens)
        for pair in task.pairs:
            ids = task.encode(pair.source)
            assert task.decode(task.answer(ids)) == pair.target == task.source_text(ids)
            count = len(pair.source.split()) if tokens == "word" else len(pair.source)
            assert len(ids) == count + 2


@pytest.mark.parametrize("tokens", ["word", "character"])
def test_a_checkpoint_carries_its_pairs(tmp_path, tokens):
    task = read_pairs(TABLE + '\n"1 ""one"", 源",`*`', tokens)
    path = tmp_path / "pairs.safetensors"
    save(path, Transformer(model_for(task)), task)
    loaded = load_checkpoint(path).task
    assert (loaded.name, loaded.tokens) == (PAIRS, tokens)
    assert [(pair.source, pair.target) for pair in loaded.pairs] == [
        (pair.source, pair.target) for pair in task.pairs
    ]
    assert loaded.encode(ROWS[5][0]) == task.encode(ROWS[5][0])


def test_the_largest_table_fits_into_a_header(tmp_path):
    """Quotation marks are what grows most on its way into the header."""
    quotes = '"' * 17
    rows = [f'"{n}{quotes * 2}",{n % 9}' for n in range(5000)]
    task = read_pairs("\n".join(rows)[: limits.MAX_PAIRS_BYTES].rsplit("\n", 1)[0], "character")
    path = tmp_path / "pairs.safetensors"
    save(path, Transformer(model_for(task)), task)
    assert len(load_checkpoint(path).task.pairs) == len(task.pairs) > 3000


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The bytes of a good checkpoint."""
    task = read_pairs(TABLE, "character")
    path = tmp_path_factory.mktemp("pairs") / "good.safetensors"
    save(path, Transformer(model_for(task)), task)
    return path.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"pairs": ""},
        {"pairs": "source\ttarget\n1\t1"},
        {"pairs": "1\t2\n" * 100_000},
        {"pairs": '"' * 1000},
        {"pairs": "\ud800"},
        {"tokens": "syllable"},
        {"tokens": ""},
        {"tokens": "word"},
        {"task": "sort"},
        {"task": "words"},
        {"pairs": "\n".join(f"{n}\tother" for n in range(60))},
    ],
)
def test_a_header_with_other_pairs_is_refused(data, change):
    assert_refused(with_metadata(data, **change))


def test_a_header_without_pairs_is_refused(data):
    header, body = parts(data)
    for name in ("pairs", "tokens"):
        metadata = {key: value for key, value in header["__metadata__"].items() if key != name}
        text = json.dumps({**header, "__metadata__": metadata}).encode()
        assert_refused(len(text).to_bytes(8, "little") + text + body)


@given(text=st.text(max_size=60))
def test_any_text_in_the_place_of_the_pairs_is_refused(data, text):
    assert_refused(with_metadata(data, pairs=text))


def test_a_run_keeps_its_table_and_goes_on_from_it(tmp_path, task):
    config = TrainConfig(task=PAIRS, tokens="character", **QUICK)
    run = Run.create(tmp_path, "mine", model_for(task), config, task=task)
    training = Training(model_for(task), config, task=task)
    training.take_step()
    run.save(training)
    again = run.resume()
    assert again.step == 1
    assert again.task.table() == task.table()
    assert again.take_step().loss == training.take_step().loss
    (run.path / PAIRS_TABLE).write_text("1,2")
    with pytest.raises(InputError, match="is not the table that this run was trained on"):
        run.resume()
    run.checkpoint_path.unlink()
    with pytest.raises(InputError, match="at least 8"):
        run.resume()
    (run.path / PAIRS_TABLE).unlink()
    with pytest.raises(InputError, match=r"pairs\.tsv cannot be read"):
        run.task()


def test_the_program_trains_on_a_file_resumes_without_it_and_answers(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    table = tmp_path / "binary.csv"
    table.write_text(TABLE)
    sizes = [f"--{name.replace('_', '-')}={value}" for name, value in (SIZES | QUICK).items()]
    options = [
        "--runs",
        str(tmp_path),
        "--name",
        "mine",
        "--tokens",
        "character",
        "--device",
        "cpu",
        "--json",
    ]
    assert train_program([*options, *sizes, "--pairs", str(table)]) == 0
    table.unlink()
    run = Run.find(tmp_path / "mine")
    assert run.config()["training"]["task"] == PAIRS
    assert train_program(["--resume", str(run.path), "--device", "cpu", "--json"]) == 0
    moved = tmp_path / "elsewhere.safetensors"
    shutil.copy(run.checkpoint_path, moved)
    capsys.readouterr()
    assert decode(["--checkpoint", str(moved), "--max-new-tokens", "3", "12"]) == 0
    assert set(capsys.readouterr().out.strip()) <= {"0", "1"}


PRICES = "\n".join(f"{n},50 Euro;{n}.50 euros;x" for n in range(12))


@pytest.mark.parametrize(
    ("options", "said", "first"),
    [
        (
            ["--columns", "2", "1"],
            "too. The first line is a pair; column 2 is the source",
            "0.50 euros",
        ),
        (["--separator", "comma"], "separated by commas. The first line is a pair; column 1", "0"),
        (["--separator", "comma", "--header"], "“0”, the target column 2, “50 Euro;0.50 euros;x”", "1"),
    ],
)
def test_the_program_says_how_it_read_a_table_and_reads_it_as_it_is_told(
    tmp_path, capsys, monkeypatch, options, said, first
):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    (tmp_path / "prices.csv").write_text(PRICES)
    sizes = [f"--{name.replace('_', '-')}={value}" for name, value in (SIZES | QUICK).items()]
    where = ["--runs", str(tmp_path), "--name", "mine", "--device", "cpu"]
    assert train_program([*where, *sizes, "--pairs", str(tmp_path / "prices.csv"), *options]) == 0
    assert said in " ".join(capsys.readouterr().out.split("\n"))
    run = Run.find(tmp_path / "mine")
    assert run.task().pairs[0].source == load_checkpoint(run.checkpoint_path).task.pairs[0].source == first
    assert train_program(["--resume", str(run.path), *options]) == 2
    assert f"takes no {options[0]}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--columns", "0", "1", "--pairs", __file__], "counted from 1"),
        (["--task", "pairs"], "--pairs FILE"),
        (["--pairs", "nothing.csv"], "nothing.csv cannot be read"),
        (["--pairs", __file__], "Line"),
    ],
)
def test_the_program_says_in_one_line_what_is_wrong_with_the_pairs(tmp_path, capsys, options, message):
    assert train_program([*options, "--runs", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_training_on_pairs_learns_them():
    torch.manual_seed(0)
    task = read_pairs("\n".join(f"{a} {b},{b}" for a in "abcd" for b in "abcd"), "word")
    config = TrainConfig(
        task=PAIRS, steps=80, batch_size=32, learning_rate=1e-2, warmup_steps=10, evaluate_every=80
    )
    training = Training(model_for(task), config, task=task)
    first = training.take_step().loss
    while training.step < 80:
        last = training.take_step().loss
    assert last < first / 4
