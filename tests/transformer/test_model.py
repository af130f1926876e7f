from itertools import product

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import (
    POSITIONS,
    assert_same_gradients,
    configs,
    digits,
    example_pair,
    make_model,
    padded,
    seeds,
    small_config,
    torch_transformer,
    transformer_pairs,
)
from transformer import EOS, PAD, SOS, InputError, PositionalEncoding, Trace, Transformer, TransformerConfig
from transformer.model.dropout import Dropout
from transformer.model.masks import causal_mask

TOLERANCES = [(torch.float32, 1e-5), (torch.float64, 1e-10)]


def peer_logits(ours, peer, src, trg):
    """nn.Transformer between our embeddings and our last linear; its masks in its own convention."""
    encoder, decoder = ours.encoder, ours.decoder
    output = peer(
        encoder.embed_tokens(src, None),
        decoder.embed_tokens(trg, None),
        tgt_mask=~causal_mask(trg.size(1))[0, 0],
        src_key_padding_mask=src == PAD,
        tgt_key_padding_mask=trg == PAD,
        memory_key_padding_mask=src == PAD,
    )
    return decoder.fc_out(output)


@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES)
@pytest.mark.parametrize("norm", ["post", "pre"])
@pytest.mark.parametrize("positions", ["sinusoidal", "learned"])
@pytest.mark.parametrize("traced", [False, True])
def test_logits_and_all_gradients_are_those_of_pytorch(dtype, tolerance, norm, positions, traced):
    ours = make_model(small_config(norm=norm, positions=positions, scale_embeddings=traced)).to(dtype)
    peer = torch_transformer(ours.train())
    src, trg = example_pair()
    assert (src == PAD).any()
    assert (trg == PAD).any()
    shared = [*ours.encoder.embed.parameters(), *ours.encoder.position.parameters(),
              *ours.decoder.embed.parameters(), *ours.decoder.position.parameters(),
              *ours.decoder.fc_out.parameters()]  # fmt: skip

    logits = ours(src, trg, trace=Trace() if traced else None)
    F.cross_entropy(logits[:, :-1].flatten(0, 1), trg[:, 1:].flatten(), ignore_index=PAD).backward()
    gradients = [weight.grad.clone() for weight in shared]
    for weight in shared:
        weight.grad = None
    theirs = peer_logits(ours, peer, src, trg)
    F.cross_entropy(theirs[:, :-1].flatten(0, 1), trg[:, 1:].flatten(), ignore_index=PAD).backward()

    torch.testing.assert_close(logits, theirs, atol=tolerance, rtol=0)
    assert_same_gradients(transformer_pairs(ours, peer), tolerance)
    for weight, gradient in zip(shared, gradients, strict=True):
        torch.testing.assert_close(gradient, weight.grad, atol=tolerance, rtol=0)


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_inference_logits_of_real_tokens_are_those_of_pytorch(norm):
    ours = make_model(small_config(norm=norm))
    src, trg = example_pair()
    with torch.inference_mode():
        logits, theirs = ours(src, trg), peer_logits(ours, torch_transformer(ours), src, trg)
    torch.testing.assert_close(logits[trg != PAD], theirs[trg != PAD], atol=1e-5, rtol=0)


def test_every_parameter_takes_part():
    for norm, positions in product(("post", "pre"), ("learned", "rotary", "alibi")):
        model = make_model(small_config(norm=norm, positions=positions))
        model(*example_pair()).square().mean().backward()
        assert all(weight.grad.abs().max() > 0 for weight in model.parameters() if weight.dim() > 1)


def test_masks_have_the_shapes_of_the_notes_and_the_target_mask_hides_padding_too():
    model = make_model(small_config())
    src, trg = torch.tensor([[1, 5, 2, 0, 0], [1, 5, 6, 2, 0]]), torch.tensor([[0, 1, 5, 6], [1, 5, 6, 0]])
    assert model.make_src_mask(src).shape == (2, 1, 1, 5)
    assert model.make_trg_mask(trg).shape == (2, 1, 4, 4)
    rows = model.make_trg_mask(trg)[:, 0].int().tolist()
    assert rows[0] == [[0, 0, 0, 0], [0, 1, 0, 0], [0, 1, 1, 0], [0, 1, 1, 1]]
    assert rows[1] == [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 0]]


