"""Both runs in one frame: what each wrote is among the candidates of both, and differences are marked."""

from dataclasses import replace

import pytest
import torch

from transformer import shipped_checkpoint
from transformer.experiments.edits import ForcedToken, HeadOff, LayerOff, PositionsSwapped, SourceBlanked
from transformer.model.places import Attention
from ui.frames.what_if import frames, run_both


def runs(name, *changes):
    checkpoint = shipped_checkpoint(name)
    return run_both(checkpoint, torch.tensor([checkpoint.task.encode("5 3 9 1 1")]), changes)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("copy", [PositionsSwapped("encoder", 1, 2)]),
        ("sort", [ForcedToken(0, 8)]),
        ("reverse", [LayerOff("decoder", 2)]),
        ("sort", [HeadOff("cross", 0, 2), SourceBlanked(3)]),
    ],
)
def test_each_step_shows_the_chosen_tokens_of_both_runs(name, changes):
    both = runs(name, *changes)
    drawn = frames(both, Attention.CROSS)
    assert len(drawn) == both.steps == max(len(written) for written in both.written)
    label = both.vocabulary.label
    for frame, was, now in zip(drawn, *both.written, strict=False):
        (_, before), (_, after) = frame.bars
        assert [bar.label for bar in before] == [bar.label for bar in after]
        assert {label(was), label(now)} <= {bar.label for bar in before}
        assert [bar.label for bar in before if bar.kind == "chosen"] == [label(was)]
        assert [bar.label for bar in after if bar.kind == "chosen"] == [label(now)]


def test_differences_and_forced_tokens_are_told_in_words():
    both = runs("sort", ForcedToken(0, 8))
    (_, altered) = frames(both, Attention.CROSS)[-1].tokens[-1]
    was, now = both.written
    assert altered[0].note == "forced"
    for step, token in enumerate(altered[1 : len(now)], start=1):
        assert (token.note != "") == (step >= len(was) or was[step] != now[step])


def test_a_head_that_is_off_is_hatched_throughout_and_only_that():
    both = runs("sort", HeadOff("cross", 1, 2))
    original, altered = frames(both, Attention.CROSS)[0].tensors
    assert not original.masked.any()
    expected = torch.zeros(altered.values.shape, dtype=torch.bool)
    expected[1, 2] = True
    assert torch.equal(torch.from_numpy(altered.masked), expected)


def test_what_is_drawn_are_the_weights_of_the_run():
    both = runs("sort", SourceBlanked(2))
    for step, frame in enumerate(frames(both, Attention.CROSS)):
        for view, run in zip(frame.tensors, (both.original, both.altered), strict=True):
            trace = run[min(step, len(run) - 1)].trace
            weights = torch.cat([trace[f"decoder.{layer}.cross_attention.weights"] for layer in range(3)])
            assert torch.equal(torch.from_numpy(view.values), weights)


def test_a_probability_that_is_as_before_is_not_said_to_change():
    both = runs("sort", ForcedToken(2, 8))
    told = [text for frame in frames(both, Attention.CROSS) for _, text in frame.facts]
    assert told[:3] == ["none has changed"] * 3
    for change in told[3:]:
        before, after = change.split(": ")[1].split(" → ")
        assert before != after


def test_a_change_too_small_to_be_written_is_said_to_be_small():
    both = runs("sort")
    step = both.original[0]
    nudged = replace(step, logits=step.logits * (1 - 1e-5))
    both = replace(both, alterations=(HeadOff("cross", 0, 0),), altered=(nudged, *both.original[1:]))
    assert dict(frames(both, Attention.CROSS)[0].facts)["largest change of a probability"].endswith(
        "less than 0.001"
    )


def test_every_step_of_the_right_answer_has_its_column():
    both = runs("sort", ForcedToken(1, 2))
    short = replace(both, original=both.altered)
    strips = dict(frames(short, Attention.CROSS)[0].tokens)
    assert short.steps == 2
    assert {len(strip) for strip in strips.values()} == {6}
