"""What a page shows, declared once: every setting's name, default and allowed values."""

from typing import get_args

from transformer import TASKS, limits
from transformer.exercises import EXERCISES
from transformer.experiments.mask_interventions import MASK_KINDS
from transformer.experiments.position_interventions import CHANGE_KINDS, REACH, SIDES
from transformer.learning import snapshots
from transformer.learning.steps import Optimizer, Schedule
from transformer.model.config import Mistake, NormPlace, Positions
from transformer.model.places import Attention
from transformer.tasks import PAIRS, TokenKind
from ui.alterations import alterations_text, fed_text
from ui.cells import cells_text
from ui.i18n import LANGUAGES
from ui.setting import (
    Setting,
    declare,
    flag,
    index_or,
    number,
    one_of,
    panel_text,
    place_name,
    whole,
    whole_of,
    words,
)

LOOKS = ("all", *snapshots.ATTENTIONS, "embed", "position")
"""What can be looked at in the snapshots of a training."""

LANGUAGE = declare(Setting("lang", "", one_of(*LANGUAGES)))
MODEL = declare(Setting("model", "sort", words(limits.MAX_WORD)))
PRESENTER = declare(Setting("presenter", False, flag))
AT = declare(Setting("at", "", place_name))
"""The place on the page that a link leads to, as `ui.anchors` names it."""


class Home:
    """The home page."""

    text = declare(Setting("try", "5 3 9 1 1", words(limits.MAX_LINE), "home"))


class Inside:
    """The page inside the model."""

    _page = "inside"
    text = declare(Setting("sentences", "5 3 9 1 1\n7 2 8", words(limits.MAX_TEXT), _page))
    section = declare(Setting("inside", "parts", one_of("parts", "serial", "batch"), _page))
    part = declare(Setting("part", "src", words(limits.MAX_WORD), _page))
    """A box of the map, as it is called there."""
    layer = declare(Setting("part_layer", 0, whole(0, limits.MAX_INDEX), _page))
    step = declare(Setting("part_step", 0, whole(0, limits.MAX_INDEX), _page))


class Mistakes:
    """The page of common mistakes."""

    _page = "mistakes"
    misconception = declare(Setting("mistake", "columns", words(limits.MAX_WORD), _page))
    reveal = declare(Setting("reveal", False, flag, _page))
    """Whether what happens is shown without a prediction."""


class Exercises:
    """The page of exercises."""

    _page = "exercises"
    name = declare(Setting("exercise", "padding", one_of(*EXERCISES), _page))
    level = declare(Setting("exercise_level", 1, whole(1, 3), _page))
    seed = declare(Setting("exercise_seed", 0, whole(0, limits.MAX_SEED), _page))
    """Which data: another one after each that was solved or shown."""


class Questions:
    """The index of questions."""

    search = declare(Setting("search", "", words(limits.MAX_WORD), "questions"))


class Broadcasting:
    """The mask broadcasting page."""

    _page = "broadcasting"
    origin = declare(
        Setting(
            "from", "notes", one_of("notes", "model", "pytorch", "sum", "product", "shapes", "broken"), _page
        )
    )
    """Which lesson; the settings below belong to one or several of them."""
    mask = declare(Setting("mask", "padding", one_of("padding", "causal", "both", "cross"), _page))
    attention = declare(Setting("attention", "encoder", one_of(*Attention), _page))
    layer = declare(Setting("mask_layer", 0, whole(0, limits.MAX_INDEX), _page))
    fill = declare(Setting("fill", "-inf", one_of("-inf", "-1e9", "-1e4", "1e-20"), _page))
    real_size = declare(Setting("real", False, flag, _page))
    leaking_size = declare(Setting("real_leak", True, flag, _page))
    """The same under the fill value 1e-20, which shows its leak only then."""
    text = declare(Setting("inputs", "5 3 9 1 1\n7 2 8", words(limits.MAX_TEXT), _page))
    pytorch = declare(
        Setting(
            "argument", "key_padding_mask", one_of("key_padding_mask", "attn_mask", "attn_mask_3d"), _page
        )
    )
    first = declare(Setting("a", "2 1 1 5", words(limits.MAX_LINE), _page))
    second = declare(Setting("b", "2 2 5 5", words(limits.MAX_LINE), _page))
    operation = declare(Setting("operation", "+", one_of("+", "masked_fill"), _page))
    case = declare(
        Setting(
            "case", "once", one_of("once", "twice", "sizes", "float", "add", "fill", "write", "zero"), _page
        )
    )
    batch = declare(Setting("case_B", 2, whole(1, limits.MAX_CASE_SIZE), _page))
    heads = declare(Setting("case_H", 2, whole(1, limits.MAX_CASE_SIZE), _page))
    length = declare(Setting("case_L", 5, whole(2, limits.MAX_CASE_SIZE), _page))
    step = declare(Setting("mask_step", 0, whole(0, limits.MAX_INDEX), _page))


