"""The rules of broadcasting agree with PyTorch's; typed shapes are read or refused with a message."""

import contextlib

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from transformer import InputError, limits
from transformer.experiments import notes
from transformer.experiments.broadcasting import (
    Calls,
    Script,
    Storage,
    align,
    attempt,
    broadcast,
    check_drawable,
    differing,
    parse_shape,
    stretches,
)

shapes = st.lists(st.integers(1, 4), max_size=6).map(tuple)


def torchs(first, second):
    try:
        return tuple(torch.broadcast_shapes(first, second))
    except RuntimeError:
        return None


@given(shapes, shapes)
def test_two_shapes_broadcast_as_pytorch_says(first, second):
    assert broadcast(first, second) == torchs(first, second)
    assert ("incompatible" in [axis.verdict for axis in align(first, second)]) == (
        torchs(first, second) is None
    )


@given(shapes, shapes)
def test_the_steps_of_stretching_lead_to_the_result(first, second):
    target = broadcast(first, second)
    if target is None:
        return
    tensor = torch.arange(torch.Size(first).numel()).view(first)
    before = tensor
    for _, shape in stretches(first, target):
        before = before.expand(shape)
    assert torch.equal(before.expand(target), tensor.expand(target))
    assert Storage.of(before).stored == tensor.numel()


@pytest.mark.parametrize(
    ("first", "second", "verdicts"),
    [
        ((2, 1, 1, 5), (2, 2, 5, 5), ["equal", "stretched", "stretched", "equal"]),
        ((2, 1, 5), (2, 2, 5, 5), ["missing", "equal", "stretched", "equal"]),
        ((2, 5), (2, 2, 5, 5), ["missing", "missing", "incompatible", "equal"]),
        ((), (3,), ["missing"]),
    ],
)
def test_every_axis_gets_its_verdict(first, second, verdicts):
    assert [axis.verdict for axis in align(first, second)] == verdicts


@given(
    st.lists(st.integers(1, 999), min_size=1, max_size=6), st.sampled_from([" ", ", ", "x", "×", "，", "  "])
)
def test_a_shape_is_read_back_however_it_is_separated(sizes, between):
    text = between.join(str(size) for size in sizes)
    for written in (text, f"[{text}]", f"({text},)", f"torch.Size([{text}])"):
        assert parse_shape(written) == tuple(sizes)


@pytest.mark.parametrize(
    "text", ["２，１，１，５", "2、1、1、5", "[2, 1, 1, 5]", "2x1x1x5", " 2 1\n1 5 ", "２ × １ × １ × ５"]
)
def test_ways_to_write_the_mask_of_the_notes(text):
    assert parse_shape(text) == (2, 1, 1, 5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "missing"),
        ("[]", "missing"),
        ("abc", "abc"),
        ("2.5 1", "2.5"),
        ("2²", "2²"),
        ("①② 5", "①②"),
        ("2₂", "2₂"),
        ("½", "½"),
        ("-1 5", "-1"),
        ("2 0 5", "size of 0"),
        ("1 " * 20, "20 axes"),
        ("9" * 100, "100 digits"),
        ("1 " * 5000, "10000 characters"),
        ("![x](http://example.org/x.png)", "no size"),
    ],
)
def test_what_is_no_shape_is_refused_in_words(text, said):
    with pytest.raises(InputError, match=said):
        parse_shape(text)


@given(st.text(max_size=250))
def test_any_text_is_a_shape_or_refused(text):
    with contextlib.suppress(InputError):
        assert all(size >= 1 for size in parse_shape(text))


def test_what_is_too_large_to_draw_is_refused():
    check_drawable((limits.MAX_ELEMENTS,), (1,))
    with pytest.raises(InputError, match="2,097,152 elements"):
        check_drawable((32, 128, 1), (512,))
    with pytest.raises(InputError):
        check_drawable((limits.MAX_ELEMENTS + 1,), (3,))


def test_storage_tells_an_expanded_tensor_from_a_repeated_one():
    mask = torch.ones(2, 1, 1, 5, dtype=torch.bool)
    expanded, repeated = Storage.of(mask.expand(2, 2, 5, 5)), Storage.of(mask.repeat(1, 2, 5, 1))
    assert (expanded.stride, expanded.logical, expanded.stored, expanded.bytes) == ((5, 0, 0, 1), 100, 10, 10)
    assert (repeated.stride, repeated.stored, repeated.bytes) == ((50, 25, 5, 1), 100, 100)


def test_an_attempt_keeps_what_pytorch_said():
    loud = attempt("import torch\nx = torch.ones(2) + torch.ones(3)")
    with pytest.raises(RuntimeError) as raised:
        torch.ones(2) + torch.ones(3)
    assert loud.error == f"RuntimeError: {raised.value}"
    warned = attempt("import warnings\nwarnings.warn('careful')\nx = 1")
    assert warned.warnings == ("UserWarning: careful",)
    assert warned.names["x"] == 1
    assert not warned.error


def test_calls_are_those_of_the_kernels():
    with Calls() as calls:
        torch.ones(4, 3, 5) @ torch.ones(5, 2)
    assert "mm [12, 5] [5, 2]" in calls.made


def test_differing_cells_are_found_and_nan_equals_nan():
    nan = float("nan")
    assert differing(torch.tensor([1.0, nan, 2.0]), torch.tensor([1.0, nan, 3.0])) == [(2,)]


@pytest.mark.parametrize(
    "tensor", [notes.SCORES, notes.TOKENS, notes.EMBEDDED, notes.LENGTHS, notes.ZERO_IS_PAD]
)
def test_the_notes_numbers_are_written_as_code(tensor):
    script = Script()
    script.run(f"import torch\nx = {notes.literal(tensor)}")
    assert torch.equal(script["x"], tensor)
