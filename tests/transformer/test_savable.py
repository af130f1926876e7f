"""What is saved can be loaded unchanged; otherwise saving is refused and no file is written."""

import json
import struct
from itertools import pairwise

import pytest
import torch
from hypothesis import event, given, settings
from hypothesis import strategies as st
from torch import nn

from tests.transformer.helpers import configs, make_model, seeds, small_config
from tests.transformer.tasks.test_table import GOOD, table
from transformer import TASKS, InputError, Transformer, limits, load_checkpoint, save_checkpoint
from transformer.errors import DamagedError
from transformer.learning.checkpoint import SHIPPED, read_checkpoint
from transformer.learning.folder import CHECKPOINT
from transformer.tasks import PairsTask, Sort, read_pairs
from transformer.tasks.pairs import Pair

PAIRS_OF_ONES_OWN = read_pairs(table(GOOD), "word")


class Juggle(Sort):
    """A task class of one's own."""

    name = "juggle"


class Disguised(Sort):
    """One that bears the name of another."""


class Mine(Transformer):
    """A model class of one's own."""


def renamed(model):
    model.more = nn.Linear(2, 2)
    return model


def tied(model):
    model.encoder.layers[0].norm1.weight = model.encoder.layers[0].norm2.weight
    return model


def untouched(model):
    return model


CHANGES = {
    "nothing": untouched,
    "training": lambda model: model.train(),
    "frozen": lambda model: model.requires_grad_(False),
    "not finite": lambda model: nn.init.constant_(model.decoder.fc_out.bias, torch.nan) is None or model,
    "bfloat16": lambda model: model.bfloat16(),
    "float64": lambda model: model.double(),
    "one float64": lambda model: model.decoder.fc_out.double() and model,
    "tied": tied,
    "more weights": renamed,
    "no transformer": nn.Sequential,
    "another class": lambda model: Mine(model.config),
    "no values": lambda model: model.to("meta"),
}
REFUSED = (
    "bfloat16",
    "float64",
    "one float64",
    "tied",
    "more weights",
    "another class",
    "no transformer",
    "no values",
)

kept = st.sampled_from([*TASKS.values(), Sort(), PAIRS_OF_ONES_OWN, "sort", "dates"])
tasks = st.one_of(kept, kept, kept, st.sampled_from([Juggle(), Disguised()]))
changes = st.one_of(*[st.just("nothing")] * 3, st.sampled_from(sorted(CHANGES)))
finite = st.floats(allow_nan=False, allow_infinity=False)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
odd = st.sampled_from([(1, 2), {1: 2}, {1, 2}, "\ud800", float("nan"), b"bytes", torch.ones(1)])
notes = st.dictionaries(st.text(max_size=5), st.one_of(*[plain] * 5, odd), max_size=3)
shapes = st.sampled_from([(), (0,), (3,), (2, 3)])
dtypes = st.sampled_from([torch.float32] * 12 + [torch.int64, torch.bfloat16])
extras = st.dictionaries(
    st.text(max_size=5), st.builds(lambda shape, kind: torch.ones(shape).to(kind), shapes, dtypes), max_size=3
)


def bits(tensor):
    """Equal also where both are NaN."""
    return tensor.contiguous().reshape(-1).view(torch.uint8).tolist(), tensor.shape, tensor.dtype


def same(one, other):
    return {name: bits(tensor) for name, tensor in one.items()} == {
        name: bits(tensor) for name, tensor in other.items()
    }


@settings(max_examples=60)
@given(configs(), seeds, tasks, st.sampled_from([True, True, True, False]), changes, notes, extras,
       st.booleans())  # fmt: skip
def test_what_is_accepted_is_loaded_equal(
    tmp_path_factory, config, seed, task, fitting, change, about, extra, as_text
):
    known = TASKS[task] if isinstance(task, str) else task
    if fitting:
        sizes = {"src_vocab_size": len(known.src_vocabulary), "trg_vocab_size": len(known.trg_vocabulary)}
        config = type(config)(**config.to_dict() | sizes)
    model = CHANGES[change](make_model(config, seed))
    path = tmp_path_factory.mktemp("round") / "trip.safetensors"
    try:
        save_checkpoint(str(path) if as_text else path, model, task, about, extra)
    except InputError:
        event("refused")
        assert not list(path.parent.iterdir())
        return
    event("accepted")
    assert change not in REFUSED
    loaded = load_checkpoint(path)
    assert loaded.model.config == config
    assert type(loaded.model) is type(model)
    assert same(loaded.model.state_dict(), model.state_dict())
    assert same(loaded.extra, extra)
    assert loaded.about == about
    assert type(loaded.task) is type(known)
    assert not isinstance(known, PairsTask) or known.is_same(loaded.task)


