"""What is probed: anything that turns token ids into logits, and what it promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from transformer.errors import InputError

Kind = Literal["encoder-decoder", "decoder", "encoder"]
Stream = Literal["src", "trg"]
"""`src` are tokens that see each other, `trg` are tokens that see only those before them."""

Promise = Literal["left padding", "empty rows"]
"""What not every correct model does: take PADs on the left too; answer a sentence without any real token."""


@dataclass(frozen=True)
class Inputs:
    """Token ids for one pass. An encoder has no `trg`, a decoder no `src`."""

    src: Tensor | None = None
    """[B, S]."""
    trg: Tensor | None = None
    """[B, L]."""
    src_keep: Tensor | None = None
    """[B, S], bool: which are real tokens. It stays what it is when what stands at a PAD changes."""
    trg_keep: Tensor | None = None
    """[B, L], bool."""

    def streams(self) -> Iterator[tuple[Stream, Tensor, Tensor]]:
        """Name, ids [B, T] and which of them are real [B, T]."""
        if self.src is not None and self.src_keep is not None:
            yield "src", self.src, self.src_keep
        if self.trg is not None and self.trg_keep is not None:
            yield "trg", self.trg, self.trg_keep

    def ids(self, stream: Stream) -> Tensor:
        """The ids of a stream that is there, [B, T]."""
        return next(ids for name, ids, _ in self.streams() if name == stream)

    def keep(self, stream: Stream) -> Tensor:
        """Which of them are real, [B, T]."""
        return next(keep for name, _, keep in self.streams() if name == stream)

    def with_ids(self, stream: Stream, ids: Tensor, keep: Tensor | None = None) -> Inputs:
        """Other ids [B, T]; `keep` says which are real, if that changes."""
        named: dict[str, Tensor] = {stream: ids}
        if keep is not None:
            named[f"{stream}_keep"] = keep
        return replace(self, **named)

    def rows(self, rows: list[int]) -> Inputs:
        """Some of the sentences."""
        parts = {name: value if value is None else value[rows] for name, value in vars(self).items()}
        return Inputs(**parts)

    @property
    def batch(self) -> int:
        """How many sentences."""
        return next(len(ids) for _, ids, _ in self.streams())

    @property
    def lengths(self) -> dict[Stream, int]:
        """Positions of each stream."""
        return {name: ids.size(1) for name, ids, _ in self.streams()}


Advance = Callable[[Tensor], Any]
"""The next token of every sentence [B] -> logits [B, V] for the one after it."""


@dataclass(frozen=True)
class Subject:
    """A model as the probe sees it. The functions of `transformer.probe.adapters` make one."""

    call: Callable[[Inputs], Any]
    """One pass: logits [B, L, V] (of an encoder [B, S, ...]), or an object, tuple or dict that holds them."""
    kind: Kind
    module: nn.Module | None = None
    """What computes: where it leaks is looked for in its submodules, rounding is measured on its weights."""
    src_vocab: int = 0
    trg_vocab: int = 0
    src_pad: int | None = 0
    """None: never padded, so nothing about padding is asked."""
    trg_pad: int | None = 0
    special: tuple[int, ...] = ()
    """Other ids that are no ordinary words, such as SOS and EOS: never drawn."""
    step: Callable[[Inputs], Advance] | None = None
    """Begins decoding with a cache: given the sources, returns what takes one token after another."""
    packed: Callable[[Tensor, Tensor], Any] | None = None
    """Documents in one row: ids [1, T] and the document of each [1, T] -> logits [1, T, V]."""
    takes_keep: bool = False
    """Whether padding is told by a mask of its own, so that ids at PADs may be anything."""
    promises: frozenset[Promise] = field(default_factory=frozenset)
    examples: Inputs | None = None
    """Inputs to probe with, instead of random ones."""
    src_length: int = 11
    trg_length: int = 9
    """Positions of the random inputs: different from each other, so that the axes of tensors differ."""

    def __post_init__(self) -> None:
        """Raises `InputError` if there are too few words to exchange one for another."""
        for stream in self.streams:
            if len(self.words(stream)) < 2:
                raise InputError(
                    "To exchange one word for another, the probe needs at least two ordinary ids; of {size} "
                    "ids only {count} are left besides PAD and the special ones.",
                    size=self.vocab(stream),
                    count=len(self.words(stream)),
                )

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Which there are."""
        kinds: dict[Kind, tuple[Stream, ...]] = {
            "encoder-decoder": ("src", "trg"),
            "decoder": ("trg",),
            "encoder": ("src",),
        }
        return kinds[self.kind]

    @property
    def written(self) -> Stream:
        """Whose positions the logits belong to."""
        return self.streams[-1]

    def vocab(self, stream: Stream) -> int:
        """How many ids."""
        return self.src_vocab if stream == "src" else self.trg_vocab

    def pad(self, stream: Stream) -> int | None:
        """The id that fills up."""
        return self.src_pad if stream == "src" else self.trg_pad

    def words(self, stream: Stream) -> list[int]:
        """Ordinary ids."""
        return [i for i in range(self.vocab(stream)) if i != self.pad(stream) and i not in self.special]


def logits_of(answer: Any) -> Tensor:
    """The tensor in what a model returned. Raises `InputError` if there is none."""
    for name in ("logits", "last_hidden_state"):
        if isinstance(answer, dict) and name in answer:
            answer = answer[name]
        elif isinstance(getattr(answer, name, None), Tensor):
            answer = getattr(answer, name)
    if isinstance(answer, (tuple, list)) and answer:
        answer = answer[0]
    if not isinstance(answer, Tensor):
        raise InputError(
            "The model returned {type}; the probe reads a tensor of logits, an object with .logits, a dict "
            'with "logits" or a tuple that begins with them.',
            type=type(answer).__name__,
        )
    return answer


def device_of(module: nn.Module | None) -> torch.device:
    """Where its weights are."""
    parameters = module.parameters() if module is not None else iter(())
    return next((weight.device for weight in parameters), torch.device("cpu"))
