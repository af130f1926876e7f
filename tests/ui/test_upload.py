"""Uploaded checkpoints: a valid one becomes a model, an invalid one an error message.

No file name leads outside the folder of uploads.
"""

import json
from pathlib import Path

import pytest

from transformer import InputError, TransformerConfig, limits
from transformer.learning.checkpoint import SHIPPED, save_checkpoint
from transformer.learning.folder import CHECKPOINT
from transformer.model.transformer import Transformer
from ui import models
from ui.training.upload import keep


@pytest.fixture(autouse=True)
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(models, "RUNS", tmp_path / "runs")
    return tmp_path / "runs"


def good() -> bytes:
    return (SHIPPED / "copy" / CHECKPOINT).read_bytes()


@pytest.mark.parametrize(
    ("name", "title"),
    [
        *((name, name) for name in ("../../evil", "/etc/passwd", "<b>", "con.safetensors")),
        ("*" * 300, "*" * limits.MAX_TITLE),
        ("", None),
        ("a\x00b\x1bc", "abc"),
        ("two\n lines", "two lines"),
        ("\u202etxt.exe\u2066", "txt.exe"),
    ],
)
def test_a_files_name_is_a_title_and_no_path(runs: Path, name: str, title: str | None) -> None:
    folder = keep(name, good())
    assert [path.name for path in runs.iterdir()] == [folder]
    assert folder.startswith("upload-")
    assert (runs / folder / CHECKPOINT).read_bytes() == good()
    assert models.named(f"run:{folder}").task.name == "copy"
    assert models.run_title(f"run:{folder}") == (title or folder)


def header(**changes: str) -> bytes:
    data = good()
    size = int.from_bytes(data[:8], "little")
    described = json.loads(data[8 : 8 + size])
    described["__metadata__"] |= changes
    text = json.dumps(described).encode()
    return len(text).to_bytes(8, "little") + text + data[8 + size :]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "not a checkpoint"),
        (b"PK\x03\x04" + b"x" * 100, "not a checkpoint"),
        (good()[:-1], "not a checkpoint"),
        (good()[:1000], "not a checkpoint"),
        (header(format="pt"), "some other model"),
        (header(config=json.dumps({"num_layers": 1})), "do not fit"),
        (header(config=json.dumps({"num_layers": 10**9})), "at most 24"),
        (b"\xff" * (limits.MAX_UPLOAD_BYTES + 1), "larger than 16 MB"),
    ],
    ids=["empty", "zip", "torn", "cut", "foreign", "config", "huge", "large"],
)
def test_a_bad_file_is_refused_and_leaves_nothing(runs: Path, data: bytes, word: str) -> None:
    with pytest.raises(InputError, match=word):
        keep("x.safetensors", data)
    assert not runs.exists()


def test_a_downloaded_checkpoint_can_be_uploaded(tmp_path: Path) -> None:
    model = Transformer(TransformerConfig(embed_dim=8, num_layers=1, heads=2, feed_forward_dim=16))
    save_checkpoint(tmp_path / "mine", model, "reverse", {"step": 3})
    loaded = models.named("run:" + keep("mine", (tmp_path / "mine").read_bytes()))
    assert loaded.task.name == "reverse"
    assert loaded.about["step"] == 3