class Decoding:
    """The decoding page."""

    _page = "decoding"
    text = declare(Setting("input", "5 3 9 1 1", words(limits.MAX_TEXT), _page))
    attention = declare(
        Setting("show", "decoder.cross", one_of("all", *(one.path for one in Attention)), _page)
    )
    step = declare(Setting("step", 0, whole(0, limits.MAX_INDEX), _page))
    row = declare(Setting("sequence", 0, whole(0, limits.MAX_SENTENCES - 1), _page))
    """Which of several inputs is shown in full."""
    head = declare(Setting("head", "", panel_text, _page))
    """The enlarged panel: an attention of `ui.frames.attention.figure_titles`, layer and head."""
    judged = declare(Setting("judged", False, flag, _page))
    """Whether every step says if it is right; else the last one alone does."""
    count = declare(Setting("random", 1, whole(1, limits.MAX_SENTENCES), _page))
    """How many inputs are drawn at random."""
    choice = declare(Setting("choice", "greedy", one_of("greedy", "sample"), _page))
    temperature = declare(
        Setting("temperature", 1.0, number(limits.MIN_TEMPERATURE, limits.MAX_TEMPERATURE), _page)
    )
    top_k = declare(Setting("top_k", 0, whole(0, limits.MAX_SIZES["trg_vocab_size"]), _page))
    top_p = declare(Setting("top_p", 1.0, number(limits.MIN_TOP_P, limits.MAX_TOP_P), _page))
    seed = declare(Setting("seed", 0, whole(0, limits.MAX_SEED), _page))
    beam_width = declare(Setting("beam", 4, whole(1, limits.MAX_BEAM_WIDTH), _page))
    length_penalty = declare(Setting("length_penalty", 0.6, number(0.0, limits.MAX_LENGTH_PENALTY), _page))
    cache_layer = declare(Setting("cache_layer", 0, whole(0, limits.MAX_INDEX), _page))
    cache_step = declare(Setting("cache_step", 0, whole(0, limits.MAX_INDEX), _page))
    section = declare(
        Setting(
            "section",
            "walk",
            one_of("walk", "strategies", "teacher", "what_if", "cache", "accuracy"),
            _page,
        )
    )
    fed = declare(Setting("fed", "", fed_text, _page))
    """Teacher forcing: tokens fed instead of the right ones, as `ui.alterations` writes them."""
    changes = declare(Setting("changes", "", alterations_text, _page))
    """What if: the alterations, as `ui.alterations` writes them."""
    watched = declare(Setting("watch", "cross", one_of(*Attention), _page))
    """What if: the attention drawn for both runs."""
    every_head = declare(Setting("every_head", False, flag, _page))
    accuracy_inputs = declare(
        Setting("accuracy_inputs", 100, whole(limits.MIN_RANDOM_INPUTS, limits.MAX_RANDOM_INPUTS), _page)
    )
    """Accuracy: how many random inputs, drawn from which seed, and whether longer ones too."""
    accuracy_from = declare(Setting("accuracy_from", "all", one_of("all", "held_out"), _page))
    """Whether inputs are drawn from all, or are the held-out ones that training measures on."""
    accuracy_seed = declare(Setting("accuracy_seed", 0, whole(0, limits.MAX_SEED), _page))
    longer = declare(Setting("longer", False, flag, _page))


