"""Each expert takes the tokens that it scores highest, among all of the batch, later ones too.

Expert-choice routing (Zhou et al. 2022) in a decoder.
"""

import torch
from torch import Tensor, nn

from tests.probe.models.parts import VOCAB, Block, D, Decoder
from transformer.probe import Subject, decoder_only

FOUND = {"future": "layers.0.feed_forward", "batch neighbour": "layers.0.feed_forward"}


class Expert(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.router, self.expert = nn.Linear(D, 1), nn.Linear(D, D)

    def forward(self, x: Tensor) -> Tensor:
        flat = x.reshape(-1, D)
        chosen = self.router(flat)[:, 0].topk(len(flat) // 3).indices
        return torch.zeros_like(flat).index_copy(0, chosen, self.expert(flat[chosen])).view_as(x)


class Routed(Block):
    def __init__(self) -> None:
        super().__init__()
        self.feed_forward = Expert()


class Mixture(Decoder):
    block_class = Routed


def make() -> Subject:
    return decoder_only(Mixture(), VOCAB)
