"""How large things may get, in one place. Whatever is refused for its size, the message says the limit."""

MAX_CHECKPOINT_BYTES = 192 * 2**20
"""A checkpoint file."""

CHECKPOINT_BYTES_PER_PARAMETER = 12
"""What a checkpoint that can be resumed holds: the weight and the optimiser's two moments."""

MAX_UPLOAD_BYTES = 16 * 2**20
"""A checkpoint that a browser sends."""

MEMORY_SHARE = 0.8
"""Of the memory that is free, what a training may take."""

MAX_TITLE = 60
"""Characters of what a run is called."""

MAX_SHOWN = 60
"""Characters of a value from a file that a message shows."""

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

MAX_PAIRS_BYTES = 200_000
"""A table of one's own pairs. It goes into the checkpoint's header, where it may take four times as much."""

MIN_PAIRS, MAX_PAIRS = 8, 5000
"""Different pairs in a table."""

MAX_PAIR_TOKENS = 40
"""A source or a target in a table."""

MAX_PAIR_VOCABULARY = 2000
"""Different tokens of a column, the three special ones included."""
