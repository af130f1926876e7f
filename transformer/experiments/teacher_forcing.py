"""Teacher forcing: what the model predicts at every position, given the right tokens before it.

In training the decoder reads `trg_input` = [SOS, y1, y2, ...] and must predict `trg_target` =
[y1, y2, ..., EOS], all positions in one pass. Other tokens can be fed instead, to see the effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from transformer.decoding.ties import probabilities
from transformer.model.masks import causal_mask, padding_mask
from transformer.model.trace import Trace
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import PAD
from transformer.tasks import Batch


@dataclass(frozen=True)
class TeacherForced:
    """One pass over a batch, with a prediction and a loss at each position."""

    trg_input: Tensor
    """The decoder's input: [B, L]."""
    trg_target: Tensor
    """The tokens to predict: [B, L]."""
    logits: Tensor
    """[B, L, V]."""
    pad_idx: int = PAD
    """The padding id of the targets."""

    @property
    def probabilities(self) -> Tensor:
        """softmax(logits): [B, L, V]; infinite logits share the whole probability."""
        return probabilities(self.logits)

    @property
    def predicted(self) -> Tensor:
        """The most probable token at each position: [B, L]."""
        return self.logits.argmax(dim=-1)

    @property
    def real(self) -> Tensor:
        """Which targets are real tokens, not PAD: [B, L], bool."""
        return self.trg_target != self.pad_idx

    @property
    def losses(self) -> Tensor:
        """-ln p(target) at each position, in nats, 0 where the target is PAD: [B, L]."""
        by_position = F.cross_entropy(
            self.logits.mT, self.trg_target, ignore_index=self.pad_idx, reduction="none"
        )
        return by_position.masked_fill(~self.real, 0.0)

    @property
    def loss(self) -> float:
        """The mean over real tokens: the loss that training minimises."""
        return float(self.losses.sum() / self.real.sum())


@torch.inference_mode()
def teacher_forced(
    model: Transformer, batch: Batch, fed: Mapping[int, int] | None = None, *, trace: Trace | None = None
) -> TeacherForced:
    """One pass over a batch as in training, optionally with other tokens in the decoder's input.

    `fed` maps positions of `trg_input` to tokens, for every row; targets stay the same. The pass fills
    `trace`.
    """
    trg_input = batch.trg_input.clone()
    for position, token in (fed or {}).items():
        trg_input[:, position] = token
    logits = model(batch.src, trg_input, trace=trace)
    return TeacherForced(trg_input, batch.trg_target, logits, model.config.trg_pad_idx)


def strictly_causal_mask(length: int) -> Tensor:
    """True below the diagonal, [1, 1, L, L]: position i may attend to positions 0..i-1, not to itself."""
    return causal_mask(length) & ~torch.eye(length, dtype=torch.bool)


@dataclass(frozen=True)
class Unshifted:
    """The result of a pass without the shift, where the decoder reads `trg_target` itself."""

    forced: TeacherForced
    """The pass, in which position i reads the token that it must predict."""
    leak: Tensor
    """The largest change of the logits at position i if only the token at i is replaced: [B, L], 0 for
    PADs."""


@torch.inference_mode()
def unshifted(model: Transformer, batch: Batch) -> Unshifted:
    """Show that a mask cannot replace the shift: feed the target unshifted, with a strictly causal mask.

    The mask hides a token only as *key*. It is still the query of its position, and the residual sum carries
    it past every attention, so the logits at position i depend on the answer at i whatever the mask.
    """
    target, pad = batch.trg_target, model.config.trg_pad_idx
    mask = strictly_causal_mask(target.size(1)) & padding_mask(target, pad)
    forced = TeacherForced(target, target, model(batch.src, target, trg_mask=mask), pad)
    leak = torch.zeros(target.shape)
    for position in range(target.size(1)):
        other = target.clone()
        other[:, position] = _another(other[:, position], model.config.trg_vocab_size, pad)
        logits = model(batch.src, other, trg_mask=mask)
        leak[:, position] = (logits - forced.logits)[:, position].abs().amax(dim=-1)
    return Unshifted(forced, leak.masked_fill(target == pad, 0.0))


def _another(tokens: Tensor, vocab_size: int, pad_idx: int) -> Tensor:
    """For each token, another one that is not padding (the same one if the vocabulary has no other)."""
    following = (tokens + 1) % vocab_size
    return torch.where(following == pad_idx, (following + 1) % vocab_size, following)
