"""The mean over a sentence counts its PADs.

https://github.com/huggingface/sentence-transformers/issues/230, https://github.com/jsboige/CoursIA/issues/15045
"""

from torch import Tensor

from tests.probe.models.parts import PAD, VOCAB, Encoder
from transformer.probe import Subject, encoder

FOUND = {"pad length": "logits", "batch neighbour": "logits"}


class Pooled(Encoder):
    def forward(self, tokens: Tensor) -> Tensor:
        return super().forward(tokens).mean(dim=1)


def make() -> Subject:
    return encoder(Pooled(), VOCAB, PAD)
