"""Checkpoints and configurations from anywhere: read, or refused in a short sentence, with little memory."""

import json
import struct

from hypothesis import example, given
from hypothesis import strategies as st

from tests.fuzz.nasty import NASTY, assert_short, fuzz, modest
from transformer import InputError, limits
from transformer.checkpoint import SHIPPED, read_checkpoint, read_description
from transformer.config import TransformerConfig
from transformer.runs import CHECKPOINT
from transformer.training import TrainConfig

DATA = (SHIPPED / "copy" / CHECKPOINT).read_bytes()
LENGTH = struct.unpack("<Q", DATA[:8])[0]
HEADER, BODY = json.loads(DATA[8 : 8 + LENGTH]), DATA[8 + LENGTH :]
read_checkpoint(DATA)  # the first time, PyTorch imports more than this takes
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
    """A file with this header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


@st.composite
def mutated(draw):
    """A real checkpoint with something in its header changed, taken away or put in."""
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
    """Whole, and its description alone."""
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
    """Configurations with some fields of any value, or something else altogether."""
    names = sorted(kind().to_dict())
    fields = st.dictionaries(st.sampled_from([*names, "x", "", "__class__"]), anything, max_size=4)
    return st.one_of(fields, anything)


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
    """What is taken can be written and read again."""
    try:
        config = kind.from_dict(values)
    except InputError as error:
        assert_short(error)
        return
    assert kind.from_dict(json.loads(json.dumps(config.to_dict()))) == config
