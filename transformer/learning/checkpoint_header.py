"""The header of a checkpoint, checked before any tensor is created."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, BinaryIO

from transformer import limits
from transformer.errors import DamagedError, InputError, brief
from transformer.learning.plain_json import parse
from transformer.learning.shapes import parameter_shapes
from transformer.model.config import TransformerConfig
from transformer.tasks import PAIRS, Task, read_pairs, task_named, token_kind

FORMAT = "see-a-transformer/1"
MODEL, EXTRA = "model.", "extra."
"""Prefixes of tensor names: weights, and other tensors."""


@dataclass(frozen=True)
class Header:
    """A parsed header; only the configuration has been checked yet."""

    described: dict[str, dict[str, Any]]
    """Each tensor's `dtype`, `shape` and `data_offsets`, unchecked."""
    metadata: dict[str, str]
    config: TransformerConfig
    length: int
    """Bytes before the first tensor."""
    file_bytes: int

    @property
    def stated_bytes(self) -> int:
        """The length in bytes that the file should have; -1 if the header is invalid."""
        try:
            ends = [entry["data_offsets"][1] for entry in self.described.values()]
            return self.length + int(max(ends, default=0))
        except (ValueError, KeyError, IndexError, TypeError, OverflowError):
            return -1

    @property
    def about(self) -> dict[str, Any]:
        """The `about` that `save_checkpoint` was given. Raises `DamagedError` if it cannot be parsed."""
        try:
            about = parse(self.metadata.get("about", "{}"))
        except (ValueError, RecursionError):
            raise damaged() from None
        if not isinstance(about, dict):
            raise damaged()
        return about

    def task(self) -> Task:
        """The task it was trained for. Tables of pairs are checked as uploads are.

        Raises `InputError` if there is no such task, `DamagedError` if the table is invalid.
        """
        if self.metadata.get("task") != PAIRS:
            return task_named(self.metadata.get("task", ""))
        try:
            return read_pairs(self.metadata.get("pairs", ""), token_kind(self.metadata.get("tokens")))
        except InputError:
            raise damaged() from None

    def check_sizes(self) -> None:
        """Raise `InputError` if the model is larger than an upload may be."""
        for name, limit in limits.MAX_SIZES.items():
            value = getattr(self.config, name)
            if value > limit:
                raise InputError(
                    "This checkpoint's {name} is {value}; at most {limit} can be loaded here.",
                    name=name,
                    value=brief(value),
                    limit=limit,
                )

    def check(self) -> None:
        """Raise `InputError` unless the tensors described are those of the model."""
        kinds = {brief(entry.get("dtype")) for entry in self.described.values()} - {"'F32'"}
        if kinds:
            raise InputError(
                "This checkpoint holds numbers of the type {kind}, and only float32 can be read. Save it "
                "anew from `model.float()`.",
                kind=min(kinds),
            )
        if self.stated_bytes != self.file_bytes:
            raise damaged()
        if not self._holds_the_model():
            raise DamagedError(
                "The weights in this checkpoint do not fit the configuration it states; it is damaged."
            )

    def _holds_the_model(self) -> bool:
        """Whether the weights are those of the configuration.

        A size larger than the file is impossible, since each adds weights; it is rejected before the expected
        shapes are computed.
        """
        sizes = (getattr(self.config, name) for name in limits.MAX_SIZES if name != "max_len")
        if self.config.num_layers > len(self.described) or max(sizes) > self.file_bytes:
            return False
        found = {name: entry.get("shape") for name, entry in self.described.items()}
        weights = {name: shape for name, shape in found.items() if not name.startswith(EXTRA)}
        try:
            return weights == _named(expected_shapes(self.config))
        except (RuntimeError, TypeError, OverflowError):  # too large for a tensor
            return False


def read_header(file: BinaryIO, limit: int) -> Header:
    """Read a safetensors header of at most `limit` bytes. Raises `InputError` for anything else."""
    begin = file.read(8)
    size = int.from_bytes(begin, "little")
    file_bytes = file.seek(0, os.SEEK_END)
    if len(begin) < 8 or size > min(limit, file_bytes - 8):
        raise damaged()
    file.seek(8)
    try:
        described = parse(file.read(size), _each_once)
        metadata = described.pop("__metadata__", {})
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise damaged() from None
    strings = isinstance(metadata, dict) and all(isinstance(value, str) for value in metadata.values())
    if not strings or not all(isinstance(entry, dict) for entry in described.values()):
        raise damaged()
    if metadata.get("format") != FORMAT:
        raise InputError("This safetensors file was not written by this program; it holds some other model.")
    return Header(described, metadata, _config(metadata), 8 + size, file_bytes)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build a JSON object. Raises ValueError for duplicate names, of which parsers may pick either."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _config(metadata: dict[str, str]) -> TransformerConfig:
    try:
        values = parse(metadata["config"])
    except (KeyError, ValueError, RecursionError):
        raise damaged() from None
    try:
        return TransformerConfig.from_dict(values)
    except (TypeError, AttributeError):
        raise damaged() from None


def _named(shapes: Mapping[str, list[int]]) -> dict[str, list[int]]:
    return {MODEL + name: shape for name, shape in shapes.items()}


@lru_cache(maxsize=32)
def expected_shapes(config: TransformerConfig) -> dict[str, list[int]]:
    """The shape of every weight, as a header states it. The result is cached: do not modify it."""
    return {name: list(shape) for name, shape in parameter_shapes(config).items()}


def damaged() -> DamagedError:
    """The error for a file that is not a checkpoint or is damaged."""
    return DamagedError(
        "This is not a checkpoint, or it is damaged: a .safetensors file written by this program would do."
    )
