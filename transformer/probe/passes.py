"""One pass of the subject, and what every submodule read and gave in it, in the order of execution."""

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
"""The place of what the model returns."""


@dataclass
class Seen:
    """What a module read and gave in one pass, call by call."""

    inputs: list[list[Tensor]] = field(default_factory=list)
    outputs: list[list[Tensor]] = field(default_factory=list)


Record = dict[str, Seen]
"""By the name of the module, in the order in which the modules were first done; `WHOLE` is the last."""


@dataclass(frozen=True)
class Pass:
    """Something that gives logits, and how its tensors are to be read."""

    run: Callable[[], Any]
    batch: int
    lengths: dict[Stream, int]
    written: Stream
    module: nn.Module | None
    mode: Mode = INFERENCE
    altered: Callable[[], AbstractContextManager[None]] = nullcontext
    """What is changed in the model while it runs."""
    steps: bool = False
    """Whether it goes token by token, so that the calls of a module in turn are the positions."""

    def logits(self, seed: int = 0) -> Tensor:
        """[B, L, ...], without anything attached to the model."""
        with self.mode.applied(self.module, seed), self.altered():
            logits = logits_of(self.run()).detach()
        return self.located(logits, self.lengths).values

    def record(self, seed: int = 0) -> Record:
        """The same pass with every submodule listened to."""
        seen: Record = {}
        with self.mode.applied(self.module, seed), self.altered(), _listening(self.module, seen):
            logits = logits_of(self.run()).detach()
        seen[WHOLE] = Seen([], [[logits]])
        return seen

    def located(self, logits: Tensor, lengths: dict[Stream, int]) -> Located:
        """Logits with sentences and positions in front, [B, L, ...]; an answer without positions has one."""
        found = locate(logits, self.batch, lengths, self.written)
        return found or Located(self.written, logits.reshape(self.batch, 1, -1))

    def at(self, name: str, seen: Seen) -> list[Located]:
        """What a module gave, with sentences and positions in front."""
        if name == WHOLE:
            return [self.located(seen.outputs[0][0], self.lengths)]
        return self._located(seen.outputs)

    def read_by(self, seen: Seen) -> list[Located]:
        """What a module was given."""
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
    """The positions of one tensor after another, where all steps have the same."""
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
    """All positions at once."""
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
    """Inside, every submodule notes what it reads and gives."""
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
    """Copies of all tensors in nested tuples, lists and dicts: a later module may write into them."""
    if isinstance(value, Tensor):
        if not value.is_nested:
            yield value.detach().clone()
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _tensors(part)
