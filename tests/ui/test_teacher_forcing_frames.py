"""The aligned table of teacher forcing: the shift, fed tokens, and a free run that grows step by step."""

from dataclasses import replace

import pytest
import torch

from transformer import shipped_checkpoint
from transformer.tasks import Batch, pad_batch
from ui.frames.teacher_forcing import compare, frames, trained_shifted, without_shift


def made(texts, row=0, fed=None):
    checkpoint = shipped_checkpoint("sort")
    src = pad_batch([checkpoint.task.encode(text) for text in texts])
    trg = pad_batch([checkpoint.task.answer(source) for source in src.tolist()])
    return compare(checkpoint, Batch(src, trg), row, fed or {})


def strips(frame):
    return {label: [token.text for token in strip] for label, strip in frame.tokens}


def test_the_target_is_the_input_one_place_further():
    table = strips(frames(made(["5 3 9 1 1"]))[0])
    assert table["trg_input"][0] == "SOS"
    assert table["trg_input"][1:] == table["trg_target"][:-1]
    assert table["trg_target"][-1] == "EOS"


def test_running_free_grows_by_a_token_a_frame_and_teacher_forcing_is_there_at_once():
    drawn = frames(made(["5 3 9 1 1"]))
    for position, frame in enumerate(drawn):
        table = strips(frame)
        for label in ("free: reads", "free: writes"):
            assert sum(token != " " for token in table[label]) == position + 1
        assert table["predicts, loss"] == strips(drawn[0])["predicts, loss"]
        assert [len(view.values) for view in frame.tensors] == [len(drawn), position + 1]


def test_a_fed_token_touches_only_the_input_that_is_looked_at():
    plain, fed = made(["5 3 9 1 1", "7 2"], 1), made(["5 3 9 1 1", "7 2"], 1, {1: 12})
    assert torch.equal(plain.forced.logits[0], fed.forced.logits[0])
    assert fed.read_forced == [1, 12, 10]
    assert fed.parting == 1
    assert plain.parting is None


def test_the_losses_of_pads_are_not_counted():
    shown = made(["5 3 9 1 1", "7 2"], 1)
    assert shown.length == 3
    assert not shown.forced.losses[1, 3:].any()
    assert strips(frames(shown)[0])["predicts, loss"][3:] == ["–", "–", "–"]


@pytest.mark.parametrize(
    ("about", "shifted"),
    [({}, True), ({"training": {"steps": 3}}, True), ({"training": None}, True),
     ({"training": {"shift_target": False}}, False), ({"training": {"shift_target": True}}, True)],
)  # fmt: skip
def test_what_a_checkpoint_says_of_the_shift(about, shifted):
    assert trained_shifted(replace(shipped_checkpoint("copy"), about=about)) == shifted


def test_the_loss_with_the_shift_does_not_depend_on_what_is_fed():
    plain, fed = made(["5 3 9 1 1"]), made(["5 3 9 1 1"], fed={1: 12})
    assert without_shift(plain)[1] == without_shift(fed)[1]
    assert fed.forced.loss > plain.forced.loss