@pytest.mark.parametrize("change", sorted(set(CHANGES) - set(REFUSED)))
def test_an_ordinary_model_is_accepted(tmp_path, change):
    model = CHANGES[change](make_model(small_config()))
    save_checkpoint(tmp_path / "model", model, "sort", {"step": 1}, {"moment": torch.ones(2)})
    assert same(load_checkpoint(tmp_path / "model").model.state_dict(), model.state_dict())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("bfloat16", "is bfloat16, strided, and a checkpoint holds float32"),
        ("float64", "is float64"),
        ("one float64", "decoder.fc_out.weight' cannot be saved: it is float64"),
        ("tied", "norm1.weight and encoder.layers.0.norm2.weight are the same tensor"),
        ("more weights", "other weights than its configuration describes"),
        ("another class", "has another class"),
        ("no transformer", "has another class"),
        ("no values", "it is meta"),
    ],
)
def test_a_model_that_could_not_be_read_back_is_refused_by_what_is_wrong(tmp_path, change, words):
    with pytest.raises(InputError, match=words):
        save_checkpoint(tmp_path / "model", CHANGES[change](make_model(small_config())), "sort")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (Juggle(), "A task of the class Juggle cannot be saved"),
        (Disguised(), "A task of the class Disguised cannot be saved"),
        (TASKS["words"], "13 and 13 tokens; those of the task “words” have"),
        (PairsTask([Pair("a", "b"), Pair("c", "d")], "word"), "The table has 2 different pairs"),
        (PairsTask([Pair(f"a  {n}", "b") for n in range(9)], "word"), "would be read back as others"),
    ],
)
def test_a_task_that_could_not_be_read_back_is_refused(tmp_path, task, words):
    with pytest.raises(InputError, match=words):
        save_checkpoint(tmp_path / "model", make_model(small_config()), task)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("about", [{"a": (1, 2)}, {1: 2}, {"a": float("nan")}, {"a": {1}}, {"a": "\ud800"}])
def test_a_note_that_json_does_not_keep_is_refused(tmp_path, about):
    with pytest.raises(InputError, match="what JSON keeps"):
        save_checkpoint(tmp_path / "model", make_model(small_config()), "sort", about)


def test_tensors_beside_the_weights_may_be_views_of_them(tmp_path):
    model = make_model(small_config())
    weight = model.decoder.fc_out.weight.detach()
    extra = {"all": weight, "rows": weight[1:3], "turned": weight.T, "again": weight[1:3]}
    save_checkpoint(tmp_path / "model", model, "sort", extra=extra)
    assert same(load_checkpoint(tmp_path / "model").extra, extra)


def test_a_description_too_long_to_be_read_back_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_OWN_HEADER_BYTES", 5000)
    with pytest.raises(InputError, match="Fewer layers would do"):
        save_checkpoint(tmp_path / "model", make_model(small_config()), "sort")
    assert not list(tmp_path.iterdir())


def places(data):
    """A few bytes of each tensor of a file, and of what its header says of configuration, task and step."""
    length = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:length])
    starts = sorted(entry["data_offsets"][0] for name, entry in header.items() if name != "__metadata__")
    ends = [*starts, len(data) - length]
    body = [length + place for start, end in pairwise(ends) for place in (start, (start + end) // 2, end - 1)]
    return [*body, data.index(b'\\"step\\": 3') + 10, data.index(b'dropout\\": 0.0') + 13]


def test_a_byte_that_was_changed_anywhere_is_noticed(tmp_path):
    path = tmp_path / "model"
    save_checkpoint(path, make_model(small_config()), "sort", {"step": 3}, {"moment": torch.ones(4)})
    data = path.read_bytes()
    for place in places(data):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(DamagedError, match="no longer holds what was saved"):
            load_checkpoint(path)
        with pytest.raises(DamagedError, match="no longer holds what was saved"):
            read_checkpoint(path.read_bytes())
    path.write_bytes(data)
    assert load_checkpoint(path).about == {"step": 3}


def test_a_checkpoint_of_an_earlier_version_has_no_checksum_and_is_read(tmp_path):
    old = SHIPPED / "reverse" / CHECKPOINT
    assert b"checksum" not in old.read_bytes()[:100_000]
    loaded = load_checkpoint(old)
    save_checkpoint(tmp_path / "new", loaded.model, loaded.task, loaded.about, loaded.extra)
    assert b'"checksum"' in (tmp_path / "new").read_bytes()
    assert same(load_checkpoint(tmp_path / "new").model.state_dict(), loaded.model.state_dict())


@pytest.mark.parametrize("path", sorted(SHIPPED.rglob(CHECKPOINT)), ids=lambda path: str(path.parent)[-20:])
def test_every_shipped_model_is_read(path):
    assert load_checkpoint(path).about["step"] > 0
