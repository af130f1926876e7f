"""`attention_mask` is taken and not used: every PAD is a word.

https://github.com/triton-inference-server/fastertransformer_backend/issues/53
"""

import torch
from torch import Tensor

from tests.probe.models.parts import PAD, VOCAB, Stack
from transformer.probe import Subject, hugging_face

FOUND = {"pad content": "layers.0.attention", "pad length": "layers.0.attention"}


class Ignored(Stack):
    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return self.run(input_ids, torch.ones(1, dtype=torch.bool))


def make() -> Subject:
    return hugging_face(Ignored(), VOCAB, PAD, kind="encoder")
