"""The code of all steps, run in order, gives what is drawn; mistakes do what the texts say."""

import json

import numpy as np
import pytest
import torch

from tests.messages import ROOT
from transformer import InputError, shipped_checkpoint
from transformer.experiments import notes
from transformer.model.places import Attention
from ui.frames import broadcasting_broken as broken
from ui.frames import broadcasting_positions as positions
from ui.frames import broadcasting_product as product
from ui.frames import broadcasting_typed as typed
from ui.frames import masking, masking_cases
from ui.tensor_grid import grid_data

EXAMPLES = json.loads((ROOT / "tests/data/worked_examples.json").read_text())


def paste(frames):
    """Run the code as a student would, and compare what it gives with what is drawn, by name."""
    names = {}
    for frame in frames:
        assert frame.code
        exec(frame.code, names)
        for view in frame.tensors:
            drawn = np.asarray(view.values)
            assert np.array_equal(
                np.asarray(eval(view.name, names)), drawn, equal_nan=drawn.dtype.kind == "f"
            )
    assert grid_data(frames)
    return names


@pytest.mark.parametrize("fill", masking_cases.FILLS)
@pytest.mark.parametrize("kind", masking_cases.NOTES)
@pytest.mark.parametrize("real_size", [False, True])
def test_the_notes_masks_run_as_shown(kind, fill, real_size):
    names = paste(masking.frames(masking_cases.from_notes(kind, fill, real_size)))
    if kind == "padding" and not real_size:
        given = EXAMPLES["encoder_padding_mask"]
        assert names["energy"].tolist() == given["scores"]
        assert list(names["mask"].shape) == given["mask_shape"]
        assert (
            names["energy"].masked_fill(~names["mask"], 0)[0, 0].tolist()
            == given["filled_with_zero_batch0_head0"]
        )
    if kind == "causal" and not real_size:
        given = EXAMPLES["decoder_causal_mask"]
        assert list(names["mask"].shape) == given["mask_shape"]
        assert (
            names["energy"].masked_fill(~names["mask"], 0)[0, 0].tolist()
            == given["filled_with_zero_batch0_head0"]
        )


@pytest.mark.parametrize("fill", masking_cases.FILLS)
@pytest.mark.parametrize("kind", masking_cases.PYTORCH)
def test_pytorchs_masks_run_as_shown(kind, fill):
    names = paste(masking.frames(masking_cases.from_pytorch(kind, fill)))
    if fill == "-inf":
        torch.testing.assert_close(names["weights"], names["theirs"])
    if kind == "key_padding_mask":
        lengths = torch.tensor(EXAMPLES["key_padding_lengths"]["lengths"])
        assert torch.equal(names["key_padding_mask"].sum(1), 15 - lengths)


@pytest.mark.parametrize("fill", masking_cases.FILLS)
@pytest.mark.parametrize("attention", Attention)
def test_the_models_pass_runs_as_shown(attention, fill):
    checkpoint = shipped_checkpoint("sort")
    lesson = masking_cases.from_model(
        checkpoint, "5 3 9 1 1\n7 2 8\n4", attention, 1, fill, 'shipped_checkpoint("sort")'
    )
    names = paste(masking.frames(lesson))
    assert names["energy"].size(0) == 3


def test_the_positions_are_those_of_the_notes():
    names = paste(positions.frames())
    expected = torch.tensor(EXAMPLES["add_positional_encoding"]["x_plus_pe"])
    torch.testing.assert_close(names["total"], expected, atol=1e-5, rtol=0)
    assert names["x"].tolist() == notes.EMBEDDED.tolist()


def test_the_product_runs_as_shown_and_is_folded():
    frames = product.frames()
    names = paste(frames)
    assert list(names["y"].shape) == EXAMPLES["matmul"]["out"]
    assert "mm [4096, 512] [512, 64]" in frames[3].caption
    assert dict(frames[4].facts)["bytes, stored"] == "expand: 131,072\nrepeat: 4,194,304"


