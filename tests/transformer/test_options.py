"""The command lines: whatever number is given, they print a message and never a traceback."""

from typing import get_args, get_type_hints

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from transformer import decode, measure, train
from transformer.learning import costs
from transformer.learning.steps import TrainConfig
from transformer.model.config import TransformerConfig
from transformer.options import options_of
from transformer.training_commands import COMMANDS

WRITTEN = st.one_of(
    st.integers().map(str),
    st.integers(-3, 3).map(str),
    st.integers(0, 40).map(lambda power: str(10**power)),
    st.floats().map(str),
    st.sampled_from(["", " ", "-", "1e3", "0x10", "1_000", "٣", "²", "1,5", "nan", "-inf", "9" * 5000]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0/"), max_size=8),
)


def numbers(parser):
    """The options that take a value which is not one of a few words."""
    actions = [action for action in parser._actions if action.nargs is None and not action.choices]
    return [action.option_strings[0] for action in actions if action.option_strings]


MODULES = {"train": train, "decode": decode, "measure": measure}
PARSERS = {name: module._parser() for name, module in MODULES.items()}
ASKED = [(name, option) for name, parser in PARSERS.items() for option in numbers(parser)]


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """Where runs are begun; each is stopped before its first step, so that thousands can be tried."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "_follow", lambda *_: None)
        patch.setattr(train, "fastest_threads", lambda *_: 1)
        patch.setattr(torch, "set_num_threads", lambda count: None)
        patch.setattr(costs, "available_memory", lambda: 2**30)
        patch.chdir(tmp_path_factory.mktemp("options"))
        yield


@pytest.mark.parametrize(
    "examples", [pytest.param(8, id="few"), pytest.param(100, id="many", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(("program", "option"), ASKED)
def test_every_value_of_every_option_is_taken_or_refused_in_a_sentence(
    begun, capsys, program, option, examples
):
    fixed = {"train": [], "decode": ["3 1"], "measure": ["."]}[program]

    @settings(max_examples=examples)
    @given(WRITTEN)
    def answers(text):
        code = exit_code(MODULES[program].main, [*fixed, f"{option}={text}"])
        assert code in (0, 2), (code, text)
        said = capsys.readouterr().err
        assert "Traceback" not in said
        assert bool(said.strip()) == (code == 2), said

    answers()


def exit_code(main, arguments):
    try:
        return main(arguments)
    except SystemExit as end:
        return end.code


@pytest.mark.parametrize("config", [TrainConfig, TransformerConfig])
def test_help_names_the_commands_and_the_choices_of_every_option(config):
    shown = " ".join(PARSERS["train"].format_help().split())
    assert all(f"{command} {meaning}" in shown for command, meaning in COMMANDS.items())
    for name in options_of(config):
        choices = get_args(get_type_hints(config)[name])
        assert f"--{name.replace('_', '-')}" in shown
        assert "{" + ",".join(choices) + "}" in shown or not choices
        assert "None" not in shown


def test_help_explains_an_option_as_its_field_does():
    shown = " ".join(PARSERS["train"].format_help().split())
    assert "--batch-size N" in shown
    assert "The highest learning rate the schedule reaches. Default: 0.001." in shown
    assert "cosine down to 1 % at the last step" in shown


@pytest.mark.parametrize(
    ("program", "given", "word"),
    [
        ("train", "--task sort --pairs table.csv", "choose one"),
        ("train", "--tokens character", "--pairs"),
        ("train", "--threads -1", "from 1 to 256"),
        ("train", "--checkpoint-every 0", "from 1 to"),
        ("train", "--batch-size 9999999", "memory"),
        ("train", "--evaluation-size 9999999", "memory"),
        ("train", "--max-len 9999999", "memory"),
        ("train", "--num-layers 9999999", "memory"),
        ("train", "--device cpu:77", "device"),
        ("decode", "--top-k 3", "--temperature"),
        ("decode", "--top-p 0.5 --temperature 0", "--temperature"),
        ("decode", "--seed 3 --beam 2", "--temperature"),
        ("decode", "--length-penalty 1", "--beam"),
        ("decode", "--task sort --checkpoint runs/x", "choose one"),
        ("decode", "--beam 0", "width = 0"),
    ],
)
def test_what_would_have_no_effect_or_cannot_work_is_refused(begun, capsys, program, given, word):
    positional = ["3 1"] if program == "decode" else []
    assert exit_code(MODULES[program].main, [*positional, *given.split()]) == 2
    assert word in capsys.readouterr().err
