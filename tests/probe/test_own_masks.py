"""Masks from files, text and recipes: how they are read, what is said of them, how PyTorch takes them."""

import contextlib
import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from transformer import InputError
from transformer.model.mask_conventions import to_additive
from transformer.probe import mask_input
from transformer.probe.mask_input import (
    by_lengths,
    causal,
    documents,
    grouped,
    prefix,
    read_file,
    read_text,
    window,
)
from transformer.probe.mask_reading import Sizes, conversions, facts, mistakes, readings

MASK = torch.tensor([[True, False], [True, True]])


def saved(kind, mask=MASK):
    if kind == "safetensors":
        return save({"mask": mask})
    file = io.BytesIO()
    if kind == "npy":
        np.save(file, mask.numpy())
    elif kind == "npz":
        np.savez(file, mask=mask.numpy())
    elif kind == "pt":
        torch.save(mask, file)
    else:
        return "\n".join(",".join(map(str, row)) for row in mask.tolist()).encode()
    return file.getvalue()


@pytest.mark.parametrize("kind", mask_input.KINDS)
def test_a_file_is_read_as_it_was_written(kind):
    found = read_file(f"a mask.{kind}", saved(kind))
    assert found.dtype == torch.bool
    assert torch.equal(found, MASK)


@pytest.mark.parametrize("kind", mask_input.KINDS)
@settings(max_examples=15, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_a_sentence(kind, data):
    with contextlib.suppress(InputError):
        assert 2 <= read_file(f"x.{kind}", data).dim() <= 4


def test_a_pickle_runs_nothing():
    class Evil:
        def __reduce__(self):
            return exec, ("raise SystemExit('ran')",)

    file = io.BytesIO()
    torch.save({"mask": Evil()}, file)
    with pytest.raises(InputError, match="cannot be read"):
        read_file("x.pt", file.getvalue())


def test_too_much_is_refused():
    with pytest.raises(InputError, match="bytes"):
        read_file("x.npy", b"0" * (2**20 + 1))
    with pytest.raises(InputError, match="cells"):
        read_file("x.npy", saved("npy", torch.zeros(300, 300)))
    file = io.BytesIO()
    np.savez_compressed(file, mask=np.zeros((2000, 2000)))
    with pytest.raises(InputError, match="larger"):
        read_file("x.npz", file.getvalue())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 0\n1 1", [[1, 0], [1, 1]]),
        ("10\n11", [[1, 0], [1, 1]]),
        ("[[True, False],\n [True, True]]", [[True, False], [True, True]]),
        ("0, -inf\n0, 0", [[0.0, float("-inf")], [0.0, 0.0]]),
        ("x;.\nx;x", [[True, False], [True, True]]),
    ],
)
def test_rows_are_read_however_they_are_separated(text, expected):
    assert read_text(text).tolist() == expected


@settings(deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(InputError):
        assert read_text(text).dim() == 2


def test_recipes():
    assert by_lengths([3, 1])[:, 0, 0].tolist() == [[True] * 3, [True, False, False]]
    assert causal(1, 16)[0, 0].sum() == 1
    assert causal(1, 16, bottom_right=True).all()
    assert window(4, 4, 2)[0, 0].int().tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]
    assert documents([0, 2, 3])[0, 0].int().tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert prefix(3, 2)[0, 0].int().tolist() == [[1, 1, 0], [1, 1, 0], [1, 1, 1]]
    assert grouped(torch.arange(2.0).view(1, 2, 1, 1), 2, 4).flatten().tolist() == [0, 0, 1, 1]


def best(mask, batch=2, heads=2):
    return readings(mask, Sizes(batch, heads))[0]


def test_causal_masks_say_what_true_means():
    assert best(causal(4, 4)[0, 0]).meaning == "keeps"
    assert best(~causal(4, 4)[0, 0]).meaning == "drops"
    assert best(to_additive(causal(4, 4)[0, 0])).meaning == "added"


def test_padding_by_sentence_is_told_by_the_batch():
    mask = torch.tensor([[True, True, False], [True, False, False]])
    found = best(~mask)
    assert (found.letters, found.meaning) == ("[B, S]", "drops")
    assert torch.equal(found.keep[:, 0, 0], mask)


def test_both_may_fit():
    mask = torch.tensor([[True, False, True, False], [False, True, False, True]]).repeat(2, 1)
    assert [reading.fits for reading in readings(mask, Sizes(1, 1))] == [True, True]


def test_shapes_that_fit_nothing_are_refused():
    with pytest.raises(InputError, match="fits no scores"):
        readings(torch.ones(3, 2, 2), Sizes(2, 2))


def test_facts():
    keep = torch.tensor([[True, True], [False, False]])[None, None].expand(2, 2, 2, 2)
    found = facts(keep)
    assert found.empty_rows[0, 0].tolist() == [False, True]
    assert found.future[0, 0].tolist() == [[False, True], [False, False]]
    assert (found.heads, found.sentences) == (((0, 1),), ((0, 1),))
    assert found.marked[0, 0].tolist() == [[False, True], [True, True]]
    assert not facts(causal(1, 16, bottom_right=True)).future.any()
    assert not facts(by_lengths([3, 3]).expand(2, 1, 3, 3)).marked.any()


def test_heads_and_sentences_that_differ_are_named():
    found = facts(torch.cat([causal(3, 3), causal(3, 3), ~causal(3, 3)], dim=1).expand(2, 3, 3, 3))
    assert found.heads == ((0, 1), (2,))
    assert found.sentences == ((0, 1),)


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (causal(4, 4).float()[0, 0], "floats 0 and 1"),
        (torch.ones(4, 4, dtype=torch.bool).tril(1), "one too far"),
        (torch.ones(4, 4, dtype=torch.bool).tril(-1), "sees itself"),
        (torch.ones(4, 4, dtype=torch.bool).triu(), "triu"),
        (torch.tensor([[1, 1, 0], [1, 1, 0], [0, 0, 0]]).bool(), "rows of PADs"),
        (torch.tensor([[0.0, -5.0], [0.0, 0.0]]), "not far below"),
        (torch.ones(2, 2, dtype=torch.bool), "cannot be told apart"),
        (torch.ones(2, 3, 3, dtype=torch.bool), "aligns"),
    ],
)
def test_likely_mistakes_are_named(mask, said):
    keep = mask.bool() if not mask.is_floating_point() or said == "floats 0 and 1" else mask > -1e4
    keep = keep[None, None] if mask.dim() == 2 else keep[:, None]
    assert any(said in str(remark) for remark in mistakes(mask, Sizes(2, 2), keep))


def test_a_right_mask_has_no_mistakes():
    assert mistakes(causal(5, 5)[0, 0], Sizes(2, 2), causal(5, 5)) == []


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_pytorch_agrees_with_every_conversion(data):
    batch, heads, rows, columns = (data.draw(st.integers(1, 3)) for _ in range(4))
    cells = data.draw(
        st.lists(
            st.booleans(), min_size=batch * heads * rows * columns, max_size=batch * heads * rows * columns
        )
    )
    keep = torch.tensor(cells).view(batch, heads, rows, columns)
    assert all(not one.difference > 1e-5 for one in conversions(keep))
