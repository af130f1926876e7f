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

from transformer.attention import MultiHeadAttention
from transformer.cache import CachedDecoder
from transformer.checkpoint import Checkpoint, load_checkpoint, save_checkpoint, shipped_checkpoint
from transformer.config import TransformerConfig
from transformer.errors import InputError
from transformer.mistakes import build_model
from transformer.model import Decoder, DecoderBlock, Encoder, Transformer, TransformerBlock
from transformer.positional import PositionalEncoding
from transformer.tasks import TASKS, Task, generate_batch, generate_patterned_sequence
from transformer.trace import Trace
from transformer.vocabulary import EOS, PAD, SOS, Vocabulary

__all__ = [
    "EOS",
    "PAD",
    "SOS",
    "TASKS",
    "CachedDecoder",
    "Checkpoint",
    "Decoder",
    "DecoderBlock",
    "Encoder",
    "InputError",
    "MultiHeadAttention",
    "PositionalEncoding",
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
    "shipped_checkpoint",
]
