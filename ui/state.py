"""All settings of all pages: name, default and allowed values.

The settings of a page are the attributes of a class; `ui.pages` assigns the classes to pages. Allowed values
are given as plain words, so that this module need not import the code that uses them; a test checks that the
names match.
"""

from typing import Any, get_args

from transformer import TASKS, limits
from transformer.model.config import Mistake, NormPlace, Positions
from transformer.model.places import STACKS, Attention
from transformer.tasks import PAIRS, TokenKind
from ui.alterations import alterations_text, fed_text
from ui.cells import cells_text
from ui.i18n import LANGUAGES, message
from ui.setting import (
    HIDEABLE,
    LOCKABLE,
    Setting,
    flag,
    index_or,
    number,
    number_or_name,
    one_of,
    panel_text,
    place_name,
    sections,
    some_of,
    whole,
    whole_of,
    words,
)

LOOKS = ("all", *(one.path for one in Attention), "embed", "position")
"""What can be shown of the snapshots of a training run."""

PROBE_CHECKS = ("future", "pad content", "pad length", "batch neighbour", "cache")
"""Checks of the probe that have matrices."""

LANGUAGE = Setting("lang", "", one_of(*LANGUAGES))
MODEL = Setting("model", "sort", words(limits.MAX_WORD))
PRESENTER = Setting("presenter", False, flag)
AT = Setting("at", "", place_name)
"""The place on the page that a link leads to, as `ui.anchors` names it."""

LESSON = Setting("lesson", "", place_name)
LESSON_STEP = Setting("lesson_step", 0, whole(0, limits.MAX_LESSON_STEPS))
"""The name of the lesson in progress, and its step, counted from 1; 0 if there is none."""

HIDE = Setting("hide", "", some_of(*HIDEABLE))
LOCK = Setting("lock", "", some_of(*LOCKABLE))
"""The parts that are hidden and locked, see `ui.hiding`."""

EVERYWHERE: tuple[Setting[Any], ...] = (LANGUAGE, MODEL, PRESENTER, AT, LESSON, LESSON_STEP, HIDE, LOCK)
"""The settings that all pages share."""


class Home:
    """The home page."""

    text = Setting("try", "5 3 9 1 1", words(limits.MAX_LINE))


class Inside:
    """The page "Inside the model"."""

    text = Setting("sentences", "5 3 9 1 1\n7 2 8", words(limits.MAX_TEXT))
    section = Setting(
        "inside",
        "parts",
        sections(
            parts=message("Part by part"),
            serial=message("Parallel and serial"),
            batch=message("The batch axis"),
        ),
    )
    part = Setting("part", "src", words(limits.MAX_WORD))
    """The name of a box of the architecture map."""
    layer = Setting("part_layer", 0, whole(0, limits.MAX_INDEX))
    step: Setting[int | str] = Setting("part_step", 0, number_or_name)


class Mistakes:
    """The page of common mistakes."""

    misconception = Setting("mistake", "columns", place_name)
    reveal = Setting("reveal", False, flag)
    """Whether the result is shown without a prediction."""
    round = Setting("round", 0, whole(0, limits.MAX_SEED))
    """The seed that decides which statements are replaced by their true variants, drawn again each round."""


class Exercises:
    """The page of exercises."""

    name = Setting(
        "exercise",
        "padding",
        one_of(
            "padding",
            "decoder_mask",
            "placement",
            "broadcast",
            "convert",
            "softmax",
            "position",
            "shift",
            "beam",
            "look",
        ),
    )
    level = Setting("exercise_level", 1, whole(1, limits.MAX_LEVEL))
    seed = Setting("exercise_seed", 0, whole(0, limits.MAX_SEED))
    """The seed of the data; it changes after each exercise that was solved or shown."""


