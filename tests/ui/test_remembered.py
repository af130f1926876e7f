import gc
import weakref
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
import torch

from transformer import Trace, Transformer, TransformerConfig
from ui.remembered import Memory, remembered


@pytest.fixture
def counted():
    """A remembered function of a model, and the arguments of its actual calls."""
    calls = []

    @remembered
    def function(model, src, limit, flavour=None):
        calls.append((src.tolist(), limit, flavour))
        return src.sum() + limit

    return function, calls


def make_model():
    return Transformer(TransformerConfig(num_layers=1, embed_dim=8, heads=2))


def test_the_same_input_is_computed_once_for_each_model(counted):
    function, calls = counted
    one, other = make_model(), make_model()
    first = function(one, torch.tensor([[1, 2]]), 3)
    assert function(one, torch.tensor([[1, 2]]), 3) is first
    assert function(other, torch.tensor([[1, 2]]), 3) == first
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("src", "limit", "flavour"),
    [
        (torch.tensor([[1], [2]]), 3, None),
        (torch.tensor([[1, 2]], dtype=torch.int32), 3, None),
        (torch.tensor([[1, 3]]), 3, None),
        (torch.tensor([[1, 2]]), 4, None),
        (torch.tensor([[1, 2]]), 3, "plain"),
    ],
)
def test_whatever_differs_is_computed_anew(counted, src, limit, flavour):
    function, calls = counted
    model = make_model()
    function(model, torch.tensor([[1, 2]]), 3)
    function(model, src, limit, flavour=flavour)
    assert len(calls) == 2


@dataclass(frozen=True)
class Step:
    """A result with tensors at several depths: 4 kB of them."""

    logits: torch.Tensor
    more: tuple[Mapping[str, torch.Tensor], ...]


def step():
    return Step(torch.zeros(512), ({"weights": torch.zeros(256)}, {"mask": torch.zeros(256)}))


def a_key(model, number):
    return (step, weakref.ref(model), number)


def test_what_was_not_asked_for_longest_makes_room():
    memory, model = Memory(room=40_000), make_model()
    for number in range(9):
        memory.keep(a_key(model, number), step())
    assert memory.recall(a_key(model, 0))[0]
    memory.keep(a_key(model, 9), step())
    assert memory.taken() == 9 * 4096 <= memory.room
    assert [memory.recall(a_key(model, number))[0] for number in (0, 1, 2, 9)] == [True, False, True, True]


def test_something_large_is_not_kept():
    memory, model = Memory(room=30_000), make_model()
    memory.keep(a_key(model, 0), step())
    assert not memory.recall(a_key(model, 0))[0]
    assert memory.taken() == 0


def test_what_a_model_gave_is_forgotten_once_it_is_gone():
    memory, model, other = Memory(), make_model(), make_model()
    memory.keep(a_key(model, 0), step())
    del model
    gc.collect()
    memory.keep(a_key(other, 0), step())
    assert memory.taken() == 4096


def test_a_trace_counts_with_all_its_tensors():
    memory, model, trace = Memory(), make_model(), Trace()
    src = torch.tensor([[1, 3, 2]])
    model(src, src, trace=trace)
    memory.keep(a_key(model, 0), (trace,))
    assert memory.taken() >= sum(
        4 * tensor.numel() for tensor in trace.values() if tensor.is_floating_point()
    )


def test_what_is_kept_does_not_keep_the_model(counted):
    function, _ = counted
    model = make_model()
    function(model, torch.tensor([1]), 0)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_a_failure_is_not_remembered():
    calls = []

    @remembered
    def fails(model):
        calls.append(model)
        raise ValueError("no")

    model = make_model()
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            fails(model)
    assert len(calls) == 2
