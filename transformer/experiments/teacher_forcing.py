"""Teacher forcing: what the model predicts at every position when it is given the tokens before it.

In training the decoder reads `trg_input` = [SOS, y1, y2, ...] and is asked for `trg_target` =
[y1, y2, ..., EOS], all positions in one pass. Any tokens can be fed instead of the right ones, to see what
follows.
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
    """What the decoder read: [B, L]."""
    trg_target: Tensor
    """What it was asked for: [B, L]."""
    logits: Tensor
    """[B, L, V]."""
    pad_idx: int = PAD
    """What fills up the targets."""

    @property
    def probabilities(self) -> Tensor:
        """softmax(logits): [B, L, V]; infinite logits share the whole of it."""
        return probabilities(self.logits)

    @property
    def predicted(self) -> Tensor:
        """The most probable token at each position: [B, L]."""
        return self.logits.argmax(dim=-1)

    @property
    def real(self) -> Tensor:
        """Where there is a token to be learned: [B, L], bool. PAD targets count for nothing."""
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
    """One pass over a batch as training makes it, in every row with the tokens `fed` at these positions.

    `fed` maps positions of `trg_input` to tokens; targets stay as they are. A `trace` is filled on the way.
    """
    trg_input = batch.trg_input.clone()
    for position, token in (fed or {}).items():
        trg_input[:, position] = token
    logits = model(batch.src, trg_input, trace=trace)
    return TeacherForced(trg_input, batch.trg_target, logits, model.config.trg_pad_idx)


def strictly_causal_mask(length: int) -> Tensor:
    """True below the diagonal: position i sees positions 0..i-1, not itself: [1, 1, L, L]."""
    return causal_mask(length) & ~torch.eye(length, dtype=torch.bool)


@dataclass(frozen=True)
class Unshifted:
    """What becomes of training without the shift, when `trg_target` itself is fed."""

    forced: TeacherForced
    """The pass in which position i reads the token it is asked for."""
    leak: Tensor
    """How far the logits at position i move if only the token at i is exchanged: [B, L], 0 for PADs."""


@torch.inference_mode()
def unshifted(model: Transformer, batch: Batch) -> Unshifted:
    """Can a mask do the work of the shift? Feed the target unshifted, and let no position see its own token.

    The mask hides a token as *key*. The position still has its own token as query, and the residual sum
    carries it past every attention: the logits at position i depend on the answer at i, whatever the mask.
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
    """For each token another one of the vocabulary, never padding (of two words, one PAD, there is none)."""
    following = (tokens + 1) % vocab_size
    return torch.where(following == pad_idx, (following + 1) % vocab_size, following)
