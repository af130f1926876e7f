import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.transformer.helpers import make_model, small_config
from transformer import EOS, SOS, save_checkpoint
from transformer.decode import main
from transformer.learning.runs import Run
from transformer.learning.steps import TrainConfig

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A model that answers 4 2 to everything."""
    model = make_model(small_config(embed_dim=16, heads=1, positions="none", num_layers=1))
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.zero_()
        for token, following in ((SOS, 7), (7, 5), (5, EOS)):
            model.decoder.embed.weight[token, token] = 1
            model.decoder.fc_out.weight[following, token] = 1
    path = tmp_path_factory.mktemp("decode") / "model.safetensors"
    save_checkpoint(path, model, "sort")
    return str(path)


def test_as_a_program_it_prints_the_answer_alone(checkpoint):
    result = subprocess.run(
        [sys.executable, "-m", "transformer.decode", "--checkpoint", checkpoint, "5 3 9 1 1"],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "4 2\n", "")


def test_steps_show_the_most_probable_tokens_before_the_answer(checkpoint, capsys):
    assert main(["--checkpoint", checkpoint, "--steps", "3 1"]) == 0
    *steps, answer = capsys.readouterr().out.splitlines()
    assert answer == "4 2"
    assert [step.split()[:3] for step in steps] == [
        ["step", "0:", "4"],
        ["step", "1:", "2"],
        ["step", "2:", "EOS"],
    ]
    probabilities = [float(number) for number in steps[0].split()[3::2]]
    assert len(probabilities) == 5
    assert probabilities == sorted(probabilities, reverse=True)


def test_no_more_tokens_are_written_than_allowed(checkpoint, capsys):
    assert main(["--checkpoint", checkpoint, "--max-new-tokens", "1", "3 1"]) == 0
    assert capsys.readouterr().out == "4\n"


def assert_refused(arguments, capsys, *words):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert all(word in err for word in words), err


@pytest.mark.parametrize(
    ("text", "word"), [("", "empty"), ("  ", "empty"), ("5 apples", "“a”"), ("3.5", "“.”"), ("\x00", "\x00")]
)
def test_input_that_cannot_be_read_is_refused_in_one_line(checkpoint, capsys, text, word):
    assert_refused(["--checkpoint", checkpoint, text], capsys, word)


def test_input_longer_than_the_model_accepts_is_refused_in_one_line(checkpoint, capsys):
    assert_refused(["--checkpoint", checkpoint, "1 " * 30], capsys, "32 tokens", "at most 24")


@pytest.mark.parametrize("limit", ["0", "-3"])
def test_a_limit_below_one_is_refused_in_one_line(checkpoint, capsys, limit):
    assert_refused(["--checkpoint", checkpoint, f"--max-new-tokens={limit}", "3 1"], capsys, limit)


def test_a_damaged_foreign_or_missing_checkpoint_is_refused_in_one_line(checkpoint, capsys, tmp_path):
    for content in (b"", b"PK\x03\x04 a pickle, perhaps", Path(checkpoint).read_bytes()[:-9]):
        path = tmp_path / "bad.safetensors"
        path.write_bytes(content)
        assert_refused(["--checkpoint", str(path), "3 1"], capsys)
    assert_refused(["--checkpoint", str(tmp_path / "none"), "3 1"], capsys, "none")


def test_an_unknown_task_exits_with_code_2(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--task", "juggle", "3 1"])
    assert caught.value.code == 2
    assert capsys.readouterr().out == ""


def test_a_high_temperature_samples_and_a_seed_repeats_it(checkpoint, capsys):
    def answer(*options):
        assert main(["--checkpoint", checkpoint, *options, "3 1"]) == 0
        return capsys.readouterr().out

    hot = ["--temperature", "50", "--max-new-tokens", "8"]
    answers = [answer(*hot, "--seed", str(seed)) for seed in range(4)]
    assert len(set(answers)) > 1
    assert answers == [answer(*hot, "--seed", str(seed)) for seed in range(4)]
    assert answer(*hot, "--top-k", "1") == answer() == "4 2\n"


def test_beam_search_shows_its_sequences_before_the_answer(checkpoint, capsys):
    assert main(["--checkpoint", checkpoint, "--beam", "3", "--steps", "3 1"]) == 0
    *steps, answer = capsys.readouterr().out.splitlines()
    assert answer == "4 2"
    assert sum(step.startswith("step 0:") for step in steps) == 3
    assert any(step.split()[3:] == ["4", "2", "EOS"] for step in steps)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--temperature", "-1"], "temperature = -1.0"),
        (["--temperature", "1", "--top-p", "2"], "top_p = 2.0"),
        (["--beam", "-2"], "width = -2"),
        (["--beam", "2", "--length-penalty", "nan"], "length_penalty = nan"),
    ],
)
def test_a_strategy_that_says_nothing_is_refused_in_one_line(checkpoint, capsys, options, message):
    assert main(["--checkpoint", checkpoint, *options, "3 1"]) == 2
    assert message in capsys.readouterr().err


def test_two_strategies_at_once_are_refused(checkpoint, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--checkpoint", checkpoint, "--beam", "2", "--temperature", "1", "3 1"])
    assert caught.value.code == 2
    assert "choose one" in capsys.readouterr().err


def test_a_runs_folder_stands_for_its_checkpoint(checkpoint, capsys, tmp_path):
    (tmp_path / "run").mkdir()
    assert_refused(["--checkpoint", str(tmp_path / "run"), "3 1"], capsys, "no training run in run")
    run = Run.create(tmp_path, "begun", small_config(), TrainConfig())
    assert_refused(["--checkpoint", str(run.path), "3 1"], capsys, "no checkpoint yet")
    shutil.copyfile(checkpoint, run.checkpoint_path)
    assert main(["--checkpoint", str(run.path), "3 1"]) == 0
    assert capsys.readouterr().out == "4 2\n"


def test_an_empty_answer_is_explained(tmp_path, capsys):
    model = make_model(small_config(embed_dim=16, heads=1, num_layers=1))
    with torch.no_grad():
        model.decoder.fc_out.weight.zero_()
        model.decoder.fc_out.bias.zero_()
        model.decoder.fc_out.bias[EOS] = 1
    save_checkpoint(tmp_path / "model.safetensors", model, "sort")
    assert main(["--checkpoint", str(tmp_path / "model.safetensors"), "3 1"]) == 0
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("\n", 1)
    assert "empty" in err
