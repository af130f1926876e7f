"""All size limits, in one place. An error message about a size names the limit.

Pages, fields and parsers take their limits from here; a test checks that no other module defines one.
"""

# --- files -------------------------------------------------------------------------------------------------

MAX_UPLOAD_BYTES = 16 * 2**20
"""Size of an uploaded checkpoint. One that the program writes may be as large as the disk allows."""

MEMORY_SHARE = 0.8
"""Share of the free memory that a training may take."""

MAX_TITLE = 60
"""Characters of a run's title."""

MAX_SHOWN = 60
"""Characters of a value from a file that a message shows."""

MAX_HEADER_BYTES = 2**20
"""Size of the header of an uploaded checkpoint."""

MAX_OWN_HEADER_BYTES = 100_000_000
"""The same for a local checkpoint: the limit of the safetensors library."""

MAX_SIZES = {
    "src_vocab_size": 4096,
    "trg_vocab_size": 4096,
    "embed_dim": 1024,
    "num_layers": 24,
    "heads": 64,
    "feed_forward_dim": 4096,
    "max_len": 4096,
}
"""Sizes of an uploaded model. Locally, `TransformerConfig` may be as large as memory allows."""

MAX_SOURCE_TOKENS = 64
"""Tokens of a source that a user types, not counting SOS and EOS."""

MAX_PAIRS_BYTES = 200_000
"""Size of a table of the user's own pairs. In the checkpoint's header it may take four times as much."""

MIN_PAIRS, MAX_PAIRS = 8, 5000
"""Different pairs in a table."""

MAX_PAIR_TOKENS = 40
"""Tokens of a source or a target in a table."""

MAX_PAIR_CHARACTERS = 1000
"""Characters of a source or a target, since a word may be of any length."""

MAX_PAIR_COLUMNS = 50
"""Columns of a table, of which the user chooses two."""

MAX_PAIR_VOCABULARY = 2000
"""Different tokens of a column, including the three special ones."""

MAX_IDS = 10_000_000
"""Vocabulary size of a model that is probed."""

MAX_MASK_BYTES, MAX_MASK_CELLS, MAX_MASK_TEXT = 2**20, 40_000, 20_000
"""The user's own mask: size of the file, also unpacked; its cells; characters of pasted rows."""

# --- typed text --------------------------------------------------------------------------------------------

MAX_LINE = 200
"""Characters of a field for one source, or for a shape."""

MAX_TEXT = 2000
"""Characters of a field for several sources, one per line; of a list in a URL."""

MAX_SENTENCES = 8
"""Sources that are decoded as one batch."""

MAX_SENTENCES_INSIDE = 4
"""Sources in the view that shows every tensor of the model."""

MAX_LABORATORY_TOKENS = 24
"""Tokens of a source in the mask laboratory, which sends every layer and head at once."""

MAX_WORD = 100
"""Characters of a name or a search."""

MAX_AXES, MAX_ELEMENTS, MAX_DIGITS = 6, 50_000, 6
"""A typed shape: its axes, its elements, the digits of one size."""

MAX_CELLS_TEXT, MAX_CELL_ROWS = 6000, 1000
"""Edited cells of masks in a URL: the characters, and the rows that they may name."""

MAX_ALTERATIONS = 40
"""Alterations of one forward pass."""

MAX_UNDO = 200
"""Edits of a mask that can be undone."""

MAX_COMPARED = 7
"""Runs, models or waves in one chart: more cannot be distinguished."""

# --- numbers that are chosen -------------------------------------------------------------------------------

MAX_SEED = 2**32 - 1

MAX_STEPS = 20_000
MAX_BATCH_SIZE = 1024
MAX_LEARNING_RATE = 10.0
MAX_LABEL_SMOOTHING = 0.99
MAX_GRAD_CLIP = 1000.0
MAX_WEIGHT_DECAY = 1.0
"""A training started from a page. The command line does not limit them."""

MAX_THREADS = 256
"""CPU threads on the command line; a run may resume with as many as it had on a larger machine."""

MAX_LAYERS, MAX_HEADS, MAX_EMBED_DIM, MAX_FEED_FORWARD_DIM, MAX_DROPOUT = 6, 16, 256, 1024, 0.9
"""A model trained from a page."""

MIN_TEMPERATURE, MAX_TEMPERATURE = 0.1, 3.0
MIN_TOP_P, MAX_TOP_P = 0.05, 1.0
MAX_BEAM_WIDTH, MAX_LENGTH_PENALTY = 8, 3.0
"""Decoding strategies on a page."""

MIN_RANDOM_INPUTS, MAX_RANDOM_INPUTS = 100, 500
"""Random inputs used on a page to measure a model."""

MAX_BEAM = 256
"""Beam width on the command line; each sequence has its own cache."""

MAX_MEASURED = 10_000
"""Inputs used on the command line to measure a model."""

MAX_RANDOM_TOKENS = 24
"""Tokens of random inputs that are longer than in training."""

MAX_HEADS_TRIED = 600
"""Heads that are switched off in turn; more would take too long."""

MAX_WINDOW = 24
"""Positions to either side that a sliding window allows."""

MAX_CASE_SIZE = 6
"""Size of an axis of a small made-up batch, of which every cell is shown."""

MAX_CODE_DIM, MAX_CODE_LENGTH, MAX_CODE_SHIFT = 256, 200, 50
"""A table of positional encodings, and the steps by which they are shifted."""

MAX_CODE_FACTOR, MAX_CODE_STEPS, MAX_CODE_NOISE, MAX_CODE_SEED = 4.0, 12, 2.0, 999
"""Changes to the positional encodings of a trained model."""

MAX_SHUFFLED = 18
"""Positions of a trained model that are shuffled: those of the longest digit strings in training."""

MAX_DISTANCE = 20
"""Distance between a query and a key, for rotary positions and ALiBi."""

MAX_LESSON_STEPS, MAX_LESSON_MB = 40, 1
"""Steps of a lesson, and the size of its file."""

MAX_LEVEL = 3
"""Level of an exercise."""

MAX_KEPT = 20_000
"""Characters of data that a browser stores and sends back."""

MAX_INDEX = 9999
"""A step, layer, head or token in a URL; numbers past the last one mean the last one."""

MAX_RECORDED_STEP = 10_000_000
"""A training step in a URL."""

# --- what is sent to a browser -----------------------------------------------------------------------------

MAX_STAGE_CELLS = 150_000
"""Cells of one stage of the mask laboratory, over all steps."""

MAX_ATTENTION_CELLS = 300_000
"""Cells of one run's attention over all steps; beyond that, only the newest query's row is drawn."""

MAX_SNAPSHOT_CELLS = 200_000
"""Numbers in the snapshots of a training; for a large model, fewer snapshots are shown."""

# --- streams -----------------------------------------------------------------------------------------------

MAX_STREAMS = 300
"""Event streams that a server keeps open at once."""

MAX_STREAMS_OF_BROWSER = 4
"""Event streams per browser, which has few connections per server and needs some for pages."""

MAX_TOPICS = 8
"""Topics of one event stream."""

MAX_TOPICS_TEXT = 4000
"""Characters of the topics that a browser requests."""
