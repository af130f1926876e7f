"""Which attention of which layer, and where its inputs come from."""

from dataclasses import dataclass

from transformer.model.config import TransformerConfig
from transformer.model.places import Attention, TokenSide, sublayer
from ui.frames.inside.notebook import module, traced


@dataclass(frozen=True)
class Place:
    """Which attention of which layer, and where its inputs come from."""

    name: str
    """In the trace: `encoder.0.self_attention`."""
    module: str
    """The `MultiHeadAttention` as an expression."""
    query: str
    """The input of the queries, [B, L, D], as an expression."""
    memory: str
    """The input of keys and values, [B, S, D], as an expression."""
    rows: TokenSide
    columns: TokenSide


def place(config: TransformerConfig, name: str) -> Place:
    """The attention that a trace calls `name`."""
    attention, _ = Attention.at(name)
    own = sublayer(config, name)
    query = traced(own.given)
    memory = traced("encoder.output") if attention is Attention.CROSS else query
    return Place(name, module(own.module), query, memory, attention.queries, attention.keys)
