"""Masks from files, text and recipes: how they are read, what is found in them, how PyTorch takes them."""

import contextlib
import io
import math
import pickle
import struct
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save
from torch import nn

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


class Evil:
    """Unpickled, it ends the test run."""

    def __reduce__(self):
        return exec, ("raise SystemExit('ran')",)


def written(save_to, *what, **options):
    file = io.BytesIO()
    save_to(file, *what, **options)
    return file.getvalue()


def pt(what):
    return written(lambda file: torch.save(what, file))


def zipped(name, content):
    with zipfile.ZipFile(file := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def safetensors(header):
    return struct.pack("<Q", len(header)) + header


OBJECTS = written(np.save, np.array([[Evil()]], dtype=object), allow_pickle=True)
HUGE = b'{"mask":{"dtype":"F32","shape":[999999,999999],"data_offsets":[0,4]}}'


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("evil.pt", pt({"mask": Evil()}), "cannot be read"),
        ("evil.pt", pickle.dumps(Evil()), "cannot be read"),
        ("a script.pt", zipped("code/x.py", "raise SystemExit"), "cannot be read"),
        ("wide.pt", pt(torch.ones(1).expand(999, 999)), "cells"),
        ("list.pt", pt([MASK]), "no tensor"),
        ("sparse.pt", pt(torch.eye(2).to_sparse()), "sparse"),
        ("empty.pt", pt(torch.ones(2, 2, device="meta")), "no num"),
        ("evil.npy", OBJECTS, "cannot be read"),
        ("huge.npy", saved("npy").replace(b"(2, 2), }          ", b"(999999, 999999), }"), "cannot be read"),
        ("words.npy", written(np.save, np.array([["a"]])), "cannot be read"),
        ("evil.npz", zipped("mask.npy", OBJECTS), "cannot be read"),
        ("bomb.npz", zipped("mask.npy", bytes(2**21)), "larger"),
        ("text.npz", zipped("mask.txt", "hello"), "cannot be read"),
        ("huge.safetensors", safetensors(HUGE) + bytes(4), "cannot be read"),
        ("long.safetensors", struct.pack("<Q", 2**40), "cannot be read"),
        ("none.safetensors", safetensors(b"{}"), "no tensor"),
        ("formula.csv", b"=1+1,1", "no cell"),
        ("page.csv", b"<script>alert(1)</script>", "no cell"),
        ("latin.csv", "é".encode("latin-1"), "cannot be read"),
        ("a program.exe", b"", "ends in"),
    ],
)
def test_a_hostile_file_is_refused_in_a_sentence_and_runs_nothing(name, data, said):
    with pytest.raises(InputError, match=said):
        read_file(name, data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a parameter.pt", pt(nn.Parameter(torch.eye(2)))),
        ("half.pt", pt({0: torch.eye(2).bfloat16()})),
        ("negated.pt", pt((torch.eye(2) * 1j).conj().conj().imag)),
        ("big-endian.npy", written(np.save, np.eye(2, dtype=">f4"))),
        ("by columns.npy", written(np.save, np.asfortranarray(np.eye(2)))),
        ("from a spreadsheet.csv", "\ufeff1;0\r\n0;1\r\n".encode()),
    ],
)
def test_what_other_programs_write_is_read(name, data):
    found = read_file(name, data)
    assert found.numpy().tolist() == [[1, 0], [0, 1]]


def test_too_much_is_refused():
    with pytest.raises(InputError, match="bytes"):
        read_file("x.npy", b"0" * (2**20 + 1))
    with pytest.raises(InputError, match="cells"):
        read_file("x.npy", saved("npy", torch.zeros(300, 300)))


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
        (torch.tensor([[0.0, math.nan], [0.0, 0.0]]), "NaN"),
        (~by_lengths([3, 2]).expand(2, 1, 3, 3), "polarity may be inverted"),
        (torch.ones(2, 2, dtype=torch.bool), "cannot be told apart"),
        (torch.ones(2, 3, 3, dtype=torch.bool), "aligns"),
    ],
)
def test_likely_mistakes_are_named(mask, said):
    keep = mask.bool() if not mask.is_floating_point() or said == "floats 0 and 1" else mask > -1e4
    keep = {2: keep[None, None], 3: keep[:, None]}.get(mask.dim(), keep)
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
