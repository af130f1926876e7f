"""BatchNorm where a Transformer has LayerNorm: in training, mean and variance are the batch's.

https://github.com/huggingface/transformers/issues/2401 (answers that depend on the batch)
"""

from torch import Tensor, nn

from tests.probe.models.parts import VOCAB, D, Decoder
from transformer.probe import Subject, decoder_only

FOUND = {"batch neighbour": "norm"}


class Normed(Decoder):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(D)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.norm(self.embed(tokens).transpose(1, 2)).transpose(1, 2))


def make() -> Subject:
    return decoder_only(Normed(), VOCAB)
