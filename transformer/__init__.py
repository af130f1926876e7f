"""A from-scratch encoder-decoder Transformer that keeps nothing hidden.

Shape letters, used in every docstring and comment of the project:

    B   batch: how many sequences at once
    S   length of the source (and of any keys and values)
    L   length of the target (and of any queries)
    D   embed_dim: how many numbers stand for one token
    H   heads
    Dh  head_dim = D / H
    V   vocabulary size

In every mask **True means "may attend"**.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformer.decoding.beam import Beam
    from transformer.decoding.sampling import Sampling
    from transformer.decoding.stepper import CachedDecoder
    from transformer.errors import InputError
    from transformer.learning.checkpoint import (
        Checkpoint,
        load_checkpoint,
        save_checkpoint,
        shipped_checkpoint,
    )
    from transformer.model.attention import MultiHeadAttention
    from transformer.model.config import TransformerConfig
    from transformer.model.faulty_models import build_model
    from transformer.model.positional import PositionalEncoding
    from transformer.model.trace import Trace
    from transformer.model.transformer import Decoder, DecoderBlock, Encoder, Transformer, TransformerBlock
    from transformer.model.vocabulary import EOS, PAD, SOS, Vocabulary
    from transformer.saved_page import save_html
    from transformer.tasks import TASKS, Task, generate_batch, generate_patterned_sequence

__all__ = [
    "EOS",
    "PAD",
    "SOS",
    "TASKS",
    "Beam",
    "CachedDecoder",
    "Checkpoint",
    "Decoder",
    "DecoderBlock",
    "Encoder",
    "InputError",
    "MultiHeadAttention",
    "PositionalEncoding",
    "Sampling",
    "Task",
    "Trace",
    "Transformer",
    "TransformerBlock",
    "TransformerConfig",
    "Vocabulary",
    "build_model",
    "generate_batch",
    "generate_patterned_sequence",
    "load_checkpoint",
    "save_checkpoint",
    "save_html",
    "shipped_checkpoint",
]

_HOMES = {
    "decoding.beam": "Beam",
    "decoding.sampling": "Sampling",
    "decoding.stepper": "CachedDecoder",
    "errors": "InputError",
    "learning.checkpoint": "Checkpoint load_checkpoint save_checkpoint shipped_checkpoint",
    "model.attention": "MultiHeadAttention",
    "model.config": "TransformerConfig",
    "model.faulty_models": "build_model",
    "model.positional": "PositionalEncoding",
    "model.trace": "Trace",
    "model.transformer": "Decoder DecoderBlock Encoder Transformer TransformerBlock",
    "model.vocabulary": "EOS PAD SOS Vocabulary",
    "saved_page": "save_html",
    "tasks": "TASKS Task generate_batch generate_patterned_sequence",
}
"""The module of each public name: names load lazily, so importing only limits or errors loads no model."""


def __getattr__(name: str) -> object:
    """Import a public name at its first use."""
    for module, names in _HOMES.items():
        if name in names.split():
            globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
