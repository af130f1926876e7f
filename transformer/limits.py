"""How large things may get, in one place. Whatever is refused for its size, the message says the limit."""

MAX_CHECKPOINT_BYTES = 64 * 2**20
"""A checkpoint file."""

MAX_HEADER_BYTES = 2**20
"""The part of a checkpoint that describes its tensors."""

MAX_SIZES = {
    "src_vocab_size": 4096,
    "trg_vocab_size": 4096,
    "embed_dim": 1024,
    "num_layers": 24,
    "heads": 64,
    "feed_forward_dim": 4096,
    "max_len": 4096,
}
"""A model that comes from a file. In a program, `TransformerConfig` may be as large as memory allows."""

MAX_SOURCE_TOKENS = 64
"""A source that a user types, SOS and EOS not counted."""
