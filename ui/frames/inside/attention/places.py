"""Which attention of which layer, and where its inputs come from."""

from dataclasses import dataclass

from ui.frames.inside.notebook import Side


@dataclass(frozen=True)
class Place:
    """Which attention of which layer, and where its inputs come from."""

    name: str
    """In the trace: `encoder.0.self_attention`."""
    module: str
    """The `MultiHeadAttention` as an expression."""
    query: str
    """What asks, [B, L, D], as an expression."""
    memory: str
    """What is asked, [B, S, D]."""
    rows: Side
    columns: Side


def place(stack: str, kind: str, layer: int, pre_norm: bool) -> Place:
    """`kind` is `self_attention` or `cross_attention`."""
    name, block = f"{stack}.{layer}", f"model.{stack}.layers[{layer}]"
    if kind == "cross_attention":
        query = f'trace["{name}.norm1"]' if pre_norm else f'trace["{name}.norm"]'
        module = f"{block}.transformer_block.attention"
        return Place(f"{name}.{kind}", module, query, 'trace["encoder.output"]', "target", "source")
    side: Side = "source" if stack == "encoder" else "target"
    norm = "norm1" if stack == "encoder" else "norm"
    query = f'trace["{name}.{norm}"]' if pre_norm else block_input(stack, layer, pre_norm)
    return Place(f"{name}.{kind}", f"{block}.attention", query, query, side, side)


def block_input(stack: str, layer: int, pre_norm: bool) -> str:
    """What enters a layer, as an expression."""
    if layer == 0:
        return f'trace["{stack}.input"]'
    return f'trace["{stack}.{layer - 1}.{"residual2" if pre_norm else "norm2"}"]'
