"""The notes' worked examples (`tests/data/worked_examples.json`), with their errors corrected."""

import json
from pathlib import Path

import pytest
import torch

from transformer import EOS, PAD, SOS, MultiHeadAttention, Trace, Transformer, TransformerConfig
from transformer.learning.steps import Batch
from transformer.model.mask_conventions import from_key_padding_mask, to_key_padding_mask
from transformer.model.masks import causal_mask, padding_mask
from transformer.model.positional import frequencies, sinusoidal_encoding
from transformer.model.vocabulary import DIGITS
from transformer.tasks import pad_batch

EXAMPLES = json.loads((Path(__file__).parents[1] / "data" / "worked_examples.json").read_text())


def example(name):
    return EXAMPLES[name]


def assert_close(actual, expected):
    torch.testing.assert_close(actual, torch.tensor(expected, dtype=actual.dtype), atol=1e-5, rtol=0)


def test_padding_mask_blanks_the_notes_scores():
    given = example("encoder_padding_mask")
    scores = torch.tensor(given["scores"])
    assert list(scores.shape) == given["scores_shape"]
    tokens = torch.tensor(given["keep"]).long() * 5  # any real token
    mask = padding_mask(tokens, PAD)
    assert list(mask.shape) == given["mask_shape"]
    assert scores.masked_fill(~mask, 0)[0, 0].tolist() == given["filled_with_zero_batch0_head0"]


def test_causal_mask_blanks_the_notes_scores():
    scores, given = torch.tensor(example("encoder_padding_mask")["scores"]), example("decoder_causal_mask")
    mask = causal_mask(5)
    assert list(mask.expand(given["mask_shape"]).shape) == given["mask_shape"]
    assert scores.masked_fill(~mask, 0)[0, 0].tolist() == given["filled_with_zero_batch0_head0"]


def test_positional_encoding_of_four_dimensions():
    given = example("positional_encoding_d4")
    pe = sinusoidal_encoding(5, given["embed_dim"])
    assert_close(frequencies(given["embed_dim"]), given["div_term"])
    assert_close(pe, given["pe"])
    assert_close(torch.tensor(given["embedding"]) + pe[1], given["embedding_plus_pe1"])


def test_positional_encoding_is_added_to_every_sequence_of_a_batch():
    given = example("add_positional_encoding")
    model = Transformer(TransformerConfig(embed_dim=4, heads=2, num_layers=1))
    assert_close(model.encoder.position(torch.tensor(given["x"])), given["x_plus_pe"])


def test_embedding_looks_up_rows_and_padding_is_zero_until_positions_are_added():
    given = example("embedding_lookup")
    weight, ids = torch.tensor(given["weight"]).float(), torch.tensor(given["ids"])
    size = len(given["vocabulary"])
    model = Transformer(TransformerConfig(src_vocab_size=size, embed_dim=4, heads=2, num_layers=1))
    model.encoder.embed.load_state_dict({"weight": weight})
    trace = Trace()
    model.encode(ids, trace=trace)
    assert torch.equal(trace["encoder.embedding"], weight[ids])
    assert (trace["encoder.embedding"][ids == PAD] == 0).all()
    assert (trace["encoder.input"][ids == PAD] != 0).any()


def test_layer_norm_normalises_each_token_alone():
    given = example("layer_norm")
    block = Transformer(TransformerConfig(embed_dim=3, heads=1, num_layers=1)).encoder.layers[0]
    assert_close(block.norm1(torch.tensor(given["x"])), given["y"])


def attention_that_passes_on(dim, heads=1):
    """Projections that change nothing."""
    attention = MultiHeadAttention(TransformerConfig(embed_dim=dim, heads=heads))
    for linear in (attention.fc_q, attention.fc_k, attention.fc_v, attention.fc_out):
        torch.nn.init.eye_(linear.weight)
        torch.nn.init.zeros_(linear.bias)
    return attention


def test_energy_is_the_scaled_product_of_queries_and_keys():
    given = example("energy")
    attention, trace = attention_that_passes_on(given["head_dim"]), Trace()
    keys = torch.tensor([given["k"]])
    attention(torch.tensor([given["q"]]), keys, keys, None, trace)
    assert_close(trace["energy"][0, 0], given["energy"])
    assert_close(trace["energy"][0, 0] * given["head_dim"] ** 0.5, given["dot"])


def test_the_vocabulary_is_that_of_the_notes():
    given = example("vocabulary")
    assert (given["PAD"], given["SOS"], given["EOS"], given["size"]) == (PAD, SOS, EOS, len(DIGITS))
    assert all(DIGITS.ids[digit] == index for digit, index in given["digits"].items())


def test_the_decoder_reads_one_token_behind_what_it_should_write():
    given = example("decoder_shift")
    ids = {"SOS": SOS, "EOS": EOS}

    def encoded(words):
        return [ids[word] if word in ids else DIGITS.ids[str(word)] for word in words]

    batch = Batch(pad_batch([[SOS, EOS]]), pad_batch([encoded(given["trg"])]))
    assert batch.trg_input.tolist() == [encoded(given["trg_input"])]
    assert batch.trg_target.tolist() == [encoded(given["trg_target"])]


def test_the_default_model_has_the_notes_sizes_and_splits_heads_as_they_do():
    config, given = TransformerConfig(), example("split_heads")
    assert {name: getattr(config, name) for name in example("model")} == example("model")
    attention = Transformer(config).encoder.layers[0].attention
    projected = attention.fc_q(torch.randn(given["input"]))
    assert list(projected.shape) == given["projected"]
    heads = attention.split_heads(projected)
    assert list(heads.shape) == given["transposed"]
    assert list(heads.transpose(1, 2).shape) == given["viewed"]
    assert torch.equal(heads.transpose(1, 2).reshape(projected.shape), projected)


@pytest.mark.parametrize("name", ["linear_batch", "matmul"])
def test_leading_axes_are_carried_along(name):
    given = example(name)
    if name == "linear_batch":
        layer = torch.nn.Linear(given["in_features"], given["out_features"])
        assert list(layer(torch.zeros(given["input_shape"])).shape) == given["output_shape"]
    else:
        assert list((torch.zeros(given["a"]) @ torch.zeros(given["b"])).shape) == given["out"]


def test_lengths_give_the_key_padding_mask_of_note_four():
    given = example("key_padding_lengths")
    lengths = torch.tensor(given["lengths"])
    theirs = torch.arange(given["S"])[None, :] >= lengths[:, None]  # True = masked out
    tokens = pad_batch([[5] * length for length in given["lengths"]] + [[5] * given["S"]])[:-1]
    assert theirs.shape == (given["N"], given["S"])
    assert torch.equal(to_key_padding_mask(padding_mask(tokens, PAD)), theirs)
    assert torch.equal(from_key_padding_mask(theirs), padding_mask(tokens, PAD))


def test_where_pad_is_digit_zero_the_mask_hides_every_real_zero():
    given = example("pad_is_digit_zero")
    model = Transformer(TransformerConfig(embed_dim=8, heads=2, num_layers=1, src_pad_idx=0))
    mask = model.make_src_mask(torch.tensor([given["src"]]))[0, 0, 0]
    assert (~mask).nonzero().flatten().tolist() == given["mask_hides_positions"]
