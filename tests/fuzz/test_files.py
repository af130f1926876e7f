"""Arbitrary checkpoints and configurations are read or refused with a short message, with little memory."""

import itertools
import json
import math
import pickle
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fuzz.nasty import NASTY, assert_short, bounded, fuzz, modest
from transformer import InputError, limits
from transformer.learning.checkpoint import SHIPPED, read_checkpoint, read_description
from transformer.learning.folder import CHECKPOINT
from transformer.learning.shapes import parameter_shapes
from transformer.learning.steps import TrainConfig
from transformer.model.config import TransformerConfig

DATA = (SHIPPED / "copy" / CHECKPOINT).read_bytes()
LENGTH = struct.unpack("<Q", DATA[:8])[0]
HEADER, BODY = json.loads(DATA[8 : 8 + LENGTH]), DATA[8 + LENGTH :]
read_checkpoint(DATA)  # the first call imports more of PyTorch than `MEMORY` allows
CONFIG = json.loads(HEADER["__metadata__"]["config"])

numbers = st.one_of(
    st.integers(), st.sampled_from([0, -1, 2**31, 2**63, 2**64, 10**30, 10**4299]), st.floats()
)
scalars = st.one_of(st.none(), st.booleans(), numbers, st.sampled_from(NASTY), st.text(max_size=20))
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


