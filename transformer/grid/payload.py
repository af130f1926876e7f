"""Pack frames as JSON: repeated items are sent once, and numbers in as few bytes as accuracy allows.

All arrays of one name share a codec, chosen for their values over all frames:

- `bits`: booleans, eight per byte.
- `whole`: integers in 8, 16 or 32 bits, whole floats in 8 or 16; exact.
- `decimal`: 16 bits for a number rounded to three or four significant decimal digits, so that the value shown
  on hovering is the tensor's own, rounded. (With equal steps over the range, the usual choice, an attention
  weight of 0.0001 would have no correct digit.)
- `f32`, `f64`: plain floats, if the others are not accurate enough.

`whole` and `decimal` reserve the codes 0, 1, 2 for NaN, -inf and +inf. Masks are sent separately from values,
because a masked cell still has a value.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from transformer.grid import colors
from transformer.grid.views import Array, Bar, Frame, Labels, Operand, Scale, TensorView, Token, TokenLink

Json = dict[str, Any]

SPECIAL_CODES = 3
"""The number of codes for NaN, -inf and +inf."""

DECIMAL_DIGITS = (4, 3)
"""Numbers of significant digits to try in order: 9,000 or 900 codes for each decade and sign."""


def build(frames: Sequence[Frame], comment: Callable[[str], str] = str) -> Json:
    """The JSON-able data of `frames`; `comment` translates the comments in their code.

    Raises ValueError if shapes or labels do not fit together.
    """
    tables = _Tables()
    packed = [_frame(frame, tables, comment) for frame in frames]
    codecs, arrays = _encode_groups(tables.arrays)
    return {
        "frames": packed,
        "views": tables.views.items,
        "labels": tables.labels.items,
        "codecs": codecs,
        "arrays": arrays,
        "colours": colors.ALL,
    }


class _Table:
    """A list without duplicates."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._place: dict[Any, int] = {}

    def add(self, item: Any, key: Any) -> int:
        if key not in self._place:
            self._place[key] = len(self.items)
            self.items.append(item)
        return self._place[key]


@dataclass
class _Tables:
    views: _Table = field(default_factory=_Table)
    labels: _Table = field(default_factory=_Table)
    arrays: _Table = field(default_factory=_Table)
    packed: dict[int, Json] = field(default_factory=dict)
    """Packed views by `id` of the view, which stays valid because the frames keep the view alive."""

    def add_view(self, view: Json) -> int:
        return self.views.add(view, json.dumps(view))

    def add_labels(self, labels: Labels) -> int | list[int] | None:
        """One index into `labels`, or one per batch index, or None if there are no labels."""
        if not labels:
            return None
        if isinstance(labels[0], str):
            return self.labels.add(labels, labels)
        return [self.labels.add(group, group) for group in labels]

    def add_array(self, name: str, array: Array) -> int:
        array = np.asarray(array, order="C")
        if array.dtype.kind not in "bui":
            array = array.astype(np.float64)
        group = (name, array.dtype.kind == "b")
        return self.arrays.add((group, array), (group, array.shape, array.dtype, array.tobytes()))


def _frame(frame: Frame, tables: _Tables, comment: Callable[[str], str]) -> Json:
    """A frame's data; empty entries are left out."""
    data: Json = {
        "title": frame.title,
        "tensors": [_tensor(tensor, tables) for tensor in frame.tensors],
        "caption": frame.caption,
        "code": comment(frame.code),
        "tokens": [[label, [_short(vars(token)) for token in strip]] for label, strip in frame.tokens],
        "columns": max((len(strip) for _, strip in frame.tokens), default=0) if frame.in_columns else 0,
        "bars": [[label, [_bar(bar) for bar in column]] for label, column in frame.bars],
        "facts": frame.facts,
        "link": frame.link and _link(frame.link, frame.tokens, tables),
    }
    return {name: value for name, value in data.items() if value or name in ("title", "tensors")} | (
        {} if frame.row is None else {"row": frame.row}
    )


