"""A mask of one's own: from a file, from rows that are typed or pasted, or by a recipe."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable

import numpy as np
import torch
from safetensors.torch import load as load_safetensors
from torch import Tensor

from transformer import limits
from transformer.errors import InputError, brief
from transformer.grid.views import Array

KINDS = ("npy", "npz", "safetensors", "csv", "pt")
"""Endings of the files that are read."""


def read_file(name: str, data: bytes) -> Tensor:
    """The first tensor of a file, by its ending. Nothing in a file is run: no pickle but weights only.

    Raises `InputError` for another ending, a file too large, one that cannot be read, or a tensor no mask.
    """
    kind = name.rpartition(".")[2].lower()
    if kind not in KINDS:
        raise InputError(
            "A mask is read from {kinds}; this file ends in {ending}.",
            kinds=", ".join(f".{one}" for one in KINDS),
            ending=brief(kind),
        )
    if len(data) > limits.MAX_MASK_BYTES:
        raise InputError(
            "The file has {size:,} bytes; a mask may have {limit:,}.",
            size=len(data),
            limit=limits.MAX_MASK_BYTES,
        )
    try:
        return checked(_READERS[kind](data))
    except InputError:
        raise
    except Exception as error:  # each library has its own for a damaged file
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise InputError(
            "The file cannot be read as {kind}: {reason}.", kind=kind, reason=brief(reason)
        ) from error


def _npy(data: bytes) -> Tensor:
    return _from_numpy(np.load(io.BytesIO(data), allow_pickle=False))


def _from_numpy(array: Array) -> Tensor:
    """In this machine's order of bytes."""
    return torch.from_numpy(np.ascontiguousarray(array, array.dtype.newbyteorder("=")))


def _npz(data: bytes) -> Tensor:
    _check_unpacked(data)
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return _from_numpy(arrays[_first(list(arrays))])


def _safetensors(data: bytes) -> Tensor:
    tensors = load_safetensors(data)
    return tensors[_first(list(tensors))]


def _pt(data: bytes) -> Tensor:
    """A tensor, or the first one of a dict."""
    _check_unpacked(data)
    found = torch.load(io.BytesIO(data), weights_only=True, map_location="cpu")
    if isinstance(found, dict):
        found = found[_first(list(found))]
    if not isinstance(found, Tensor):
        raise InputError("The file holds {type}, and no tensor.", type=type(found).__name__)
    return found