class Find:
    """The page on which a model's mistake is to be found."""

    suspect = Setting("suspect", 1, whole(1, limits.MAX_INDEX))
    look = Setting("find_look", "loss", one_of("loss", "samples", "attention", "probes", "probe"))
    check = Setting("find_probe", "future", one_of(*PROBE_CHECKS))
    """The check whose matrices are shown."""
    seed = Setting("find_seed", 0, whole(0, limits.MAX_SEED))
    """The seed of the order of the models; 0 for the default order."""


class Questions:
    """The index of questions."""

    search = Setting("search", "", words(limits.MAX_WORD))


class Broadcasting:
    """The mask broadcasting page."""

    section = Setting(
        "from",
        "notes",
        sections(
            notes=message("small example"),
            model=message("current model"),
            pytorch="PyTorch",
            sum="x + pe",
            product="x @ W",
            shapes=message("any shapes"),
            broken=message("break it"),
        ),
    )
    """The other settings of this page belong to one or several of these sections."""
    mask = Setting("mask", "padding", one_of("padding", "causal", "both", "cross"))
    attention = Setting("attention", "encoder", one_of(*Attention))
    layer = Setting("mask_layer", 0, whole(0, limits.MAX_INDEX))
    fill = Setting("fill", "-inf", one_of("-inf", "-1e9", "-1e4", "1e-20"))
    real_size = Setting("real", False, flag)
    leaking_size = Setting("real_leak", True, flag)
    """The same for the fill value 1e-20, whose leak shows only at real size."""
    text = Setting("inputs", "5 3 9 1 1\n7 2 8", words(limits.MAX_TEXT))
    pytorch = Setting("argument", "key_padding_mask", one_of("key_padding_mask", "attn_mask", "attn_mask_3d"))
    first = Setting("a", "2 1 1 5", words(limits.MAX_LINE))
    second = Setting("b", "2 2 5 5", words(limits.MAX_LINE))
    operation = Setting("operation", "+", one_of("+", "masked_fill"))
    case = Setting("case", "once", one_of("once", "twice", "sizes", "float", "add", "fill", "write", "zero"))
    batch = Setting("case_B", 2, whole(1, limits.MAX_CASE_SIZE))
    heads = Setting("case_H", 2, whole(1, limits.MAX_CASE_SIZE))
    length = Setting("case_L", 5, whole(2, limits.MAX_CASE_SIZE))
    step: Setting[int | str] = Setting("mask_step", 0, number_or_name)


class Decoding:
    """The decoding page."""

    text = Setting("input", "5 3 9 1 1", words(limits.MAX_TEXT))
    attention = Setting("show", "decoder.cross", one_of("all", *(one.path for one in Attention)))
    step = Setting("step", 0, whole(0, limits.MAX_INDEX))
    row = Setting("sequence", 0, whole(0, limits.MAX_SENTENCES - 1))
    """The index of the input that is shown in full."""
    head = Setting("head", "", panel_text)
    """The enlarged panel: an attention of `ui.frames.attention_heads.figure_titles`, layer and head."""
    judged = Setting("judged", False, flag)
    """Whether every step says if it is right; otherwise only the last one does."""
    count = Setting("random", 1, whole(1, limits.MAX_SENTENCES))
    """How many inputs are drawn at random."""
    choice = Setting("choice", "greedy", one_of("greedy", "sample"))
    temperature = Setting("temperature", 1.0, number(limits.MIN_TEMPERATURE, limits.MAX_TEMPERATURE))
    top_k = Setting("top_k", 0, whole(0, limits.MAX_SIZES["trg_vocab_size"]))
    top_p = Setting("top_p", 1.0, number(limits.MIN_TOP_P, limits.MAX_TOP_P))
    seed = Setting("seed", 0, whole(0, limits.MAX_SEED))
    beam_width = Setting("beam", 4, whole(1, limits.MAX_BEAM_WIDTH))
    length_penalty = Setting("length_penalty", 0.6, number(0.0, limits.MAX_LENGTH_PENALTY))
    cache_layer = Setting("cache_layer", 0, whole(0, limits.MAX_INDEX))
    cache_step = Setting("cache_step", 0, whole(0, limits.MAX_INDEX))
    section = Setting(
        "section",
        "walk",
        sections(
            walk=message("Step by step"),
            strategies=message("Strategies"),
            teacher=message("Teacher forcing"),
            what_if=message("What if"),
            cache=message("The cache"),
            accuracy=message("Accuracy"),
        ),
    )
    fed = Setting("fed", "", fed_text)
    """Teacher forcing: tokens fed instead of the right ones, as `ui.alterations` writes them."""
    changes = Setting("changes", "", alterations_text)
    """What if: the alterations, as `ui.alterations` writes them."""
    watched = Setting("watch", "cross", one_of(*Attention))
    """What if: the attention drawn for both runs."""
    every_head = Setting("every_head", False, flag)
    accuracy_inputs = Setting(
        "accuracy_inputs", 100, whole(limits.MIN_RANDOM_INPUTS, limits.MAX_RANDOM_INPUTS)
    )
    """Accuracy: the number of random inputs. `accuracy_seed` draws them; `longer` adds longer ones."""
    accuracy_from = Setting("accuracy_from", "all", one_of("all", "held_out"))
    """Whether inputs are drawn from all, or are the held-out ones that training evaluates on."""
    accuracy_seed = Setting("accuracy_seed", 0, whole(0, limits.MAX_SEED))
    longer = Setting("longer", False, flag)