def test_pad_ids_come_from_the_config():
    model = make_model(small_config(src_pad_idx=3, trg_pad_idx=4))
    tokens = torch.tensor([[1, 3, 4, 0]])
    assert model.make_src_mask(tokens).flatten().tolist() == [True, False, True, True]
    assert model.make_trg_mask(tokens)[0, 0, -1].tolist() == [True, True, False, True]
    assert model.encoder.embed.weight[3].abs().sum() == 0
    assert model.decoder.embed.weight[4].abs().sum() == 0


@torch.inference_mode()
def test_forward_is_encode_then_decode_with_the_masks_made_from_the_tokens():
    model = make_model(small_config())
    src, trg = example_pair()
    src_mask, trg_mask = model.make_src_mask(src), model.make_trg_mask(trg)
    logits = model(src, trg)
    assert logits.shape == (*trg.shape, 13)
    assert torch.equal(logits, model(src, trg, src_mask, trg_mask))
    assert torch.equal(logits, model.decode(trg, model.encode(src), src_mask))


@torch.inference_mode()
def test_masks_that_are_passed_in_are_the_ones_used():
    model = make_model(small_config())
    src, trg = example_pair()
    logits = model(src, trg)
    all_seen = torch.ones(1, 1, 1, 1, dtype=torch.bool)
    assert (model(src, trg, src_mask=all_seen) - logits)[1].abs().max() > 1e-3
    assert (model(src, trg, trg_mask=all_seen) - logits)[0, 0].abs().max() > 1e-3


@torch.inference_mode()
@given(configs(), seeds, digits, digits, st.data())
def test_changing_a_future_token_changes_no_earlier_logit(config, seed, src, trg, data):
    model = make_model(config, seed)
    src, trg = padded([src]), padded([trg])[:, :-1]
    changed = data.draw(st.integers(1, trg.size(1) - 1))
    other = trg.clone()
    other[0, changed] = data.draw(
        st.integers(0, 12).filter(lambda token: token not in (trg[0, changed], PAD))
    )
    before, after = model(src, trg), model(src, other)
    assert torch.equal(before[:, :changed], after[:, :changed])
    assert not torch.equal(before[:, changed:], after[:, changed:])


@torch.inference_mode()
@given(configs(), seeds, st.lists(digits, min_size=2, max_size=3), st.integers(0, 12))
def test_with_the_mask_held_fixed_what_stands_at_a_pad_position_changes_no_real_token(
    config, seed, rows, token
):
    model = make_model(config, seed)
    src, trg = padded([*rows, [3] * 9]), padded([*rows[::-1], [4] * 9])
    src_mask, trg_mask = model.make_src_mask(src), model.make_trg_mask(trg)
    before = model(src, trg, src_mask, trg_mask)
    after = model(src.masked_fill(src == PAD, token), trg.masked_fill(trg == PAD, token), src_mask, trg_mask)
    assert (src == PAD).any()
    assert torch.equal(before[trg != PAD], after[trg != PAD])


@torch.inference_mode()
@given(configs(), seeds, st.lists(digits, min_size=1, max_size=3), st.integers(1, 5), st.integers(1, 5))
def test_adding_padding_changes_no_real_token(config, seed, rows, more_src, more_trg):
    model = make_model(config, seed)
    src, trg = padded(rows), padded(rows[::-1])
    before = model(src, trg)
    after = model(F.pad(src, (0, more_src), value=PAD), F.pad(trg, (0, more_trg), value=PAD))
    real = trg != PAD
    torch.testing.assert_close(after[:, : trg.size(1)][real], before[real], atol=1e-5, rtol=0)


@torch.inference_mode()
@pytest.mark.parametrize("positions", ["none", "rotary", "alibi"])
@given(st.data(), seeds, digits, digits, st.integers(1, 4))
def test_left_padding_changes_no_real_token_where_only_distances_count(positions, data, seed, src, trg, more):
    config = data.draw(configs(positions=positions))
    model = make_model(config, seed)
    src, trg = padded([src]), padded([trg])
    after = model(src, F.pad(trg, (more, 0), value=PAD))
    torch.testing.assert_close(after[:, more:], model(src, trg), atol=1e-5, rtol=0)


@torch.inference_mode()
@given(configs(), seeds, st.lists(digits, min_size=2, max_size=4))
def test_each_sequence_of_a_batch_is_as_if_alone(config, seed, rows):
    model = make_model(config, seed)
    together = model(padded(rows), padded(rows))
    for i, row in enumerate(rows):
        alone = model(padded([row]), padded([row]))[0]
        torch.testing.assert_close(together[i, : len(row) + 2], alone, atol=1e-5, rtol=0)


