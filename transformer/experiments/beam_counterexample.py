"""A hand-made model that misleads a narrow beam; its next token depends only on the last one."""

from collections.abc import Mapping

import torch
from torch import Tensor

from transformer.model.config import TransformerConfig
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import EOS, SOS

A, B, X, Y, LOST = 3, 4, 5, 6, 7
LABELS = ("PAD", "SOS", "EOS", "A", "B", "X", "Y", "LOST")

ASTRAY: Mapping[int, Mapping[int, float]] = {
    SOS: {A: 0.4, B: 0.36, X: 0.24},
    A: {EOS: 0.42, X: 0.29, Y: 0.29},  # A EOS: 0.168, greedy's answer
    B: {X: 0.5, Y: 0.5},  # 0.18 each: these two push the continuations of A out of a beam of width 2
    X: {LOST: 0.52, A: 0.48},
    Y: {LOST: 0.52, A: 0.48},
    LOST: {EOS: 1.0},  # B X LOST EOS: 0.0936
}
"""The probability of the next token given the last."""


def markov_model(following: Mapping[int, Mapping[int, float]]) -> Transformer:
    """A model of eight tokens with these next-token probabilities, independent of source and position."""
    size = len(LABELS)
    config = TransformerConfig(
        src_vocab_size=size, trg_vocab_size=size, embed_dim=16, num_layers=1, heads=1,
        feed_forward_dim=16, max_len=32, positions="none",
    )  # fmt: skip
    wanted = torch.full((size, size), 1e-6)
    for last, probabilities in following.items():
        for token, probability in probabilities.items():
            wanted[last, token] = probability
    model = Transformer(config).eval()
    states: list[Tensor] = []
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1 or name.endswith("bias"):
                weight.zero_()  # attention and feed-forward add nothing, so only the embedding remains
        model.decoder.embed.weight[:, :size] = torch.eye(size)
        hook = model.decoder.fc_out.register_forward_pre_hook(lambda _, inputs: states.append(inputs[0]))
        model(torch.tensor([[SOS]]).expand(size, -1), torch.arange(size)[:, None],
              trg_mask=torch.ones(1, 1, 1, 1, dtype=torch.bool))  # fmt: skip
        hook.remove()
        model.decoder.fc_out.weight.copy_((torch.linalg.pinv(states[0][:, 0]) @ wanted.log()).T)
        model.decoder.fc_out.bias.zero_()
    return model