class Encoding:
    """The positional encoding page."""

    embed_dim = Setting("dim", 64, whole(1, limits.MAX_CODE_DIM))
    length = Setting("length", 50, whole(2, limits.MAX_CODE_LENGTH))
    base = Setting("base", 10000, whole_of(10, 100, 1000, 10_000, 100_000))
    position = Setting("position", 10, whole(0, limits.MAX_CODE_LENGTH - 1))
    text = Setting("tokens", "5 3 9 1 1", words(limits.MAX_LINE))
    section = Setting(
        "pe_section",
        "codes",
        sections(
            codes=message("The codes"),
            likeness=message("Frequencies and likeness"),
            hand=message("By hand, D = 4"),
            why=message("Why this form"),
            model=message("In the model"),
            kinds=message("Side by side"),
            relative=message("Rotary and ALiBi"),
        ),
    )
    waves = Setting("pe_waves", "", words(limits.MAX_TEXT))
    """Dimensions drawn as waves, separated by commas; empty for a spread of them."""
    hand_step = Setting("pe_step", 0, whole(0, limits.MAX_INDEX))
    shift = Setting("pe_shift", 3, whole(1, limits.MAX_CODE_SHIFT))
    """k in PE(p + k) = M PE(p)."""


class Recoding:
    """The positional encoding page's experiments on trained models, and its section on rotary and ALiBi."""

    kind = Setting("pe_change", "swap", one_of("own", "zero", "scale", "shuffle", "swap", "shift", "noise"))
    side = Setting("pe_side", "both", one_of("both", *STACKS))
    factor = Setting("pe_factor", 0.5, number(0.0, limits.MAX_CODE_FACTOR))
    steps = Setting("pe_by", 1, whole(1, limits.MAX_CODE_STEPS))
    noise = Setting("pe_noise", 0.3, number(0.0, limits.MAX_CODE_NOISE))
    first = Setting("pe_first", 1, whole(0, limits.MAX_SHUFFLED - 1))
    second = Setting("pe_second", 2, whole(0, limits.MAX_SHUFFLED - 1))
    seed = Setting("pe_seed", 0, whole(0, limits.MAX_CODE_SEED))
    compared = Setting("pe_models", "", words(limits.MAX_TEXT))
    """Models whose positions are compared, as `models.names` gives them; empty for the small shipped ones."""
    scheme = Setting("pe_scheme", "rotary", one_of("rotary", "alibi"))
    head_dim = Setting("pe_head_dim", 8, whole_of(*range(2, 66, 2)))
    distance = Setting("pe_distance", 3, whole(0, limits.MAX_DISTANCE))
    heads = Setting("pe_heads", 4, whole(1, limits.MAX_HEADS))
    causal = Setting("pe_causal", False, flag)
    layer = Setting("pe_layer", 0, whole(0, limits.MAX_INDEX))


