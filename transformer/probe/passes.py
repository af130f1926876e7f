"""One pass of the subject, with the inputs and outputs of every submodule in the order of execution."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from transformer.probe.modes import INFERENCE, Mode
from transformer.probe.positions import Located, locate
from transformer.probe.subject import Inputs, Stream, Subject, logits_of

WHOLE = "logits"
"""The name of the place of the model's output."""


@dataclass
class Seen:
    """The input and output tensors of a module in one pass, one list per call."""

    inputs: list[list[Tensor]] = field(default_factory=list)
    outputs: list[list[Tensor]] = field(default_factory=list)


Record = dict[str, Seen]
"""By the name of the module, in the order in which modules first finished; `WHOLE` is the last."""


@dataclass(frozen=True)
class Pass:
    """A function that computes logits, and how to interpret the tensors in it."""

    run: Callable[[], Any]
    batch: int
    lengths: dict[Stream, int]
    written: Stream
    module: nn.Module | None
    mode: Mode = INFERENCE
    altered: Callable[[], AbstractContextManager[None]] = nullcontext
    """A context manager that changes the model while it runs."""
    steps: bool = False
    """Whether it runs token by token, so that the successive calls of a module are the positions."""

    def logits(self, seed: int = 0) -> Tensor:
        """The logits of a pass without hooks: [B, L, ...]."""
        with self.mode.applied(self.module, seed), self.altered():
            logits = logits_of(self.run()).detach()
        return self.located(logits, self.lengths).values

    def record(self, seed: int = 0) -> Record:
        """The record of a pass with hooks on every submodule."""
        seen: Record = {}
        with self.mode.applied(self.module, seed), self.altered(), _listening(self.module, seen):
            logits = logits_of(self.run()).detach()
        seen[WHOLE] = Seen([], [[logits]])
        return seen

    def located(self, logits: Tensor, lengths: dict[Stream, int]) -> Located:
        """Logits with sentences and positions as first axes, [B, L, ...]; L = 1 if there are no positions."""
        found = locate(logits, self.batch, lengths, self.written)
        return found or Located(self.written, logits.reshape(self.batch, 1, -1))

    def at(self, name: str, seen: Seen) -> list[Located]:
        """The outputs of a module, with sentences and positions as first axes."""
        if name == WHOLE:
            return [self.located(seen.outputs[0][0], self.lengths)]
        return self._located(seen.outputs)

    def read_by(self, seen: Seen) -> list[Located]:
        """The inputs of a module, with sentences and positions as first axes."""
        return self._located(seen.inputs)

    def _located(self, calls: list[list[Tensor]]) -> list[Located]:
        lengths = self.lengths
        if self.steps and len(calls) == lengths[self.written]:
            one: dict[Stream, int] = {self.written: 1}
            return _in_turn([_all_located(tensors, self.batch, one) for tensors in calls])
        return [found for tensors in calls for found in _all_located(tensors, self.batch, lengths)]


def _all_located(tensors: list[Tensor], batch: int, lengths: dict[Stream, int]) -> list[Located]:
    found = (locate(tensor, batch, lengths) for tensor in tensors)
    return [one for one in found if one is not None]


def _in_turn(calls: list[list[Located]]) -> list[Located]:
    """Concatenate the steps of each tensor along its positions, if all steps have the same shape."""
    joined = []
    for parts in zip(*calls, strict=False):
        if len({part.values.shape for part in parts}) == 1:
            values = torch.cat([part.values for part in parts], dim=1)
            joined.append(Located(parts[0].stream, values))
    return joined


def whole_pass(
    subject: Subject,
    inputs: Inputs,
    mode: Mode = INFERENCE,
    altered: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Pass:
    """A pass over all positions at once."""
    return Pass(
        lambda: subject.call(inputs),
        inputs.batch,
        inputs.lengths,
        subject.written,
        subject.module,
        mode,
        altered,
    )


@contextmanager
def _listening(module: nn.Module | None, seen: Record) -> Iterator[None]:
    """Record the inputs and outputs of every submodule in `seen`, with hooks."""
    handles = []
    for name, part in module.named_modules() if module is not None else ():
        hook = _note(seen, name or type(part).__name__)
        handles.append(part.register_forward_hook(hook, with_kwargs=True))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _note(seen: Record, name: str) -> Callable[..., None]:
    def hook(part: nn.Module, given: tuple[Any, ...], named: dict[str, Any], output: Any) -> None:
        here = seen.setdefault(name, Seen())
        here.inputs.append(list(_tensors((given, named))))
        here.outputs.append(list(_tensors(output)))

    return hook


def _tensors(value: Any) -> Iterator[Tensor]:
    """Copies of all tensors in nested tuples, lists and dicts: later modules may modify them in place."""
    if isinstance(value, Tensor):
        if not value.is_nested:
            yield value.detach().clone()
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _tensors(part)