class Encoding:
    """The positional encoding page."""

    _page = "encoding"
    embed_dim = declare(Setting("dim", 64, whole(1, limits.MAX_CODE_DIM), _page))
    length = declare(Setting("length", 50, whole(2, limits.MAX_CODE_LENGTH), _page))
    base = declare(Setting("base", 10000, whole_of(10, 100, 1000, 10_000, 100_000), _page))
    position = declare(Setting("position", 10, whole(0, limits.MAX_CODE_LENGTH - 1), _page))
    text = declare(Setting("tokens", "5 3 9 1 1", words(limits.MAX_LINE), _page))
    section = declare(
        Setting(
            "pe_section",
            "codes",
            one_of("codes", "likeness", "hand", "why", "model", "kinds", "relative"),
            _page,
        )
    )
    waves = declare(Setting("pe_waves", "", words(limits.MAX_TEXT), _page))
    """Dimensions drawn as waves, separated by commas; empty for a spread of them."""
    hand_step = declare(Setting("pe_step", 0, whole(0, limits.MAX_INDEX), _page))
    shift = declare(Setting("pe_shift", 3, whole(1, limits.MAX_CODE_SHIFT), _page))
    """k in PE(p + k) = M PE(p)."""


class Recoding:
    """The positional encoding page's experiments on trained models, and its rotary positions and ALiBi."""

    _page = "encoding"
    kind = declare(Setting("pe_change", "swap", one_of(*CHANGE_KINDS), _page))
    side = declare(Setting("pe_side", "both", one_of(*SIDES), _page))
    factor = declare(Setting("pe_factor", 0.5, number(0.0, limits.MAX_CODE_FACTOR), _page))
    steps = declare(Setting("pe_by", 1, whole(1, limits.MAX_CODE_STEPS), _page))
    noise = declare(Setting("pe_noise", 0.3, number(0.0, limits.MAX_CODE_NOISE), _page))
    first = declare(Setting("pe_first", 1, whole(0, REACH - 1), _page))
    second = declare(Setting("pe_second", 2, whole(0, REACH - 1), _page))
    seed = declare(Setting("pe_seed", 0, whole(0, limits.MAX_CODE_SEED), _page))
    compared = declare(Setting("pe_models", "", words(limits.MAX_TEXT), _page))
    """Models whose positions are compared, as `models.names` gives them; empty for the small shipped ones."""
    scheme = declare(Setting("pe_scheme", "rotary", one_of("rotary", "alibi"), _page))
    head_dim = declare(Setting("pe_head_dim", 8, whole_of(*range(2, 66, 2)), _page))
    distance = declare(Setting("pe_distance", 3, whole(0, limits.MAX_DISTANCE), _page))
    heads = declare(Setting("pe_heads", 4, whole(1, limits.MAX_HEADS), _page))
    causal = declare(Setting("pe_causal", False, flag, _page))
    layer = declare(Setting("pe_layer", 0, whole(0, limits.MAX_INDEX), _page))