class TrainingPage:
    """The training page. Settings of a configuration carry the name of its field after `train_`."""

    run = Setting("run", "", words(limits.MAX_WORD))
    """The run on the charts, as in `models.names`; empty for the latest in progress, else a shipped one."""
    section = Setting(
        "train_section",
        "train",
        sections(
            train=message("Train"),
            attention=message("Attention over training"),
            runs=message("All runs"),
        ),
    )
    compare = Setting("train_compare", "", words(limits.MAX_TEXT))
    """Runs on the comparison chart, separated by commas."""
    measure = Setting("train_measure", "loss", one_of("loss", "held_out", "exact"))
    log = Setting("train_log", True, flag)
    sample = Setting("train_sample", "moments", index_or("moments", "steps"))
    """Which samples are shown: all at some moments, all at every evaluation (`steps`), or one over time."""
    look = Setting("train_attention", "decoder.cross", one_of(*LOOKS))
    """Which part of the snapshots is shown."""
    snapshot = Setting("train_moment", -1, whole(-1, limits.MAX_RECORDED_STEP))
    """The training step of the snapshot on screen; -1 for the latest."""
    old_table = Setting("train_table", False, flag)
    old_look = Setting("train_look", "decoder.cross", one_of(*LOOKS))
    old_snapshot = Setting("train_snapshot", -1, whole(-1, limits.MAX_RECORDED_STEP))
    """`old_*`: for links from before the page had sections: its table of runs, and the snapshot shown."""
    guess: Setting[str | None] = Setting("train_guess", None, words(limits.MAX_WORD))
    """What the user predicts for a run with a mistake: a key of `findings.outcomes`."""
    reveal = Setting("train_reveal", False, flag)
    """Whether the outcome of a mistake is shown without a prediction."""
    task = Setting("train_task", "sort", one_of(*TASKS, PAIRS))
    tokens = Setting("train_tokens", "word", one_of(*get_args(TokenKind)))
    steps = Setting("train_steps", 600, whole(1, limits.MAX_STEPS))
    batch_size = Setting("train_batch_size", 64, whole(1, limits.MAX_BATCH_SIZE))
    learning_rate = Setting("train_learning_rate", 3e-3, number(0.0, limits.MAX_LEARNING_RATE))
    optimizer = Setting("train_optimizer", "adam", one_of("adam", "sgd"))
    schedule = Setting("train_schedule", "cosine", one_of("constant", "cosine", "noam"))
    seed = Setting("train_seed", 0, whole(0, limits.MAX_SEED))
    warmup_steps = Setting("train_warmup_steps", 50, whole(0, limits.MAX_STEPS))
    label_smoothing = Setting("train_label_smoothing", 0.0, number(0.0, limits.MAX_LABEL_SMOOTHING))
    grad_clip = Setting("train_grad_clip", 1.0, number(0.0, limits.MAX_GRAD_CLIP))
    weight_decay = Setting("train_weight_decay", 0.0, number(0.0, limits.MAX_WEIGHT_DECAY))
    shift_target = Setting("train_shift_target", True, flag)
    mistake = Setting("train_mistake", "none", one_of(*get_args(Mistake)))
    evaluate_every = Setting("train_evaluate_every", 25, whole(1, limits.MAX_STEPS))
    num_layers = Setting("train_num_layers", 2, whole(1, limits.MAX_LAYERS))
    heads = Setting("train_heads", 4, whole(1, limits.MAX_HEADS))
    embed_dim = Setting("train_embed_dim", 32, whole(1, limits.MAX_EMBED_DIM))
    feed_forward_dim = Setting("train_feed_forward_dim", 128, whole(1, limits.MAX_FEED_FORWARD_DIM))
    dropout = Setting("train_dropout", 0.0, number(0.0, limits.MAX_DROPOUT))
    positions = Setting("train_positions", "sinusoidal", one_of(*get_args(Positions)))
    norm = Setting("train_norm", "post", one_of(*get_args(NormPlace)))


