"""Common mistakes, each a class that differs from the correct one in exactly one place.

Each runs without an error and looks plausible. `TransformerConfig.mistake` names the mistake, so it is saved
with a checkpoint; `build_model` builds the model that a configuration describes."""

from torch import Tensor

from transformer.model.attention import MultiHeadAttention
from transformer.model.config import Mistake, TransformerConfig
from transformer.model.masks import causal_mask, padding_mask
from transformer.model.transformer import Transformer


class NoCausalMask(Transformer):
    """The decoder can look ahead: in training, the token it must predict is its input one position later."""

    is_causal = False

    def make_trg_mask(self, trg: Tensor) -> Tensor:
        """[B, L] -> [B, 1, 1, L]: every position may attend to all real target tokens, later ones too."""
        return padding_mask(trg, self.config.trg_pad_idx)


class NoPaddingMask(Transformer):
    """PAD is treated as a word, so the output depends on how much padding the batch happens to have."""

    def make_src_mask(self, src: Tensor) -> Tensor:
        """[B, S] -> [1, 1, 1, S]: every query may attend to all keys, including PAD."""
        return src.new_ones(1, 1, 1, src.size(1)).bool()

    def make_trg_mask(self, trg: Tensor) -> Tensor:
        """[B, L] -> [1, 1, L, L]: position i may attend to 0..i, including PAD."""
        return causal_mask(trg.size(1), trg.device)


class InvertedMask(Transformer):
    """Masks with inverted polarity, True = masked out, as `nn.MultiheadAttention` expects them."""

    is_causal = False

    def make_src_mask(self, src: Tensor) -> Tensor:
        """[B, S] -> [B, 1, 1, S]: every query may attend to PAD only."""
        return ~super().make_src_mask(src)

    def make_trg_mask(self, trg: Tensor) -> Tensor:
        """[B, L] -> [B, 1, L, L]: position i may attend to later positions, and to PAD."""
        return ~super().make_trg_mask(trg)


class TinyFillAttention(MultiHeadAttention):
    """Masked scores become 1e-20, a tiny positive number, instead of -1e20, a huge negative one."""

    def fill(self, energy: Tensor, mask: Tensor) -> Tensor:
        """Masked scores [B, H, L, S] become nearly 0, an average score: softmax gives an average weight."""
        return energy.masked_fill(~mask, 1e-20)

    def fused(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, bias: Tensor | None) -> Tensor:
        """Step by step too: the fused kernel can fill only with -inf."""
        return self.step_by_step(q, k, v, mask, bias, None)


class TinyFill(Transformer):
    """All attentions fill masked scores with 1e-20."""

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
    """The model that a configuration describes, including its mistake, with newly drawn weights."""
    return MODELS[config.mistake](config)
