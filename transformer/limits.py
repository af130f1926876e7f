"""How large things may get, in one place. Whatever is refused for its size, the message says the limit.

Nothing else defines one: pages, fields and parsers take theirs from here, and a test sees to it.
"""

# --- files -------------------------------------------------------------------------------------------------

MAX_UPLOAD_BYTES = 16 * 2**20
"""A checkpoint that a browser sends. One that a program writes may be as large as the disk allows."""

MEMORY_SHARE = 0.8
"""Of the memory that is free, what a training may take."""

MAX_TITLE = 60
"""Characters of what a run is called."""

MAX_SHOWN = 60
"""Characters of a value from a file that a message shows."""

MAX_HEADER_BYTES = 2**20
"""The part of a checkpoint that describes its tensors, in one that a browser sends."""

MAX_OWN_HEADER_BYTES = 100_000_000
"""The same in one that a program writes: longer ones the safetensors library does not read."""

MAX_SIZES = {
    "src_vocab_size": 4096,
    "trg_vocab_size": 4096,
    "embed_dim": 1024,
    "num_layers": 24,
    "heads": 64,
    "feed_forward_dim": 4096,
    "max_len": 4096,
}
"""A model that a browser sends. In a program, `TransformerConfig` may be as large as memory allows."""

MAX_SOURCE_TOKENS = 64
"""A source that a user types, SOS and EOS not counted."""

MAX_PAIRS_BYTES = 200_000
"""A table of one's own pairs. It goes into the checkpoint's header, where it may take four times as much."""

MIN_PAIRS, MAX_PAIRS = 8, 5000
"""Different pairs in a table."""

MAX_PAIR_TOKENS = 40
"""A source or a target in a table."""

MAX_PAIR_CHARACTERS = 1000
"""The same in characters: a word may be of any length."""

MAX_PAIR_COLUMNS = 50
"""Columns of a table among which two are chosen."""

MAX_PAIR_VOCABULARY = 2000
"""Different tokens of a column, the three special ones included."""

MAX_IDS = 10_000_000
"""Ids of a foreign model that is probed."""

MAX_MASK_BYTES, MAX_MASK_CELLS, MAX_MASK_TEXT = 2**20, 40_000, 20_000
"""A mask of one's own: the file, also unpacked; its cells; the characters of pasted rows."""

# --- typed text --------------------------------------------------------------------------------------------

MAX_LINE = 200
"""Characters of a field for one source, or for a shape."""

MAX_TEXT = 2000
"""Characters of a field for several sources, one a line; of a list in an address."""

MAX_SENTENCES = 8
"""Sources that are decoded as one batch."""

MAX_SENTENCES_INSIDE = 4
"""Sources where every tensor of the model can be looked at."""

MAX_LABORATORY_TOKENS = 24
"""A source in the mask laboratory, which sends every layer and head at once."""

MAX_WORD = 100
"""Characters of a name or a search."""

MAX_AXES, MAX_ELEMENTS, MAX_DIGITS = 6, 50_000, 6
"""Of a shape that is typed: its axes, the elements of what it makes, the digits of one size."""

MAX_CELLS_TEXT, MAX_CELL_ROWS = 6000, 1000
"""Edited cells of masks in an address: the characters, and the rows that they may name."""

MAX_ALTERATIONS = 40
"""Alterations of one running model."""

MAX_UNDO = 200
"""Edits of a mask that can be taken back."""

MAX_COMPARED = 7
"""Runs, models or waves in one chart: more cannot be told apart."""

# --- numbers that are chosen -------------------------------------------------------------------------------

MAX_SEED = 2**32 - 1

MAX_STEPS = 20_000
MAX_BATCH_SIZE = 1024
MAX_LEARNING_RATE = 10.0
MAX_LABEL_SMOOTHING = 0.99
MAX_GRAD_CLIP = 1000.0
MAX_WEIGHT_DECAY = 1.0
"""A training that a page starts. In a program nothing limits them."""

MAX_THREADS = 256
"""CPU threads of a program; a run may go on with as many as it was begun with on a larger machine."""

MAX_LAYERS, MAX_HEADS, MAX_EMBED_DIM, MAX_FEED_FORWARD_DIM, MAX_DROPOUT = 6, 16, 256, 1024, 0.9
"""A model that a page trains."""

MIN_TEMPERATURE, MAX_TEMPERATURE = 0.1, 3.0
MIN_TOP_P, MAX_TOP_P = 0.05, 1.0
MAX_BEAM_WIDTH, MAX_LENGTH_PENALTY = 8, 3.0
"""How a model writes."""

MIN_RANDOM_INPUTS, MAX_RANDOM_INPUTS = 100, 500
"""Random inputs that are answered to measure a model."""

MAX_BEAM = 256
"""Sequences that a program follows at once; each has a cache of its own."""

MAX_MEASURED = 10_000
"""Inputs that a program answers to measure a model."""

MAX_RANDOM_TOKENS = 24
"""The longest of them that go beyond training."""

MAX_HEADS_TRIED = 600
"""Heads that are switched off in turn; a larger model would keep everybody waiting."""

MAX_WINDOW = 24
"""Positions to either side that a sliding window lets through."""

MAX_CASE_SIZE = 6
"""An axis of a small made-up batch: every cell of it is shown."""

MAX_CODE_DIM, MAX_CODE_LENGTH, MAX_CODE_SHIFT = 256, 200, 50
"""A table of positional codes, and how far one is turned into another."""

MAX_CODE_FACTOR, MAX_CODE_STEPS, MAX_CODE_NOISE, MAX_CODE_SEED = 4.0, 12, 2.0, 999
"""What is done to the codes of a trained model."""

MAX_SHUFFLED = 18
"""How many positions of a trained model are shuffled: those of the longest digits that training shows."""

MAX_DISTANCE = 20
"""Between a query and a key, for rotary positions and ALiBi."""

MAX_LESSON_STEPS, MAX_LESSON_MB = 40, 1
"""Steps of a lesson, and the size of its file."""

MAX_LEVEL = 3
"""Of an exercise."""

MAX_KEPT = 20_000
"""Characters of what a browser keeps, and may bring."""

MAX_INDEX = 9999
"""A step, a layer, a head or a token in an address; past the last one, the last one is meant."""

MAX_RECORDED_STEP = 10_000_000
"""A step of a training in an address."""

# --- what is sent to a browser -----------------------------------------------------------------------------

MAX_STAGE_CELLS = 150_000
"""Cells of one stage of the mask laboratory over all steps of the picture."""

MAX_ATTENTION_CELLS = 300_000
"""Cells of one run's attention over all steps; with more, only the newest query's row is drawn."""

MAX_SNAPSHOT_CELLS = 200_000
"""Numbers of the snapshots of a training; of a large model fewer of them are shown."""

# --- streams -----------------------------------------------------------------------------------------------

MAX_STREAMS = 300
"""Streams of news that a server keeps open at once."""

MAX_STREAMS_OF_BROWSER = 4
"""Those of one browser; a browser keeps few connections to a server, and needs some for its pages."""

MAX_TOPICS = 8
"""Things that one stream tells of."""

MAX_TOPICS_TEXT = 4000
"""Characters of what a browser asks to be told of."""
