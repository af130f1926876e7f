"""A model that was trained with a mistake says so wherever it is named."""

import pytest

from transformer import TransformerConfig, build_model
from transformer.learning.checkpoint import save_checkpoint
from transformer.learning.steps import TrainConfig
from ui.fault_titles import marked, mistake_of, mistake_title

SMALL = {"embed_dim": 8, "num_layers": 1, "heads": 2, "feed_forward_dim": 8}


@pytest.mark.parametrize(
    ("model", "training", "words"),
    [
        ({"mistake": "no_causal_mask"}, {}, "run x (no causal mask)"),
        ({"mistake": "tiny_fill", "positions": "none"}, {}, "run x (fill value 1e-20)"),
        ({}, {"shift_target": False}, "run x (target not shifted)"),
        ({"positions": "none"}, {}, "run x (no positional encoding)"),
        ({}, {}, "run x"),
    ],
)
def test_a_title_names_the_mistake(tmp_path, model, training, words):
    path = tmp_path / "checkpoint.safetensors"
    about = {"training": TrainConfig(**training).to_dict()}
    save_checkpoint(path, build_model(TransformerConfig(**SMALL, **model)), "sort", about)
    assert marked("run x", path) == words


@pytest.mark.parametrize("content", [None, b"", b"\x05\0\0\0\0\0\0\0[1,2]", b"\xff" * 40])
def test_what_is_no_checkpoint_keeps_its_title(tmp_path, content):
    path = tmp_path / "checkpoint.safetensors"
    if content is not None:
        path.write_bytes(content)
    assert marked("run x", path) == "run x"


def test_every_mistake_has_a_title():
    codes = {
        mistake_of(TransformerConfig(mistake=code), {})
        for code in ("no_causal_mask", "no_padding_mask", "tiny_fill", "inverted_mask")
    }
    assert len(codes) == len({mistake_title(code) for code in codes}) == 4