def packed(header, body=BODY, length=None):
    """The bytes of a file with this header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


@st.composite
def mutated(draw):
    """A real checkpoint with entries of its header changed, removed or added."""
    header = json.loads(json.dumps(HEADER))
    for _ in range(draw(st.integers(1, 3))):
        names = sorted(header)
        what = draw(st.sampled_from(["config", "metadata", "tensor", "entry", "drop", "add", "whole config"]))
        metadata = header.setdefault("__metadata__", {})
        if what == "config" and isinstance(metadata, dict):
            name = draw(st.sampled_from(sorted(CONFIG)))
            metadata["config"] = json.dumps({**CONFIG, name: draw(anything)})
        elif what == "whole config" and isinstance(metadata, dict):
            metadata["config"] = draw(st.one_of(st.text(max_size=50), anything.map(json.dumps)))
        elif what == "metadata" and isinstance(metadata, dict):
            metadata[draw(st.sampled_from([*HEADER["__metadata__"], "pairs", "tokens", "x"]))] = draw(
                st.one_of(st.text(max_size=50), anything)
            )
        elif what == "tensor":
            header[draw(st.sampled_from(names))] = draw(anything)
        elif what == "entry":
            entry = header[draw(st.sampled_from(names))]
            if isinstance(entry, dict):
                field = draw(st.sampled_from(["dtype", "shape", "data_offsets", "x"]))
                entry[field] = draw(
                    st.one_of(
                        anything, st.lists(numbers, max_size=3), st.sampled_from(["F16", "I64", "BOOL"])
                    )
                )
        elif what == "drop":
            header.pop(draw(st.sampled_from(names)))
        else:
            header[draw(st.sampled_from(["extra.x", "model.x", "x", ""]))] = {
                "dtype": draw(st.sampled_from(["F32", "U8", "x"])),
                "shape": draw(st.lists(st.sampled_from([0, 1, 2**40, -1]), max_size=4)),
                "data_offsets": draw(st.lists(st.sampled_from([0, 4, len(BODY), 2**60]), max_size=3)),
            }
    return packed(header)


def read_or_refuse(data, path):
    """Read a checkpoint as a whole, then only its description."""
    path.write_bytes(data)
    for read, given_ in ((read_checkpoint, data), (read_description, path)):
        with modest():
            try:
                read(given_)
            except InputError as error:
                assert_short(error)


@fuzz(300)
@given(mutated())
def test_a_header_that_was_tampered_with_is_read_or_refused(tmp_path_factory, data):
    read_or_refuse(data, tmp_path_factory.getbasetemp() / "tampered.safetensors")


@fuzz(150)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=300).map(packed),
        anything.map(packed),
        st.builds(packed, st.just(HEADER), st.binary(max_size=50), st.integers(0, 2**64 - 1)),
        st.builds(lambda place, byte: DATA[:place] + bytes([byte]) + DATA[place + 1 :],
                  st.integers(0, LENGTH + 7), st.integers(0, 255)),
    )
)  # fmt: skip
@example(packed(b"[" * limits.MAX_HEADER_BYTES))
@example(packed(b'{"a":' * 200_000))
@example(packed(b'{"__metadata__":' + b"9" * 5000 + b"}"))
def test_bytes_are_read_or_refused(tmp_path_factory, data):
    read_or_refuse(data, tmp_path_factory.getbasetemp() / "bytes.safetensors")


def configs(kind):
    """Configurations with arbitrary values in some fields, or arbitrary values instead of one."""
    names = sorted(kind().to_dict())
    fields = st.dictionaries(st.sampled_from([*names, "x", "", "__class__"]), anything, max_size=4)
    return st.one_of(fields, anything)


SMALL = 48 * 2**20
"""The most bytes that a refused file may take, tensors included."""

LARGEST = {**CONFIG, **limits.MAX_SIZES, "src_vocab_size": 13, "trg_vocab_size": 13, "positions": "learned"}


def entry(*shape, start=0, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, start + 4 * math.prod(shape)]}


def lying(**changes):
    """The header of a real checkpoint with other entries."""
    return {**HEADER, **changes}


def described(config):
    """A header whose configuration and shapes agree, whatever bytes follow."""
    shapes = parameter_shapes(TransformerConfig.from_dict(config))
    ends = list(itertools.accumulate(4 * math.prod(shape) for shape in shapes.values()))
    starts = [0, *ends[:-1]]
    tensors = {
        f"model.{name}": {"dtype": "F32", "shape": list(shape), "data_offsets": [start, end]}
        for (name, shape), start, end in zip(shapes.items(), starts, ends, strict=True)
    }
    return {"__metadata__": {**HEADER["__metadata__"], "config": json.dumps(config)}, **tensors}


def twice(name, value):
    """A header that contains a name twice, first with another value."""
    return f"{{{json.dumps(name)}: {json.dumps(value)}, {json.dumps(HEADER)[1:]}".encode()


NAME = next(name for name in HEADER if name.startswith("model."))
METADATA, BEYOND = HEADER["__metadata__"], json.dumps(CONFIG | {"max_len": 2**40})
CRAFTED = {
    "a terabyte in one tensor": packed(lying(**{NAME: entry(2**20, 2**18)})),
    "a terabyte beside the model": packed(lying(**{"extra.x": entry(2**20, 2**18)})),
    "2**64 elements": packed(lying(**{"extra.x": entry(2**32, 2**32)})),
    "no elements, of no end": packed(lying(**{"extra.x": {**entry(0), "shape": [0, 2**62, 2**62]}})),
    "bytes of others": packed(lying(**{"extra.x": entry(16)})),
    "before the beginning": packed(lying(**{"extra.x": entry(1, start=-4)})),
    "the largest model, no bytes": packed(described(LARGEST), b""),
    "the largest model, some bytes": packed(described(LARGEST)),
    "beyond the largest": packed(described(CONFIG) | {"__metadata__": METADATA | {"config": BEYOND}}),
    "half precision": packed(lying(**{NAME: {**HEADER[NAME], "dtype": "F16"}})),
    "an unknown type": packed(lying(**{"extra.x": entry(0, dtype="PY_OBJECT")})),
    "integers beside the model": packed(lying(**{"extra.x": entry(0, dtype="I64")})),
    "a tensor twice": packed(twice(NAME, entry(1))),
    "metadata twice": packed(twice("__metadata__", {"format": "x"})),
    "a header of 2**63 bytes": packed(HEADER, length=2**63),
    "a header longer than the file": packed(HEADER, length=len(DATA)),
    "a header of lists in lists": packed(b"[" * limits.MAX_HEADER_BYTES),
    "a header of many objects": packed(b"[" + b"{}," * (limits.MAX_HEADER_BYTES // 3 - 1) + b"{}]"),
    "a thousand empty tensors too many": packed(lying(**{f"model.{n}": entry(0) for n in range(1000)})),
    "a pickle": pickle.dumps(print),
}  # fmt: skip


@pytest.mark.parametrize("data", CRAFTED.values(), ids=CRAFTED)
def test_a_crafted_file_is_refused_before_it_costs_memory(data):
    with bounded(SMALL), pytest.raises(InputError) as refused:
        read_checkpoint(data)
    assert_short(refused.value)


def test_the_uncrafted_file_is_read():
    assert read_checkpoint(packed(HEADER)).model.config == TransformerConfig.from_dict(CONFIG)


@fuzz(250)
@given(configs(TransformerConfig))
@example({"embed_dim": int("9" * 4300), "heads": 7 * 10**4290})
def test_a_models_configuration_is_taken_or_refused(values):
    refuse(TransformerConfig, values)


@fuzz(250)
@given(configs(TrainConfig))
def test_a_trainings_configuration_is_taken_or_refused(values):
    refuse(TrainConfig, values)


def refuse(kind, values):
    """A configuration is refused with a short message, or can be written and read again."""
    try:
        config = kind.from_dict(values)
    except InputError as error:
        assert_short(error)
        return
    assert kind.from_dict(json.loads(json.dumps(config.to_dict()))) == config