def _check_unpacked(data: bytes) -> None:
    """The size of what is in a zip file, before it is unpacked."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > limits.MAX_MASK_BYTES:
            raise InputError(
                "Unpacked, the file is larger than {limit:,} bytes.", limit=limits.MAX_MASK_BYTES
            )


def _csv(data: bytes) -> Tensor:
    return read_text(data.decode("utf-8-sig"))


_READERS: dict[str, Callable[[bytes], Tensor]] = {
    "npy": _npy,
    "npz": _npz,
    "safetensors": _safetensors,
    "csv": _csv,
    "pt": _pt,
}


def _first(names: list[str]) -> str:
    if not names:
        raise InputError("The file holds no tensor.")
    return "mask" if "mask" in names else names[0]


WORDS = {
    "true": 1.0,
    "false": 0.0,
    "t": 1.0,
    "f": 0.0,
    "x": 1.0,
    ".": 0.0,
    "-inf": float("-inf"),
    "inf": float("inf"),
}


def read_text(text: str) -> Tensor:
    """Rows of numbers, or of True and False, separated by blanks, commas, semicolons or tabs: [L, S].

    Rows of 0s and 1s without anything between may be written as they are: 1100. Booleans become boolean, the
    numbers 0 and 1 whole, others float32. Raises `InputError` for anything else.
    """
    if len(text) > limits.MAX_MASK_TEXT:
        raise InputError(
            "The text has {length} characters; at most {limit} are read.",
            length=len(text),
            limit=limits.MAX_MASK_TEXT,
        )
    lines = [line.strip(" \t[](),;") for line in text.splitlines()]
    rows = [_cells(line) for line in lines if line]
    if not rows:
        raise InputError("Give at least one row, such as 1 1 0.")
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        raise InputError(
            "All rows need the same number of cells; these have {widths}.",
            widths=", ".join(map(str, sorted(widths)[:8])),
        )
    numbers = torch.tensor([[_number(cell) for cell in row] for row in rows])
    if all(cell.lower() in ("true", "false", "t", "f", "x", ".") for row in rows for cell in row):
        return checked(numbers.bool())
    return checked(numbers.long() if bool(((numbers == 0) | (numbers == 1)).all()) else numbers)


def _cells(line: str) -> list[str]:
    if set(line) <= set("01") and len(line) > 1:
        return list(line)
    cells = (
        next(csv.reader([line.replace(";", ",").replace("\t", ",")]))
        if any(c in line for c in ",;\t")
        else line.split()
    )
    return [cell.strip() for cell in cells]


def _number(cell: str) -> float:
    known = WORDS.get(cell.lower())
    try:
        return float(cell) if known is None else known
    except ValueError:
        raise InputError(
            "{cell} is no cell of a mask: 0, 1, True, False, -inf or another number.", cell=brief(cell)
        ) from None


def checked(mask: Tensor) -> Tensor:
    """The mask, if it is one: two to four axes, not empty, not too large. Raises `InputError`."""
    if not 2 <= mask.dim() <= 4 or mask.numel() == 0:
        raise InputError(
            "A mask has two to four axes, none of them empty; this tensor has the shape {shape}.",
            shape=list(mask.shape),
        )
    if mask.numel() > limits.MAX_MASK_CELLS:
        raise InputError(
            "The mask has {cells:,} cells; at most {limit:,} can be shown.",
            cells=mask.numel(),
            limit=limits.MAX_MASK_CELLS,
        )
    kind = "sparse" if mask.layout != torch.strided else str(mask.dtype).removeprefix("torch.")
    if kind == "sparse" or mask.is_complex() or mask.is_quantized:
        raise InputError("A mask holds booleans or numbers; this tensor is {dtype}.", dtype=kind)
    if mask.is_meta:
        raise InputError("This tensor has a shape and no numbers.")
    plain = mask.detach().resolve_neg()
    if plain.dtype == torch.bool:
        return plain
    return plain.float() if plain.is_floating_point() else plain.long()


# --- recipes ---------------------------------------------------------------------------------------------


def by_lengths(lengths: list[int]) -> Tensor:
    """Padding: [B, 1, 1, S], True = may attend; S is the longest."""
    return (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None])[:, None, None]


def causal(queries: int, keys: int, *, bottom_right: bool = False) -> Tensor:
    """[1, 1, L, S]: query i sees keys 0..i, or with `bottom_right` keys 0..i + S - L."""
    shift = keys - queries if bottom_right else 0
    return torch.ones(queries, keys, dtype=torch.bool).tril(shift)[None, None]


def window(queries: int, keys: int, width: int) -> Tensor:
    """[1, 1, L, S]: a query sees itself and the keys up to `width` - 1 before it, aligned bottom right."""
    seen = causal(queries, keys, bottom_right=True)
    return seen & ~torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries - width)


def documents(cu_seqlens: list[int]) -> Tensor:
    """[1, 1, L, L]: packed documents, causal within each; `cu_seqlens` are where they begin, and the end."""
    owner = torch.bucketize(torch.arange(cu_seqlens[-1]), torch.tensor(cu_seqlens[1:]), right=True)
    return (owner[:, None] == owner[None, :])[None, None] & causal(cu_seqlens[-1], cu_seqlens[-1])


def prefix(length: int, seen_by_all: int) -> Tensor:
    """[1, 1, L, L]: the first tokens see each other, the others what comes before them."""
    return causal(length, length) | (torch.arange(length) < seen_by_all)


def grouped(mask: Tensor, groups: int, heads: int) -> Tensor:
    """[B, groups, L, S] -> [B, H, L, S]: each group of heads that share keys has the mask of its group."""
    if groups < 1 or heads % groups:
        raise InputError(
            "{heads} heads cannot be shared out evenly among {groups} groups.", heads=heads, groups=groups
        )
    return mask.repeat_interleave(heads // groups, dim=1)