@pytest.mark.parametrize("operation", typed.OPERATIONS)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2 1 1 5", "2 2 5 5"),
        ("3", "1"),
        ("1", "1"),
        ("5", "2 1 1 1"),
        ("1 2 3 1 2 1", "4 1 1 5 1 3"),
        ("40 40 1", "30"),
    ],
)
def test_typed_shapes_run_as_shown(first, second, operation):
    names = paste(typed.frames(first, second, operation))
    if operation == "+":
        a, b = names["a"], names["b"]
        step = int(b.flatten()[0])
        assert torch.equal(names["result"] % step, a.expand_as(names["result"]))
        assert torch.equal(names["result"] // step * step, b.expand_as(names["result"]))


@pytest.mark.parametrize("operation", typed.OPERATIONS)
def test_shapes_that_do_not_fit_show_pytorchs_own_words(operation):
    *_, refused = frames = typed.frames("2 3", "4 3", operation)
    names = {}
    exec(frames[0].code, names)
    with pytest.raises(RuntimeError) as raised:
        exec(refused.code, names)
    assert refused.caption.startswith(f"RuntimeError: {raised.value}")


@pytest.mark.parametrize(
    ("first", "second"), [("", "1"), ("1", "0"), ("99999 99999", "1"), ("400 1", "400"), ("1 " * 20, "2")]
)
def test_shapes_that_cannot_be_drawn_are_refused(first, second):
    with pytest.raises(InputError):
        typed.frames(first, second, "+")


@pytest.mark.parametrize("case", broken.titles())
@pytest.mark.parametrize("sizes", [(2, 2, 5), (1, 1, 2), (3, 1, 4), (1, 4, 4), (6, 6, 6), (5, 2, 5)])
def test_every_mistake_can_be_made_at_every_size(case, sizes):
    made = broken.run(case, *sizes)
    assert not made.right.error
    assert not made.right.warnings
    assert broken.summary(made)
    assert grid_data(broken.frames(made))


@pytest.mark.parametrize(
    ("case", "sizes", "kind"),
    [
        ("once", (2, 2, 5), "silent"),
        ("once", (3, 2, 5), "loud"),
        ("once", (3, 1, 5), "silent"),
        ("once", (1, 4, 5), "harmless"),
        ("twice", (5, 2, 5), "silent"),
        ("twice", (2, 2, 5), "loud"),
        ("twice", (1, 2, 5), "harmless"),
        ("sizes", (2, 2, 5), "loud"),
        ("float", (2, 2, 5), "loud"),
        ("add", (2, 2, 5), "loud"),
        ("fill", (2, 2, 5), "warned"),
        ("write", (2, 2, 5), "silent"),
        ("zero", (2, 2, 5), "silent"),
    ],
)
def test_a_mistake_is_loud_or_silent_as_its_shapes_say(case, sizes, kind):
    assert broken.run(case, *sizes).kind == kind


def test_one_write_changes_every_cell_that_shares_the_place():
    made = broken.run("write", 2, 2, 5)
    shared = {(0, head, query, 0) for head in range(2) for query in range(5)} - {(0, 0, 0, 0)}
    assert set(made.cells) == shared
    assert "9 of 100" in broken.summary(made)


def test_the_first_versions_mask_hides_the_real_zeros():
    given = EXAMPLES["pad_is_digit_zero"]
    made = broken.run("zero", 1, 1, 2)
    assert made.wrong.names["src"][0].tolist() == given["src"]
    assert sorted({cell[3] for cell in made.cells}) == given["mask_hides_positions"]


def test_a_forgotten_unsqueeze_reads_the_other_sentences_mask():
    made = broken.run("once", 2, 2, 5)
    keep = made.wrong.names["keep"]
    hidden = made.wrong.names["result"].isinf()
    assert torch.equal(hidden, ~keep[None, :, None, :].expand(2, 2, 5, 5))
