import dataclasses
import json

import pytest
from hypothesis import given

from tests.transformer.helpers import configs
from transformer import InputError, TransformerConfig

SIZES = [
    "src_vocab_size",
    "trg_vocab_size",
    "embed_dim",
    "num_layers",
    "heads",
    "feed_forward_dim",
    "max_len",
]


def test_defaults_are_those_of_the_notes():
    config = TransformerConfig()
    assert (config.src_vocab_size, config.trg_vocab_size) == (13, 13)
    assert (config.embed_dim, config.num_layers, config.heads, config.head_dim) == (64, 3, 4, 16)
    assert (config.src_pad_idx, config.trg_pad_idx, config.norm) == (0, 0, "post")


def test_cannot_be_changed_afterwards():
    with pytest.raises(dataclasses.FrozenInstanceError):
        TransformerConfig().heads = 2


@given(configs())
def test_survives_the_way_through_json(config):
    assert TransformerConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, value) for name in SIZES for value in (0, -4, 4.0, "4", True, None)],
        *[("dropout", value) for value in (-0.1, 1, 1.5, float("nan"), "0.1", True, None)],
        *[("norm", value) for value in ("middle", None, [])],
        ("positions", "absolute"),
        ("scale_embeddings", 1),
        *[(name, value) for name in ("src_pad_idx", "trg_pad_idx") for value in (-1, 13, 0.0, None)],
    ],
)  # fmt: skip
def test_impossible_values_are_refused_by_name(name, value):
    with pytest.raises(InputError, match=name.split("_pad")[0]):
        TransformerConfig(**{name: value})


def test_a_dimension_that_heads_cannot_share_is_refused_with_two_that_they_can():
    with pytest.raises(ValueError, match=r"embed_dim = 62 .* 4 heads; embed_dim = 60 or 64 would do"):
        TransformerConfig(embed_dim=62, heads=4)
    TransformerConfig(embed_dim=60, heads=4)
    with pytest.raises(ValueError, match="embed_dim = 4 or 8 would do"):
        TransformerConfig(embed_dim=3, heads=4)


def test_unknown_entries_are_refused_by_name():
    with pytest.raises(InputError, match="'colour', 'size'"):
        TransformerConfig.from_dict({"size": 1, "colour": 2})