class Laboratory:
    """The mask laboratory."""

    text = Setting("lab_inputs", "5 3 9 1 1\n7 2 8", words(limits.MAX_TEXT))
    attention = Setting("lab_attention", "cross", one_of(*Attention))
    layer = Setting("lab_layer", "all", index_or("all"))
    head = Setting("lab_head", "all", index_or("all"))
    mask = Setting("lab_mask", "own", one_of("own", "none", "padding", "causal", "both", "window"))
    width = Setting("lab_width", 1, whole(0, limits.MAX_WINDOW))
    rows = Setting("lab_rows", False, flag)
    cells = Setting("lab_cells", "", cells_text)
    """Cells clicked, as `ui.cells` writes them."""
    inverted = Setting("lab_inverted", False, flag)
    plain = Setting("lab_plain", False, flag)
    fill = Setting("lab_fill", "-inf", one_of("-inf", "-1e9", "-1e4", "finfo.min", "1e-20"))
    step = Setting("lab_step", 0, whole(0, limits.MAX_INDEX))
    section = Setting(
        "lab_section",
        "effect",
        sections(
            effect=message("Effect"),
            leak=message("Leak probe"),
            fill=message("Fill value"),
            conventions=message("Conventions"),
            padding=message("Columns or rows?"),
        ),
    )
    probe = Setting("lab_probe", "", words(limits.MAX_WORD))
    token = Setting("lab_token", 8, whole(0, limits.MAX_SIZES["trg_vocab_size"] - 1))
    convention = Setting("lab_convention", 0, whole(0, limits.MAX_INDEX))


class CheckMask:
    """The page that checks masks and models."""

    section = Setting(
        "check_section",
        "mask",
        sections(
            mask=message("Your mask"),
            aligned=message("is_causal with L ≠ S"),
            probe=message("Probe the model"),
        ),
    )
    origin = Setting("check_from", "recipe", one_of("recipe", "text", "file"))
    recipe = Setting(
        "check_recipe",
        "causal",
        one_of("causal", "bottom_right", "lengths", "window", "documents", "prefix", "grouped"),
    )
    numbers = Setting("check_numbers", "5 3", words(limits.MAX_LINE))
    """Lengths, or the starts of packed documents, depending on the recipe."""
    width = Setting("check_width", 3, whole(1, limits.MAX_WINDOW))
    """The width of a window, the length of a prefix, or the number of groups of heads."""
    text = Setting("check_rows", "1 0 0 0\n1 1 0 0\n1 1 1 0\n1 1 1 1", words(limits.MAX_TEXT))
    queries = Setting("check_queries", 7, whole(1, limits.MAX_WINDOW))
    keys = Setting("check_keys", 7, whole(1, limits.MAX_WINDOW))
    batch = Setting("check_batch", 2, whole(1, limits.MAX_SENTENCES))
    heads = Setting("check_heads", 2, whole(1, limits.MAX_HEADS))
    reading = Setting("check_reading", 0, whole(0, limits.MAX_INDEX))
    step = Setting("check_step", 0, whole(0, limits.MAX_INDEX))
    one_query = Setting("aligned_queries", 1, whole(1, limits.MAX_WINDOW))
    cached = Setting("aligned_keys", 16, whole(1, limits.MAX_WINDOW))
    probed = Setting("probe_model", "current", one_of("current", *get_args(Mistake), "not_shifted"))
    check = Setting("probe_check", "future", one_of(*PROBE_CHECKS))


REPLAY_SINCE = "replay_since"
"""Session state: when the replay of a recorded run began, in seconds since 1970; None if there is none."""