def _link(link: TokenLink, strips: tuple[tuple[str, tuple[Token, ...]], ...], tables: _Tables) -> Json:
    link.check(strips)
    weights = [_tensor(tensor, tables) for tensor in link.weights]
    return {"pointed": link.pointed, "coloured": link.coloured, "weights": weights, "panel": link.panel}


def _bar(bar: Bar) -> Json:
    """A bar; an infinite value, as of a pruned candidate, becomes None, since JSON has no infinity."""
    value = float(bar.value)
    return _short(vars(bar) | {"value": value if math.isfinite(value) else None})


def _short(record: Json) -> Json:
    """A token or bar without the fields that have the browser's default values."""
    usual = {"kind": "plain", "note": "", "text": ""}
    return {name: value for name, value in record.items() if name not in usual or value != usual[name]}


def _tensor(tensor: TensorView, tables: _Tables) -> Json:
    """The packed view; a view that several frames share is packed once."""
    if id(tensor) not in tables.packed:
        tables.packed[id(tensor)] = _pack(tensor, tables)
    return tables.packed[id(tensor)]


def _pack(tensor: TensorView, tables: _Tables) -> Json:
    tensor.check()
    view = {
        "name": tensor.name,
        "scale": {
            "kind": tensor.scale.kind,
            "low": float(tensor.scale.low),
            "high": float(tensor.scale.high),
        },
        "rows": tables.add_labels(tensor.row_labels),
        "columns": tables.add_labels(tensor.column_labels),
        "panels": [tables.add_labels(labels) for labels in tensor.panel_labels],
        "axes": tensor.axis_names,
        "show": tensor.show_values,
        "flows": tensor.scale == Scale.unit() and not tensor.hatched,
        "noteName": tensor.panel_notes[0] if tensor.panel_notes else "",
        "formula": tensor.formula,
        "hatched": tensor.hatched,
        "framed": tensor.framed,
        "truth": tensor.truth,
        "curves": tensor.curves,
        "operands": [_operand(operand) for operand in tensor.operands],
    }
    data: Json = {"view": tables.add_view(view), "values": tables.add_array(tensor.name, tensor.values)}
    if tensor.masked is not None and tensor.masked.any():
        data["masked"] = tables.add_array("masked", tensor.masked)
    if tensor.panel_notes:
        data["notes"] = [f"{number:.2f}" for number in np.ravel(tensor.panel_notes[1])]
    if tensor.operands:
        data["operands"] = [
            tables.add_array(operand.name, operand.values)
            if tensor.formula or _reads_one_cell(operand)
            else None
            for operand in tensor.operands
        ]
    return data


def _operand(operand: Operand) -> Json:
    return {"name": operand.name, "axes": operand.axes, "shape": np.shape(operand.values)}


def _reads_one_cell(operand: Operand) -> bool:
    """Whether a result cell reads a single value of this operand; others are sent only for a formula."""
    return operand.axes is None or None not in operand.axes


# --- numbers ---------------------------------------------------------------------------------------------


def _encode_groups(table: _Table) -> tuple[list[Json], list[Json]]:
    """Choose one codec per group, and encode every array with the codec of its group."""
    groups: dict[Any, list[Array]] = {}
    for group, array in table.items:
        groups.setdefault(group, []).append(array.ravel())
    place = {group: number for number, group in enumerate(groups)}
    codecs = [choose_codec(np.concatenate(arrays)) for arrays in groups.values()]
    arrays = [
        {
            "shape": array.shape,
            "codec": place[group],
            "data": base64.b64encode(encode(array, codecs[place[group]])).decode(),
        }
        for group, array in table.items
    ]
    return codecs, arrays


def choose_codec(values: Array) -> Json:
    """The most compact codec that is accurate enough for all `values`."""
    if values.dtype == np.bool_:
        return {"kind": "bits"}
    finite = values[np.isfinite(values)]
    if values.dtype.kind in "ui":
        return _whole_codec(finite, widest=4) or _float_codec(finite)
    return _whole_codec(finite) or _decimal_codec(finite.astype(np.float64)) or _float_codec(finite)


