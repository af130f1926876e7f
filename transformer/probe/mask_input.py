"""The user's own mask: from a file, from typed or pasted rows, or from a recipe."""

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
"""Supported file extensions."""


def read_file(name: str, data: bytes) -> Tensor:
    """The first tensor of a file, read by its extension. No code in the file is run (`weights_only` for .pt).

    Raises `InputError` if the extension is unknown, the file is too large or cannot be read, or the tensor is
    not a mask.
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
    except Exception as error:  # each library raises its own errors for a damaged file
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise InputError(
            "The file cannot be read as {kind}: {reason}.", kind=kind, reason=brief(reason)
        ) from error


def _npy(data: bytes) -> Tensor:
    return _from_numpy(np.load(io.BytesIO(data), allow_pickle=False))


def _from_numpy(array: Array) -> Tensor:
    """Convert to a tensor, in native byte order."""
    return torch.from_numpy(np.ascontiguousarray(array, array.dtype.newbyteorder("=")))


def _npz(data: bytes) -> Tensor:
    _check_unpacked(data)
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return _from_numpy(arrays[_first(list(arrays))])


def _safetensors(data: bytes) -> Tensor:
    tensors = load_safetensors(data)
    return tensors[_first(list(tensors))]


def _pt(data: bytes) -> Tensor:
    """A tensor, or the first tensor of a dict."""
    _check_unpacked(data)
    found = torch.load(io.BytesIO(data), weights_only=True, map_location="cpu")
    if isinstance(found, dict):
        found = found[_first(list(found))]
    if not isinstance(found, Tensor):
        raise InputError("The file holds {type}, and no tensor.", type=type(found).__name__)
    return found


def _check_unpacked(data: bytes) -> None:
    """Raise `InputError` if a zip file would be too large when unpacked."""
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
    """Parse rows of numbers or booleans, separated by blanks, commas, semicolons or tabs: [L, S].

    Rows of 0s and 1s need no separators: 1100. True and False give a boolean tensor, only 0s and 1s an
    integer one, anything else float32. Raises `InputError` if the text cannot be parsed.
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
    """The mask as a dense bool, float32 or int64 tensor.

    Raises `InputError` unless it has two to four axes, is not empty and not too large.
    """
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
    """A padding mask: [B, 1, 1, S], True = may attend; S is the largest length."""
    return (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None])[:, None, None]


def causal(queries: int, keys: int, *, bottom_right: bool = False) -> Tensor:
    """A causal mask [1, 1, L, S]: query i sees keys 0..i, or with `bottom_right` keys 0..i + S - L."""
    shift = keys - queries if bottom_right else 0
    return torch.ones(queries, keys, dtype=torch.bool).tril(shift)[None, None]


def window(queries: int, keys: int, width: int) -> Tensor:
    """A causal window [1, 1, L, S]: a query sees itself and `width` - 1 keys before, aligned bottom right."""
    seen = causal(queries, keys, bottom_right=True)
    return seen & ~torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries - width)


def documents(cu_seqlens: list[int]) -> Tensor:
    """A mask [1, 1, L, L] for packed documents, causal within each.

    `cu_seqlens` are the positions where the documents begin, and the end of the last.
    """
    owner = torch.bucketize(torch.arange(cu_seqlens[-1]), torch.tensor(cu_seqlens[1:]), right=True)
    return (owner[:, None] == owner[None, :])[None, None] & causal(cu_seqlens[-1], cu_seqlens[-1])


def prefix(length: int, seen_by_all: int) -> Tensor:
    """A prefix mask [1, 1, L, L]: causal, except that every query sees the first `seen_by_all` tokens."""
    return causal(length, length) | (torch.arange(length) < seen_by_all)


def grouped(mask: Tensor, groups: int, heads: int) -> Tensor:
    """[B, groups, L, S] -> [B, H, L, S]: repeat each mask for the heads of its group (grouped queries).

    Raises `InputError` if the heads cannot be divided evenly.
    """
    if groups < 1 or heads % groups:
        raise InputError(
            "{heads} heads cannot be shared out evenly among {groups} groups.", heads=heads, groups=groups
        )
    return mask.repeat_interleave(heads // groups, dim=1)
