import json
import pickle
import struct
import subprocess
import sys
import tracemalloc

import pytest
import safetensors.torch
import torch
import torch._dynamo  # LargestTensor makes PyTorch import it: not while memory is counted
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from tests.transformer.helpers import configs, example_pair, make_model, seeds, small_config
from transformer import TASKS, Checkpoint, InputError, limits
from transformer import load_checkpoint as load
from transformer import save_checkpoint as save
from transformer.decoding.loop import greedy
from transformer.learning.checkpoint import (
    FORMAT,
    SHIPPED,
    is_whole,
    read_checkpoint,
    read_description,
    shipped_checkpoint,
    write_atomically,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The bytes of a good checkpoint."""
    path = tmp_path_factory.mktemp("checkpoint") / "good.safetensors"
    save(path, make_model(small_config()), "sort", {"step": 3})
    return path.read_bytes()


def parts(data):
    """Header and tensors."""
    size = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8 : 8 + size]), data[8 + size :]


def joined(header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def with_metadata(data, **values):
    header, body = parts(data)
    return joined({**header, "__metadata__": {**header["__metadata__"], **values}}, body)


def with_config(data, **values):
    config = json.loads(parts(data)[0]["__metadata__"]["config"])
    return with_metadata(data, config=json.dumps({**config, **values}))


class LargestTensor(TorchDispatchMode):
    """Notes how large the largest tensor was that took memory."""

    bytes = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor) and leaf.device.type != "meta":
                self.bytes = max(self.bytes, leaf.nbytes)
        return result


def assert_refused(data, tensors_up_to=0):
    """An `InputError` in one short line, and no memory taken for what the file claims to hold."""
    tracemalloc.start()
    try:
        with LargestTensor() as largest, pytest.raises(InputError) as caught:
            read_checkpoint(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert largest.bytes <= tensors_up_to
    assert peak < 40 * 2**20
    assert "\n" not in str(caught.value)


@settings(max_examples=12)
@given(configs(), seeds, st.sampled_from(["sort", "reverse", "copy"]))
def test_what_is_saved_is_what_is_loaded(tmp_path_factory, config, seed, task):
    path = tmp_path_factory.mktemp("round") / "trip.safetensors"
    model = make_model(config, seed)
    about, extra = {"step": 7, "note": "步"}, {"moment": torch.randn(3)}
    save(path, model, task, about, extra)
    loaded = load(path)
    assert loaded.model.config == config
    assert (loaded.task, loaded.about) == (TASKS[task], about)
    assert torch.equal(loaded.extra["moment"], extra["moment"])
    assert not loaded.model.training
    with torch.no_grad():
        assert torch.equal(loaded.model(*example_pair()), model(*example_pair()))


def test_it_is_a_safetensors_file_anyone_can_read(data):
    model = make_model(small_config())
    tensors = safetensors.torch.load(data)
    assert {name.removeprefix("model.") for name in tensors} == set(model.state_dict())
    assert parts(data)[0]["__metadata__"]["format"] == FORMAT


@settings(max_examples=12)
@given(share=st.floats(0, 1, exclude_max=True), few=st.integers(1, 200))
def test_a_file_cut_short_or_with_something_behind_it_is_refused(data, share, few):
    assert_refused(data[: int(len(data) * share)])
    assert_refused(data[:-few])
    assert_refused(data[:few])
    assert_refused(data + bytes(few))


@given(st.binary(max_size=300))
def test_random_bytes_are_refused(garbage):
    assert_refused(garbage)
    assert_refused(joined(garbage))


@given(st.integers(0, 2**64 - 1), st.binary(max_size=50))
def test_a_header_that_claims_any_length_is_refused(length, rest):
    assert_refused(struct.pack("<Q", length) + rest)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
@example({"\n": None})
def test_any_json_as_header_is_refused(value):
    assert_refused(joined(value))
    assert_refused(joined({"__metadata__": value}))
    assert_refused(joined({"__metadata__": {"format": FORMAT}, "model.a": value}))
    assert_refused(joined({"__metadata__": {"format": FORMAT, "task": "sort", "config": json.dumps(value)}}))


@given(st.sampled_from(sorted(limits.MAX_SIZES)), st.integers(2, 2**70))
def test_a_configuration_of_other_sizes_is_refused_before_memory_is_taken(data, name, value):
    if json.loads(parts(data)[0]["__metadata__"]["config"])[name] != value and name not in (
        "heads",
        "max_len",
    ):
        assert_refused(with_config(data, **{name: value}))


@pytest.mark.parametrize(("name", "limit"), limits.MAX_SIZES.items())
def test_a_size_beyond_its_limit_is_refused_with_the_limit(data, name, limit):
    sizes = {"heads": 1} if name == "embed_dim" else {"embed_dim": 65} if name == "heads" else {}
    with pytest.raises(InputError, match=f"{name} is {limit + 1}; at most {limit}"):
        read_checkpoint(with_config(data, **sizes | {name: limit + 1}))


HOSTILE = {
    "digits": "1" * 5000,
    "brackets": "[" * 100_000,
    "list": "[]",
    "null": "null",
    "string": '"embed_dim"',
    "unknown": '{"__class__": "os.system"}',
    "infinity": '{"embed_dim": Infinity}',
    "nan": '{"dropout": NaN}',
    "text": '{"embed_dim": "64"}',
    "empty": "",
}


@pytest.mark.parametrize("config", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_configuration_is_refused(data, config):
    assert_refused(with_metadata(data, config=config))


@pytest.mark.parametrize("about", ["1" * 5000, "[" * 100_000, "[1]", "null", "", '{"a"'])
def test_a_hostile_note_is_refused(data, about):
    assert_refused(with_metadata(data, about=about), tensors_up_to=len(data))


@pytest.mark.parametrize("name", ["task", "tokens", "about", "config"])
def test_half_a_character_is_refused_as_no_message_could_show_it(data, name):
    kind = "pairs" if name == "tokens" else "sort"
    for half in ("\ud800", json.dumps({"\udfff": 1})):
        assert_refused(with_metadata(data, **{"task": kind, name: half}), tensors_up_to=len(data))


@pytest.mark.parametrize(
    "header", [b"[]", b"[" * 100_000, b"1" * 5000, b"null", b'"x"', b'{"__metadata__": 3}']
)
def test_a_hostile_header_is_refused(header):
    assert_refused(joined(header))


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: {"shape": [10**9, 10**9]},
        lambda entry: {"shape": entry["shape"][::-1]},
        lambda entry: {"shape": None},
        lambda entry: {"dtype": "F16"},
        lambda entry: {"dtype": "I64"},
        lambda entry: {"dtype": []},
    ],
)
def test_a_tensor_of_the_wrong_shape_or_kind_is_refused_before_memory_is_taken(data, change):
    header, body = parts(data)
    entry = header["model.encoder.layers.0.feed_forward.0.weight"]
    header["model.encoder.layers.0.feed_forward.0.weight"] = {**entry, **change(entry)}
    assert_refused(joined(header, body))


@pytest.mark.parametrize("offsets", [[0, 2**60], [-1, 5], [8, 0], None, "all"])
def test_a_tensor_that_lies_elsewhere_is_refused(data, offsets):
    header, body = parts(data)
    header["model.decoder.fc_out.bias"]["data_offsets"] = offsets
    assert_refused(joined(header, body))


def test_missing_and_additional_weights_are_refused(data):
    header, body = parts(data)
    missing = {name: entry for name, entry in header.items() if name != "model.decoder.fc_out.bias"}
    assert_refused(joined(missing, body))
    assert_refused(joined({**header, "model.more": header["model.decoder.fc_out.bias"]}, body))


def test_a_safetensors_file_of_another_program_is_refused_as_such():
    for metadata in (None, {"format": "pt"}):
        with pytest.raises(InputError, match="some other model"):
            read_checkpoint(safetensors.torch.save({"weight": torch.ones(2)}, metadata))


def test_an_unknown_task_or_one_with_another_vocabulary_is_refused(data, tmp_path):
    with pytest.raises(InputError, match="juggle"):
        read_checkpoint(with_metadata(data, task="juggle"))
    other = with_metadata(data, task="words")
    (tmp_path / "other.safetensors").write_bytes(other)
    for read, given_ in ((read_checkpoint, other), (load, tmp_path / "other.safetensors")):
        with pytest.raises(InputError, match="vocabularies of 13 and 13 tokens; those of the task “words”"):
            read(given_)


class Attack:
    ran = False

    def __reduce__(self):
        return (setattr, (Attack, "ran", True))


@pytest.mark.parametrize("kind", ["pickle", "torch"])
def test_a_pickle_is_refused_and_nothing_in_it_is_run(tmp_path, kind):
    path = tmp_path / "model.pt"
    if kind == "torch":
        torch.save({"weight": torch.ones(2), "attack": Attack()}, path)
    else:
        path.write_bytes(pickle.dumps(Attack()))
    with pytest.raises(InputError):
        load(path)
    assert not Attack.ran


def test_a_large_file_that_is_no_checkpoint_is_refused_unread(tmp_path):
    path = tmp_path / "large.safetensors"
    with path.open("wb") as file:
        file.truncate(2**30)
    tracemalloc.start()
    with pytest.raises(InputError, match="not a checkpoint"):
        load(path)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_limits_are_for_what_a_browser_sends_not_for_what_a_program_wrote(tmp_path, monkeypatch):
    """A large model in small: the same file is read by its path, and refused as an upload for each limit."""
    path = tmp_path / "own.safetensors"
    save(path, make_model(small_config()), "sort")
    data = path.read_bytes()
    beyond = {"MAX_UPLOAD_BYTES": len(data) - 1, "MAX_HEADER_BYTES": 500}
    for name, limit in [*beyond.items(), ("MAX_SIZES", limits.MAX_SIZES | {"embed_dim": 8})]:
        with monkeypatch.context() as patch:
            patch.setattr(limits, name, limit)
            with pytest.raises(InputError):
                read_checkpoint(data)
            assert load(path).model.config.embed_dim == 12
            assert read_description(path)[0].embed_dim == 12
            assert is_whole(path)


@pytest.mark.parametrize("name", sorted(limits.MAX_SIZES))
@pytest.mark.parametrize("value", [2**40, 10**30])
def test_a_file_that_claims_a_giant_model_is_refused_by_its_path_too(data, tmp_path, name, value):
    sizes = {"embed_dim": value} if name == "heads" else {"heads": 1} if name == "embed_dim" else {}
    path = tmp_path / "giant.safetensors"
    path.write_bytes(with_config(data, **sizes | {name: value}))
    with LargestTensor() as largest, pytest.raises(InputError) as caught:
        load(path)
    assert largest.bytes == 0
    assert len(str(caught.value)) < 300


def test_a_file_that_memory_cannot_hold_is_refused_with_both_sizes(tmp_path, monkeypatch):
    path = tmp_path / "own.safetensors"
    save(path, make_model(small_config()), "sort")
    monkeypatch.setattr("transformer.learning.checkpoint.available_memory", lambda: path.stat().st_size)
    with pytest.raises(InputError, match="MB of memory, and this machine has 0 MB left"):
        load(path)
    monkeypatch.setattr("transformer.learning.checkpoint.available_memory", lambda: None)
    assert load(path)


def test_what_is_not_there_or_is_a_folder_is_refused_by_name(tmp_path):
    with pytest.raises(InputError, match=r"nothing\.safetensors cannot be read"):
        load(tmp_path / "nothing.safetensors")
    with pytest.raises(InputError, match="cannot be read"):
        load(str(tmp_path))


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, b"old")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_writing_makes_the_folder_and_a_file_others_can_read(tmp_path):
    path = tmp_path / "a" / "b" / "file"
    write_atomically(path, b"data")
    assert path.read_bytes() == b"data"
    assert path.stat().st_mode & 0o777 == 0o644


def test_there_is_no_shipped_model_for_a_task_that_does_not_exist():
    with pytest.raises(InputError, match="juggle"):
        shipped_checkpoint("juggle")
    with pytest.raises(InputError):
        shipped_checkpoint("../sort")


@pytest.mark.parametrize("task", ["sort", "reverse", "copy"])
def test_the_shipped_model_answers_its_example(task):
    checkpoint = shipped_checkpoint(task)
    assert isinstance(checkpoint, Checkpoint)
    source = checkpoint.task.encode(checkpoint.task.example)
    assert checkpoint.task.is_right(source, greedy(checkpoint.model, torch.tensor([source]))[0].tolist())


@pytest.mark.parametrize("positions", ["sinusoidal", "learned"])
def test_reading_one_imports_nothing_of_the_compiler(positions):
    """PyTorch's compiler and its symbolic mathematics take longer to import than PyTorch itself."""
    folder = SHIPPED / "positions" / positions / "reverse"
    program = (
        "import sys; from transformer import load_checkpoint; "
        f"load_checkpoint({str(folder / 'checkpoint.safetensors')!r}); "
        "print(sorted({'sympy', 'torch._dynamo'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
