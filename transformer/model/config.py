"""The configuration of a Transformer: one frozen dataclass that every module receives."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from transformer.checks import one_of, token_id, true_or_false, unknown_names, whole_from_1
from transformer.errors import InputError, brief

Positions = Literal["sinusoidal", "learned", "rotary", "alibi", "none"]
NormPlace = Literal["post", "pre"]
Mistake = Literal["none", "no_causal_mask", "no_padding_mask", "tiny_fill", "inverted_mask"]


@dataclass(frozen=True, kw_only=True)
class TransformerConfig:
    """Sizes and choices of an encoder-decoder Transformer (Vaswani et al. 2017, section 3).

    Raises `InputError` (a `ValueError`) for impossible values.
    """

    src_vocab_size: int = 13
    trg_vocab_size: int = 13
    embed_dim: int = 64
    """D: how many numbers stand for one token."""
    num_layers: int = 3
    """Number of blocks in the encoder, and in the decoder."""
    heads: int = 4
    """H: attention heads per layer, each `embed_dim / heads` wide."""
    feed_forward_dim: int = 256
    """Width of the hidden layer of each block's feed-forward network."""
    dropout: float = 0.0
    """Share of values set to zero while training, 0 for none."""
    max_len: int = 512
    """The longest source or target the model accepts, in tokens."""
    src_pad_idx: int = 0
    trg_pad_idx: int = 0
    norm: NormPlace = "post"
    """LayerNorm after each residual sum (`post`, the 2017 paper) or before each sub-layer (`pre`)."""
    positions: Positions = "sinusoidal"
    """Encodings added to the embeddings (`sinusoidal`, `learned`), or a change to the queries and keys
    (`rotary`) or to the scores (`alibi`) of self-attention."""
    scale_embeddings: bool = False
    """Multiply embeddings by sqrt(D), as in section 3.4 of the paper."""
    mistake: Mistake = "none"
    """A deliberate mistake, to show its effect: see `transformer/model/faulty_models.py`."""

    def __post_init__(self) -> None:
        """Raise `InputError` for impossible values; the message names values that would work."""
        sizes = ("embed_dim", "num_layers", "heads", "feed_forward_dim", "max_len")
        for name in ("src_vocab_size", "trg_vocab_size", *sizes):
            whole_from_1(name, getattr(self, name))
        if self.embed_dim % self.heads:
            below = max(self.embed_dim // self.heads, 1) * self.heads
            raise InputError(
                "embed_dim = {embed_dim} cannot be shared equally by {heads} heads; "
                "embed_dim = {below} or {above} would do.",
                embed_dim=brief(self.embed_dim),
                heads=brief(self.heads),
                below=brief(below),
                above=brief(below + self.heads),
            )
        if (
            not isinstance(self.dropout, int | float)
            or isinstance(self.dropout, bool)
            or not 0 <= self.dropout < 1
        ):
            raise InputError(
                "dropout = {value} must be at least 0 and less than 1.", value=brief(self.dropout)
            )
        one_of("norm", self.norm, get_args(NormPlace))
        one_of("positions", self.positions, get_args(Positions))
        if self.positions == "rotary" and self.head_dim % 2:
            raise InputError(
                "Rotary positions turn pairs of numbers, so each head needs an even number of them, not "
                "{head_dim}; with {heads} heads, embed_dim = {above} would do.",
                head_dim=brief(self.head_dim),
                heads=brief(self.heads),
                above=brief((self.head_dim + 1) * self.heads),
            )
        one_of("mistake", self.mistake, get_args(Mistake))
        true_or_false("scale_embeddings", self.scale_embeddings)
        token_id("src_pad_idx", self.src_pad_idx, self.src_vocab_size)
        token_id("trg_pad_idx", self.trg_pad_idx, self.trg_vocab_size)

    @property
    def head_dim(self) -> int:
        """Dh: the width of one head."""
        return self.embed_dim // self.heads

    @property
    def adds_codes(self) -> bool:
        """Whether positions are encodings that are added to the embeddings."""
        return self.positions in ("sinusoidal", "learned")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "TransformerConfig":
        """The config that `to_dict` wrote. Raises `InputError` for unknown names or impossible values."""
        if names := unknown_names(values, cls):
            raise InputError("The model's configuration has unknown entries: {names}.", names=names)
        return cls(**values)