class TrainingPage:
    """The training page. Settings of a configuration carry the name of its field after `train_`."""

    _page = "training"
    run = declare(Setting("run", "", words(limits.MAX_WORD), _page))
    """What is on the charts, as `models.names` gives it; empty for the latest, else the shipped one."""
    section = declare(Setting("train_section", "train", one_of("train", "attention", "runs"), _page))
    compare = declare(Setting("train_compare", "", words(limits.MAX_TEXT), _page))
    """Runs on the comparison chart, separated by commas."""
    measure = declare(Setting("train_measure", "loss", one_of("loss", "held_out", "exact"), _page))
    log = declare(Setting("train_log", True, flag, _page))
    sample = declare(Setting("train_sample", "moments", index_or("moments", "steps"), _page))
    """Which samples: all at some moments, all at every evaluation (`steps`), or the evolution of one."""
    look = declare(Setting("train_attention", "decoder.cross", one_of(*LOOKS), _page))
    """What of the snapshots is shown."""
    snapshot = declare(Setting("train_moment", -1, whole(-1, limits.MAX_RECORDED_STEP), _page))
    """The step of the snapshot on screen; -1 for the latest, whichever that is."""
    old_table = declare(Setting("train_table", False, flag, _page))
    old_look = declare(Setting("train_look", "decoder.cross", one_of(*LOOKS), _page))
    old_snapshot = declare(Setting("train_snapshot", -1, whole(-1, limits.MAX_RECORDED_STEP), _page))
    """In links from before the page had sections: the table open, and what of the snapshots was shown."""
    guess: Setting[str | None] = declare(Setting("train_guess", None, words(limits.MAX_WORD), _page))
    """What one predicts of a run with a mistake: a key of `findings.outcomes`."""
    reveal = declare(Setting("train_reveal", False, flag, _page))
    """Whether what comes of a mistake is shown without a prediction."""
    task = declare(Setting("train_task", "sort", one_of(*TASKS, PAIRS), _page))
    tokens = declare(Setting("train_tokens", "word", one_of(*get_args(TokenKind)), _page))
    steps = declare(Setting("train_steps", 600, whole(1, limits.MAX_STEPS), _page))
    batch_size = declare(Setting("train_batch_size", 64, whole(1, limits.MAX_BATCH_SIZE), _page))
    learning_rate = declare(
        Setting("train_learning_rate", 3e-3, number(0.0, limits.MAX_LEARNING_RATE), _page)
    )
    optimizer = declare(Setting("train_optimizer", "adam", one_of(*get_args(Optimizer)), _page))
    schedule = declare(Setting("train_schedule", "cosine", one_of(*get_args(Schedule)), _page))
    seed = declare(Setting("train_seed", 0, whole(0, limits.MAX_SEED), _page))
    warmup_steps = declare(Setting("train_warmup_steps", 50, whole(0, limits.MAX_STEPS), _page))
    label_smoothing = declare(
        Setting("train_label_smoothing", 0.0, number(0.0, limits.MAX_LABEL_SMOOTHING), _page)
    )
    grad_clip = declare(Setting("train_grad_clip", 1.0, number(0.0, limits.MAX_GRAD_CLIP), _page))
    weight_decay = declare(Setting("train_weight_decay", 0.0, number(0.0, limits.MAX_WEIGHT_DECAY), _page))
    shift_target = declare(Setting("train_shift_target", True, flag, _page))
    mistake = declare(Setting("train_mistake", "none", one_of(*get_args(Mistake)), _page))
    evaluate_every = declare(Setting("train_evaluate_every", 25, whole(1, limits.MAX_STEPS), _page))
    num_layers = declare(Setting("train_num_layers", 2, whole(1, limits.MAX_LAYERS), _page))
    heads = declare(Setting("train_heads", 4, whole(1, limits.MAX_HEADS), _page))
    embed_dim = declare(Setting("train_embed_dim", 32, whole(1, limits.MAX_EMBED_DIM), _page))
    feed_forward_dim = declare(
        Setting("train_feed_forward_dim", 128, whole(1, limits.MAX_FEED_FORWARD_DIM), _page)
    )
    dropout = declare(Setting("train_dropout", 0.0, number(0.0, limits.MAX_DROPOUT), _page))
    positions = declare(Setting("train_positions", "sinusoidal", one_of(*get_args(Positions)), _page))
    norm = declare(Setting("train_norm", "post", one_of(*get_args(NormPlace)), _page))


class Laboratory:
    """The mask laboratory."""

    _page = "laboratory"
    text = declare(Setting("lab_inputs", "5 3 9 1 1\n7 2 8", words(limits.MAX_TEXT), _page))
    attention = declare(Setting("lab_attention", "cross", one_of(*Attention), _page))
    layer = declare(Setting("lab_layer", "all", index_or("all"), _page))
    head = declare(Setting("lab_head", "all", index_or("all"), _page))
    mask = declare(Setting("lab_mask", "own", one_of(*MASK_KINDS), _page))
    width = declare(Setting("lab_width", 1, whole(0, limits.MAX_WINDOW), _page))
    rows = declare(Setting("lab_rows", False, flag, _page))
    cells = declare(Setting("lab_cells", "", cells_text, _page))
    """Cells clicked, as `ui.cells` writes them."""
    inverted = declare(Setting("lab_inverted", False, flag, _page))
    plain = declare(Setting("lab_plain", False, flag, _page))
    fill = declare(Setting("lab_fill", "-inf", one_of("-inf", "-1e9", "-1e4", "finfo.min", "1e-20"), _page))
    step = declare(Setting("lab_step", 0, whole(0, limits.MAX_INDEX), _page))
    section = declare(
        Setting("lab_section", "effect", one_of("effect", "leak", "fill", "conventions", "padding"), _page)
    )
    probe = declare(Setting("lab_probe", "", words(limits.MAX_WORD), _page))
    token = declare(Setting("lab_token", 8, whole(0, limits.MAX_SIZES["trg_vocab_size"] - 1), _page))
    convention = declare(Setting("lab_convention", 0, whole(0, limits.MAX_INDEX), _page))


REPLAY_SINCE = "replay_since"
"""Session state: when the replay of a recorded run began, in seconds since 1970; None for no replay."""
