"""What test files share: hypothesis strategies, small models, and PyTorch's modules with our weights."""

import warnings
from typing import get_args

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from transformer import EOS, PAD, SOS, MultiHeadAttention, Transformer, TransformerConfig, build_model
from transformer.model.config import Positions

VOCABULARY = 13
POSITIONS = get_args(Positions)
MAX_LEN = 24


@st.composite
def configs(draw, **fixed):
    """Small configurations: every norm place, every kind of position, one to three heads, odd sizes too."""
    heads = draw(st.integers(1, 3))
    positions = fixed.get("positions") or draw(st.sampled_from(POSITIONS))
    head_dims = st.sampled_from([4, 6]) if positions == "rotary" else st.integers(4, 7)
    values = {
        "heads": heads,
        "embed_dim": heads * draw(head_dims),
        "num_layers": draw(st.integers(1, 2)),
        "feed_forward_dim": draw(st.integers(3, 12)),
        "norm": draw(st.sampled_from(["post", "pre"])),
        "positions": positions,
        "scale_embeddings": draw(st.booleans()),
        "max_len": MAX_LEN,
    }
    return TransformerConfig(**values | fixed)


seeds = st.integers(0, 2**16)
digits = st.lists(st.integers(3, 12), min_size=1, max_size=8)


def small_config(**values) -> TransformerConfig:
    """A configuration for tests that need only one."""
    return TransformerConfig(
        **{"embed_dim": 12, "heads": 3, "num_layers": 2, "feed_forward_dim": 20, "max_len": MAX_LEN} | values
    )


def make_model(config: TransformerConfig, seed: int = 0) -> Transformer:
    """A model with random weights, ready to run."""
    torch.manual_seed(seed)
    return build_model(config).eval()


def padded(rows: list[list[int]]) -> Tensor:
    """Sources or targets as a batch, from SOS to EOS, padded on the right."""
    width = max(map(len, rows)) + 2
    return torch.tensor([[SOS, *row, EOS] + [PAD] * (width - len(row) - 2) for row in rows])


def example_pair() -> tuple[Tensor, Tensor]:
    """A source and a target batch, both with padding."""
    return padded([[3, 9, 4, 4], [5], [7, 12, 8]]), padded([[3, 4, 4, 9], [5], [7, 8, 12]])[:, :-1]


def torch_attention(ours: MultiHeadAttention) -> nn.MultiheadAttention:
    """PyTorch's attention with the weights of ours."""
    weight = ours.fc_q.weight
    peer = nn.MultiheadAttention(
        weight.size(0), ours.heads, dropout=ours.dropout, batch_first=True, dtype=weight.dtype
    )
    copy_pairs(attention_pairs(ours, peer))
    return peer.train(ours.training)


def torch_transformer(ours: Transformer) -> nn.Transformer:
    """PyTorch's Transformer (embeddings and the last linear are not part of it) with the weights of ours."""
    config = ours.config
    with warnings.catch_warnings(action="ignore"):  # it says for which sizes it has no faster path
        peer = nn.Transformer(
            config.embed_dim,
            config.heads,
            config.num_layers,
            config.num_layers,
            config.feed_forward_dim,
            config.dropout,
            batch_first=True,
            norm_first=config.norm == "pre",
            dtype=ours.decoder.fc_out.weight.dtype,
        )
    if config.norm == "post":  # the 2017 paper has no further norm at the end; nn.Transformer adds one
        peer.encoder.norm = peer.decoder.norm = None
    copy_pairs(transformer_pairs(ours, peer))
    return peer.train(ours.training)


Pairs = list[tuple[list[nn.Parameter], nn.Parameter]]
"""Our weights (to be laid on top of each other) and the one of PyTorch's that they correspond to."""


def copy_pairs(pairs: Pairs) -> None:
    for ours, theirs in pairs:
        theirs.data.copy_(torch.cat([weight.data for weight in ours]))


def attention_pairs(ours: MultiHeadAttention, peer: nn.MultiheadAttention) -> Pairs:
    projections = (ours.fc_q, ours.fc_k, ours.fc_v)
    return [
        ([linear.weight for linear in projections], peer.in_proj_weight),
        ([linear.bias for linear in projections], peer.in_proj_bias),
        *module_pairs(ours.fc_out, peer.out_proj),
    ]


def module_pairs(ours: nn.Module, peer: nn.Module) -> Pairs:
    """Weight and bias of two linears or two norms."""
    return [([ours.weight], peer.weight), ([ours.bias], peer.bias)]


def block_pairs(block: nn.Module, attention: nn.Module, norms: tuple[nn.Module, nn.Module], peer) -> Pairs:
    return [
        *attention_pairs(block.attention, attention),
        *module_pairs(block.norm1, norms[0]),
        *module_pairs(block.norm2, norms[1]),
        *module_pairs(block.feed_forward[0], peer.linear1),
        *module_pairs(block.feed_forward[3], peer.linear2),
    ]


def transformer_pairs(ours: Transformer, peer: nn.Transformer) -> Pairs:
    pairs: Pairs = []
    for block, theirs in zip(ours.encoder.layers, peer.encoder.layers, strict=True):
        pairs += block_pairs(block, theirs.self_attn, (theirs.norm1, theirs.norm2), theirs)
    for block, theirs in zip(ours.decoder.layers, peer.decoder.layers, strict=True):
        pairs += attention_pairs(block.attention, theirs.self_attn)
        pairs += module_pairs(block.norm, theirs.norm1)
        norms = (theirs.norm2, theirs.norm3)
        pairs += block_pairs(block.transformer_block, theirs.multihead_attn, norms, theirs)
    if ours.config.norm == "pre":
        pairs += module_pairs(ours.encoder.norm, peer.encoder.norm)
        pairs += module_pairs(ours.decoder.norm, peer.decoder.norm)
    return pairs


def assert_same_gradients(pairs: Pairs, tolerance: float) -> None:
    """The gradient of every weight, ours beside PyTorch's."""
    for ours, theirs in pairs:
        gradient = torch.cat([weight.grad for weight in ours])
        assert gradient.abs().max() > 0
        torch.testing.assert_close(gradient, theirs.grad, atol=tolerance, rtol=0)
