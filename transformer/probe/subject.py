"""The subject of a probe: anything that turns token ids into logits, and what it promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from transformer.errors import InputError

Kind = Literal["encoder-decoder", "decoder", "encoder"]
Stream = Literal["src", "trg"]
"""`src`: tokens that all see each other; `trg`: tokens that see only themselves and earlier ones."""

Promise = Literal["left padding", "empty rows"]
"""Optional features of a correct model: PADs on the left; finite results for a sentence of only PADs."""


@dataclass(frozen=True)
class Inputs:
    """Token ids for one pass. An encoder has no `trg`, a decoder no `src`."""

    src: Tensor | None = None
    """[B, S]."""
    trg: Tensor | None = None
    """[B, L]."""
    src_keep: Tensor | None = None
    """[B, S], bool: which are real tokens. It stays the same when a check replaces PADs."""
    trg_keep: Tensor | None = None
    """[B, L], bool."""

    def streams(self) -> Iterator[tuple[Stream, Tensor, Tensor]]:
        """For each stream, its name, ids [B, T] and which of them are real [B, T]."""
        if self.src is not None and self.src_keep is not None:
            yield "src", self.src, self.src_keep
        if self.trg is not None and self.trg_keep is not None:
            yield "trg", self.trg, self.trg_keep

    def ids(self, stream: Stream) -> Tensor:
        """The ids of a stream, which must exist: [B, T]."""
        return next(ids for name, ids, _ in self.streams() if name == stream)

    def keep(self, stream: Stream) -> Tensor:
        """Which ids of a stream are real: [B, T]."""
        return next(keep for name, _, keep in self.streams() if name == stream)

    def with_ids(self, stream: Stream, ids: Tensor, keep: Tensor | None = None) -> Inputs:
        """A copy with other ids [B, T] and, if given, another `keep` [B, T]."""
        named: dict[str, Tensor] = {stream: ids}
        if keep is not None:
            named[f"{stream}_keep"] = keep
        return replace(self, **named)

    def rows(self, rows: list[int]) -> Inputs:
        """The sentences with these indices."""
        parts = {name: value if value is None else value[rows] for name, value in vars(self).items()}
        return Inputs(**parts)

    @property
    def batch(self) -> int:
        """B: the number of sentences."""
        return next(len(ids) for _, ids, _ in self.streams())

    @property
    def lengths(self) -> dict[Stream, int]:
        """The number of positions of each stream."""
        return {name: ids.size(1) for name, ids, _ in self.streams()}


Advance = Callable[[Tensor], Any]
"""The next token of every sentence [B] -> logits [B, V] for the one after it."""


@dataclass(frozen=True)
class Subject:
    """A model as the probe uses it, made by the functions of `transformer.probe.adapters`."""

    call: Callable[[Inputs], Any]
    """One pass: logits [B, L, V] (of an encoder [B, S, ...]), or an object, tuple or dict with them."""
    kind: Kind
    module: nn.Module | None = None
    """The module behind `call`: leaks are located in its submodules, rounding is measured on its weights."""
    src_vocab: int = 0
    trg_vocab: int = 0
    src_pad: int | None = 0
    """None if the source is never padded, so that checks of padding are skipped."""
    trg_pad: int | None = 0
    special: tuple[int, ...] = ()
    """Other ids that are not ordinary words, such as SOS and EOS, and are never drawn."""
    step: Callable[[Inputs], Advance] | None = None
    """Starts decoding with a cache: given the inputs, returns a function that takes one token at a time."""
    packed: Callable[[Tensor, Tensor], Any] | None = None
    """Documents in one row: ids [1, T] and the document of each [1, T] -> logits [1, T, V]."""
    takes_keep: bool = False
    """Whether the model takes a padding mask, so that ids at PADs may be arbitrary."""
    promises: frozenset[Promise] = field(default_factory=frozenset)
    examples: Inputs | None = None
    """Inputs to use instead of random ones."""
    src_length: int = 11
    trg_length: int = 9
    """Lengths of the random inputs; they differ, so that axes of tensors can be told apart."""

    def __post_init__(self) -> None:
        """Raise `InputError` if there are fewer than two ordinary ids."""
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
        """The streams that this kind of model reads."""
        kinds: dict[Kind, tuple[Stream, ...]] = {
            "encoder-decoder": ("src", "trg"),
            "decoder": ("trg",),
            "encoder": ("src",),
        }
        return kinds[self.kind]

    @property
    def written(self) -> Stream:
        """The stream whose positions the logits belong to."""
        return self.streams[-1]

    def vocab(self, stream: Stream) -> int:
        """The size of the vocabulary of a stream."""
        return self.src_vocab if stream == "src" else self.trg_vocab

    def pad(self, stream: Stream) -> int | None:
        """The padding id of a stream."""
        return self.src_pad if stream == "src" else self.trg_pad

    def words(self, stream: Stream) -> list[int]:
        """The ordinary ids of a stream."""
        return [i for i in range(self.vocab(stream)) if i != self.pad(stream) and i not in self.special]


def logits_of(answer: Any) -> Tensor:
    """The tensor of logits in a model's return value. Raises `InputError` if there is none."""
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
    """The device of a module's weights; the CPU if it has none."""
    parameters = module.parameters() if module is not None else iter(())
    return next((weight.device for weight in parameters), torch.device("cpu"))