@torch.inference_mode()
@pytest.mark.parametrize("norm", ["post", "pre"])
def test_tokens_that_may_be_seen_do_change_the_logits(norm):
    model = make_model(small_config(norm=norm))
    src, trg = torch.tensor([[SOS, 5, 6, EOS]]), torch.tensor([[SOS, 5, 6, 7]])
    logits = model(src, trg)
    assert (model(torch.tensor([[SOS, 7, 6, EOS]]), trg) - logits).abs().amin(dim=-1).max() > 1e-6
    earlier = model(src, torch.tensor([[SOS, 9, 6, 7]]))
    assert (earlier - logits).abs().amax(dim=-1)[0].tolist()[0] == 0
    assert (earlier - logits).abs().amax(dim=-1)[0, 1:].min() > 1e-4


@torch.inference_mode()
def test_without_positions_the_order_of_the_source_makes_no_difference():
    src, shuffled = torch.tensor([[1, 5, 6, 7, 2]]), torch.tensor([[2, 7, 5, 1, 6]])
    for positions in POSITIONS:
        model = make_model(small_config(positions=positions))
        trg = torch.tensor([[SOS, 3]])
        difference = (model(src, trg) - model(shuffled, trg)).abs().max()
        assert (difference > 1e-4) == (positions != "none")


@pytest.mark.parametrize("path", ["traced", "training", "fused"])
@pytest.mark.parametrize("norm", ["post", "pre"])
@pytest.mark.parametrize("positions", ["sinusoidal", "rotary", "alibi"])
def test_a_source_of_padding_alone_gives_finite_logits_and_gradients(path, norm, positions):
    model = make_model(small_config(norm=norm, positions=positions))
    src, trg = example_pair()
    src[1], trg[2] = PAD, PAD
    with torch.set_grad_enabled(path != "fused"):
        logits = model(src, trg, trace=Trace() if path == "traced" else None)
    assert logits.isfinite().all()
    if path != "fused":
        logits.square().mean().backward()
        assert all(weight.grad.isfinite().all() for weight in model.parameters())


def test_a_sequence_longer_than_max_len_is_refused():
    model = make_model(small_config(max_len=6))
    short, long = torch.full((1, 6), 5), torch.full((1, 7), 5)
    assert model(short, short).shape == (1, 6, 13)
    for src, trg in ((long, short), (short, long)):
        with pytest.raises(InputError, match=r"7 tokens.* at most 6"):
            model(src, trg)


def test_the_padding_embedding_is_zero_and_stays_so():
    model = make_model(small_config()).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    model(*example_pair()).square().mean().backward()
    optimizer.step()
    assert (model.encoder.embed.weight[PAD] == 0).all()
    assert (model.decoder.embed.weight[PAD] == 0).all()


def test_layers_have_weights_of_their_own():
    model = make_model(small_config())
    first, second = (layer.attention.fc_q.weight for layer in model.encoder.layers)
    assert first is not second
    assert not torch.equal(first, second)


def test_the_seed_decides_the_weights():
    first, same, other = (make_model(small_config(), seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_dropout_acts_in_training_only(norm):
    model = make_model(small_config(norm=norm, dropout=0.3))
    assert torch.equal(model(*example_pair()), model(*example_pair()))
    model.train()
    assert not torch.equal(model(*example_pair()), model(*example_pair()))


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_dropout_follows_embeddings_sub_layers_and_the_feed_forward_activation(norm):
    model = make_model(small_config(norm=norm, dropout=0.3)).train()
    calls = []
    for name, module in model.named_modules():
        if isinstance(module, Dropout):
            module.register_forward_hook(lambda *_, name=name: calls.append(name.split(".")[0]))
    model(*example_pair())
    layers = 2
    assert calls.count("encoder") == 1 + layers * (2 + 1), "attention, feed-forward; inside the feed-forward"
    assert calls.count("decoder") == 1 + layers * (3 + 1), "two attentions, feed-forward; inside it"


def test_modules_and_attributes_have_the_names_of_the_notes():
    model = Transformer(TransformerConfig())
    block, decoder_block = model.encoder.layers[0], model.decoder.layers[0]
    assert isinstance(model.encoder.position, PositionalEncoding)
    assert isinstance(model.encoder.embed, torch.nn.Embedding)
    for name in ("attention", "norm1", "norm2", "feed_forward"):
        assert hasattr(block, name)
    for name in ("attention", "norm", "transformer_block"):
        assert hasattr(decoder_block, name)
    for name in ("fc_q", "fc_k", "fc_v", "fc_out", "head_dim"):
        assert hasattr(decoder_block.transformer_block.attention, name)
