"""Mistakes worth making once: each a class that differs from the right one in exactly one place.

Every one of them runs without an error and looks plausible. `TransformerConfig.mistake` names the mistake,
so that it travels with a checkpoint, and `build_model` makes the model of a configuration."""

from torch import Tensor

from transformer.model.attention import MultiHeadAttention
from transformer.model.config import Mistake, TransformerConfig
from transformer.model.masks import causal_mask, padding_mask
from transformer.model.transformer import Transformer


class NoCausalMask(Transformer):
    """The decoder may look ahead: while training, the token it shall write stands one place further on."""

    is_causal = False

    def make_trg_mask(self, trg: Tensor) -> Tensor:
        """[B, L] -> [B, 1, 1, L]: every position may attend to all real target tokens, later ones too."""
        return padding_mask(trg, self.config.trg_pad_idx)


class NoPaddingMask(Transformer):
    """PAD is treated as a word: what is read then depends on how far a batch happens to be filled up."""

    def make_src_mask(self, src: Tensor) -> Tensor:
        """[B, S] -> [1, 1, 1, S]: all keys, PAD among them."""
        return src.new_ones(1, 1, 1, src.size(1)).bool()

    def make_trg_mask(self, trg: Tensor) -> Tensor:
        """[B, L] -> [1, 1, L, L]: position i may attend to 0..i, PAD among them."""
        return causal_mask(trg.size(1), trg.device)


class InvertedMask(Transformer):
    """The polarity the wrong way round, as `nn.MultiheadAttention` would want it: True = masked out."""

    is_causal = False

    def make_src_mask(self, src: Tensor) -> Tensor:
        """[B, S] -> [B, 1, 1, S]: exactly the PADs may be attended to."""
        return ~super().make_src_mask(src)

    def make_trg_mask(self, trg: Tensor) -> Tensor:
        """[B, L] -> [B, 1, L, L]: position i may attend to what comes after it, and to PADs."""
        return ~super().make_trg_mask(trg)


class TinyFillAttention(MultiHeadAttention):
    """1e-20 is a tiny positive number; what was meant is -1e20, a huge negative one."""

    def fill(self, energy: Tensor, mask: Tensor) -> Tensor:
        """A forbidden score becomes as good as 0, an average score: softmax gives it an average weight."""
        return energy.masked_fill(~mask, 1e-20)

    def fused(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, bias: Tensor | None) -> Tensor:
        """Step by step, too: no fused kernel fills with anything but -inf."""
        return self.step_by_step(q, k, v, mask, bias, None)


class TinyFill(Transformer):
    """All attentions fill forbidden scores with 1e-20."""

    is_causal = False
    attention = TinyFillAttention


MODELS: dict[Mistake, type[Transformer]] = {
    "none": Transformer,
    "no_causal_mask": NoCausalMask,
    "no_padding_mask": NoPaddingMask,
    "tiny_fill": TinyFill,
    "inverted_mask": InvertedMask,
}


def build_model(config: TransformerConfig) -> Transformer:
    """The model that a configuration describes, its mistake included; weights as in `Transformer`."""
    return MODELS[config.mistake](config)
