"""The model's topology: the name of each tensor in a `Trace`, and how the parts of a block are connected.

A place is the name of a tensor, after the part that computes it: `decoder.0.cross_attention.weights`. A block
is a chain of sublayers (attentions, then a feed-forward network), each with a residual sum and a LayerNorm.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from transformer.errors import InputError, brief
from transformer.model.config import TransformerConfig

StackName = Literal["encoder", "decoder"]
TokenSide = Literal["source", "target"]
STACKS: tuple[StackName, ...] = ("encoder", "decoder")
SIDES: dict[StackName, TokenSide] = {"encoder": "source", "decoder": "target"}
"""Which tokens each stack reads."""


class Attention(StrEnum):
    """One of the three attentions. The value is its code in links; `Attention(...)` also accepts a `path`."""

    ENCODER = "encoder"
    SELF = "self"
    CROSS = "cross"

    @classmethod
    def _missing_(cls, value: object) -> "Attention | None":
        return next((attention for attention in cls if attention.path == value), None)

    def __repr__(self) -> str:
        """The value as a string literal, for code that is shown to the user."""
        return repr(self.value)

    @property
    def stack(self) -> StackName:
        """The stack that it belongs to."""
        return "encoder" if self is Attention.ENCODER else "decoder"

    @property
    def path(self) -> str:
        """Stack and kind, such as `decoder.cross`: its name in snapshots and in links to a panel."""
        return f"{self.stack}.{'cross' if self is Attention.CROSS else 'self'}"

    @property
    def queries(self) -> TokenSide:
        """Which tokens the queries (rows) come from."""
        return "source" if self is Attention.ENCODER else "target"

    @property
    def keys(self) -> TokenSide:
        """Which tokens the keys (columns) come from."""
        return "target" if self is Attention.SELF else "source"

    def place(self, layer: int) -> str:
        """Its place in a trace: `decoder.0.cross_attention`."""
        stack, kind = self.path.split(".")
        return f"{stack}.{layer}.{kind}_attention"

    @classmethod
    def at(cls, place: str) -> tuple["Attention", int]:
        """The attention at `place`, and its layer. Raises `ValueError` for other parts."""
        stack, layer, kind = place.split(".")
        return cls(f"{stack}.{kind.removesuffix('_attention')}"), int(layer)


@dataclass(frozen=True)
class Sublayer:
    """A part of a block with its residual sum and norm: their places in a trace, and their module paths.

    Post-norm: `entered` -> part -> sum -> norm. Pre-norm: `entered` -> norm -> part -> sum.
    """

    part: str
    """The place of the attention or feed-forward network: `decoder.0.cross_attention`."""
    entered: str
    """The input, which the residual connection adds to the part's output: [B, L, D]."""
    total: str
    """The residual sum."""
    normed: str
    """The output of the norm."""
    module: str
    """The path of the part's module: `decoder.layers.0.transformer_block.attention`."""
    norm_module: str
    is_pre_norm: bool

    @property
    def side(self) -> TokenSide:
        """Which tokens pass through it."""
        return SIDES[_stack_of(self.part)]

    @property
    def given(self) -> str:
        """The input of the part itself (for an attention, of its queries)."""
        return self.normed if self.is_pre_norm else self.entered

    @property
    def gave(self) -> str:
        """The output of the part, which is added to `entered`."""
        return self.part if self.part.endswith(".feed_forward") else f"{self.part}.output"

    @property
    def norm_given(self) -> str:
        """The input of the norm."""
        return self.entered if self.is_pre_norm else self.total

    @property
    def hands_on(self) -> str:
        """The output, which the next sublayer or block reads."""
        return self.total if self.is_pre_norm else self.normed


_WIRING: dict[StackName, tuple[tuple[str, str, str], ...]] = {
    "encoder": (("self_attention", "", "norm1"), ("feed_forward", "", "norm2")),
    "decoder": (
        ("self_attention", "", "norm"),
        ("cross_attention", ".transformer_block", "norm1"),
        ("feed_forward", ".transformer_block", "norm2"),
    ),
}
"""A block's sublayers in order: the part, the submodule of the block that holds it, and the norm's name."""


def sublayers(config: TransformerConfig, stack: StackName, layer: int) -> tuple[Sublayer, ...]:
    """The sublayers of one block, in the order of the forward pass."""
    chain: list[Sublayer] = []
    here, entered = f"{stack}.{layer}", block_input(config, stack, layer)
    for part, inner, norm in _WIRING[stack]:
        block = f"{stack}.layers.{layer}{inner}"
        module = "attention" if part.endswith("_attention") else part
        chain.append(
            Sublayer(
                part=f"{here}.{part}",
                entered=entered,
                total=f"{here}.{norm.replace('norm', 'residual')}",
                normed=f"{here}.{norm}",
                module=f"{block}.{module}",
                norm_module=f"{block}.{norm}",
                is_pre_norm=config.norm == "pre",
            )
        )
        entered = chain[-1].hands_on
    return tuple(chain)


def sublayer(config: TransformerConfig, place: str) -> Sublayer:
    """The sublayer that a part, a sum or a norm belongs to. Raises `KeyError` where there is none."""
    layer = place.split(".")[1]
    for one in sublayers(config, _stack_of(place), int(layer)):
        if place in (one.part, one.total, one.normed):
            return one
    raise KeyError(place)


def _stack_of(place: str) -> StackName:
    return "encoder" if place.startswith("encoder.") else "decoder"


def block_input(config: TransformerConfig, stack: StackName, layer: int) -> str:
    """The place of a block's input: [B, L, D]."""
    return block_output(config, stack, layer - 1) if layer else f"{stack}.input"


def block_output(config: TransformerConfig, stack: StackName, layer: int) -> str:
    """The place of a block's output: [B, L, D]."""
    return f"{stack}.{layer}.{'residual2' if config.norm == 'pre' else 'norm2'}"


@lru_cache(maxsize=100)
def places(config: TransformerConfig) -> tuple[str, ...]:
    """Every place of a traced forward pass, in the order in which the tensors are computed."""
    found: list[str] = []
    for stack in STACKS:
        found += [f"{stack}.embedding", f"{stack}.position", f"{stack}.input"]
        for layer in range(config.num_layers):
            for one in sublayers(config, stack, layer):
                found += _of_sublayer(config, one)
        found.append(f"{stack}.output")
    return (*found, "decoder.logits")


def _of_sublayer(config: TransformerConfig, one: Sublayer) -> list[str]:
    if one.part.endswith(".feed_forward"):
        inside = [one.part]
    else:
        inside = [f"{one.part}.{step}" for step in _attention_steps(config, one.part)]
    return [one.normed, *inside, one.total] if one.is_pre_norm else [*inside, one.total, one.normed]


def _attention_steps(config: TransformerConfig, part: str) -> list[str]:
    positions = "none" if part.endswith(".cross_attention") else config.positions
    turned = ["unrotated_query", "unrotated_key"] if positions == "rotary" else []
    bias = ["bias"] if positions == "alibi" else []
    steps = [
        "query",
        "key",
        "value",
        *bias,
        "energy",
        "mask",
        "masked_energy",
        "weights",
        "context",
        "output",
    ]
    return turned + steps


def check_places(names: Iterable[str], config: TransformerConfig) -> None:
    """Raise `InputError`, which suggests the nearest name, if a name is not a place of this model."""
    known = places(config)
    for name in names:
        if name not in known:
            nearest = get_close_matches(name, known, n=1, cutoff=0.0)[0]
            raise InputError(
                "This model has no place called {name}. The nearest name is {nearest}.",
                name=brief(name),
                nearest=nearest,
            )