def _whole_codec(finite: Array, widest: int = 2) -> Json | None:
    if not finite.size:
        return {"kind": "whole", "bytes": 1, "low": 0}
    if np.any(finite != np.floor(finite)):
        return None
    low, high = int(finite.min()), int(finite.max())
    codes = high - low + 1 + SPECIAL_CODES
    width = next((width for width in (1, 2, 4) if codes <= 256**width), 8)
    if width > widest or max(abs(low), abs(high)) > 2**53:
        return None
    return {"kind": "whole", "bytes": width, "low": low}


def _decimal_codec(finite: Array) -> Json | None:
    size = np.abs(finite[finite != 0])
    if size.min() < 1e-290 or size.max() > 1e290:
        return None
    signed = bool((finite < 0).any())
    for digits in DECIMAL_DIGITS:
        _, exponents = _decimal_parts(size, digits)
        low, decades = int(exponents.min()), int(np.ptp(exponents)) + 1
        codes = 9 * 10 ** (digits - 1) * decades * (1 + signed) + 1 + SPECIAL_CODES
        if codes <= 2**16:
            return {"kind": "decimal", "digits": digits, "low": low, "signed": signed}
    return None


def _float_codec(finite: Array) -> Json:
    exact = finite.astype(np.float64)
    with np.errstate(over="ignore", under="ignore"):
        single = exact.astype(np.float32).astype(np.float64)
    return {"kind": "f32" if np.allclose(single, exact, rtol=1e-6, atol=0) else "f64"}


def _decimal_parts(size: Array, digits: int) -> tuple[Array, Array]:
    """Mantissa (a whole number of `digits` digits) and decimal exponent of each positive `size`."""
    exponent = np.floor(np.log10(size)).astype(np.int64)
    exponent += np.where(size >= 10.0 ** (exponent + 1), 1, 0) - np.where(size < 10.0**exponent, 1, 0)
    mantissa = np.rint(size / 10.0 ** (exponent - digits + 1)).astype(np.int64)
    carried = mantissa == 10**digits
    return np.where(carried, 10 ** (digits - 1), mantissa), exponent + carried


def encode(values: Array, codec: Json) -> bytes:
    """The bytes of `values`, little-endian, in row-major order."""
    match codec["kind"]:
        case "bits":
            return np.packbits(values, bitorder="little").tobytes()
        case "f32":
            return values.astype("<f4").tobytes()
        case "f64":
            return values.astype("<f8").tobytes()
        case "whole":
            codes, width = _whole_codes(values, codec), codec["bytes"]
        case _:
            codes, width = _decimal_codes(values, codec), 2
    return codes.astype(f"<u{width}").tobytes()


def _whole_codes(values: Array, codec: Json) -> Array:
    finite = np.isfinite(values)
    whole = np.where(finite, values, codec["low"]).astype(np.int64) - codec["low"] + SPECIAL_CODES
    return np.where(finite, whole, _special_codes(values))


def _decimal_codes(values: Array, codec: Json) -> Array:
    """0 to 2 for numbers that are not finite, 3 for zero, then ordered by decade, mantissa and sign."""
    digits = codec["digits"]
    ordinary = np.isfinite(values) & (values != 0)
    mantissa, exponent = _decimal_parts(np.where(ordinary, np.abs(values), 1.0), digits)
    place = (exponent - codec["low"]) * 9 * 10 ** (digits - 1) + mantissa - 10 ** (digits - 1)
    if codec["signed"]:
        place = 2 * place + (values < 0)
    special = np.where(values == 0, SPECIAL_CODES, _special_codes(values))
    return np.where(ordinary, place + SPECIAL_CODES + 1, special)


def _special_codes(values: Array) -> Array:
    return np.where(np.isneginf(values), 1, np.where(np.isposinf(values), 2, 0))
