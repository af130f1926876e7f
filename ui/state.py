"""What a page shows, declared once: every setting's name, default and allowed values.

A setting lives in `st.session_state` under its name, where widgets find it (`key=TEXT.name`), and in the
URL while it differs from its default, so that a copied link shows the same view. `load` runs before a
page, `write_url` after it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from transformer import TASKS, snapshots
from transformer.config import Mistake, NormPlace, Positions
from transformer.experiments import ATTENTIONS, MASK_KINDS
from transformer.position_experiments import CHANGE_KINDS, REACH, SIDES
from transformer.tasks import PAIRS, TokenKind
from transformer.training import Schedule
from ui.alterations import alterations_text, fed_text
from ui.cells import cells_text
from ui.i18n import LANGUAGES, browser_language

T = TypeVar("T")
EVERYWHERE = ""


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One thing a user can set."""

    name: str
    """The key in the session state, and the parameter in the URL."""
    default: T
    parse: Callable[[str], T | None]
    """Reads the value from a URL; None if it is not one this setting can have."""
    page: str = EVERYWHERE
    """The page (its URL path) that it belongs to; everywhere if empty."""

    @property
    def value(self) -> T:
        """The value in this session."""
        value: T = st.session_state.get(self.name, self.default)
        return value

    def set(self, value: T) -> None:
        """Give it a value; before the widget that shows it is drawn, or in a callback."""
        st.session_state[self.name] = value


def one_of(*choices: str) -> Callable[[str], str | None]:
    """A parser that knows these words."""
    return lambda text: text if text in choices else None


def whole(low: int, high: int) -> Callable[[str], int | None]:
    """A parser of whole numbers in a range."""

    def parse(text: str) -> int | None:
        try:
            number = int(text) if len(text) < 20 else low - 1
        except ValueError:
            return None
        return number if low <= number <= high else None

    return parse


def whole_of(*choices: int) -> Callable[[str], int | None]:
    """A parser that knows these numbers."""
    return lambda text: {str(choice): choice for choice in choices}.get(text)


def number(low: float, high: float) -> Callable[[str], float | None]:
    """A parser of numbers in a range."""

    def parse(text: str) -> float | None:
        try:
            value = float(text) if len(text) < 30 else low - 1
        except ValueError:
            return None
        return value if low <= value <= high else None  # false for NaN

    return parse


def panel_text(text: str) -> str | None:
    """A parser of a panel's name, such as `decoder.cross.2.1`, or of nothing."""
    panel = r"(encoder\.self|decoder\.self|decoder\.cross)(\.average)?(\.\d{1,2}){2}"
    return text if not text or re.fullmatch(panel, text, re.ASCII) else None


def index_or(*choices: str) -> Callable[[str], str | None]:
    """A parser of an index below 1000, such as a layer's, or one of these words."""
    return lambda text: (
        text if text in choices or (text.isascii() and text.isdigit() and len(text) < 4) else None
    )


def flag(text: str) -> bool | None:
    """A parser of 1 and 0."""
    return {"1": True, "0": False}.get(text)


def words(limit: int) -> Callable[[str], str | None]:
    """A parser of any text up to a length."""
    return lambda text: text if len(text) <= limit else None


MAX_TEXT = 2000
"""Characters in a text field or a text of the URL."""

SETTINGS: list[Setting[Any]] = []
"""All of them; `declare` is called in this module only."""


def declare(setting: Setting[T]) -> Setting[T]:
    """Add a setting to those that `load` and `write_url` take care of."""
    SETTINGS.append(setting)
    return setting


LANGUAGE = declare(Setting("lang", "", one_of(*LANGUAGES)))
MODEL = declare(Setting("model", "sort", words(100)))
PRESENTER = declare(Setting("presenter", False, flag))


class Home:
    """The home page."""

    text = declare(Setting("try", "5 3 9 1 1", words(MAX_TEXT), "home"))


class Inside:
    """The page inside the model."""

    _page = "inside"
    text = declare(Setting("sentences", "5 3 9 1 1\n7 2 8", words(MAX_TEXT), _page))
    section = declare(Setting("inside", "parts", one_of("parts", "serial", "batch"), _page))
    part = declare(Setting("part", "src", words(60), _page))
    """A box of the map, as it is called there."""
    layer = declare(Setting("part_layer", 0, whole(0, 99), _page))
    step = declare(Setting("part_step", 0, whole(0, 99), _page))


class Mistakes:
    """The page of common mistakes."""

    _page = "mistakes"
    slip = declare(Setting("mistake", "columns", words(40), _page))
    reveal = declare(Setting("reveal", False, flag, _page))
    """Whether what happens is shown without a prediction."""


class Questions:
    """The index of questions."""

    search = declare(Setting("search", "", words(80), "questions"))


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
    attention = declare(Setting("attention", "encoder", one_of("encoder", "self", "cross"), _page))
    layer = declare(Setting("mask_layer", 0, whole(0, 99), _page))
    fill = declare(Setting("fill", "-inf", one_of("-inf", "-1e9", "-1e4", "1e-20"), _page))
    real_size = declare(Setting("real", False, flag, _page))
    text = declare(Setting("inputs", "5 3 9 1 1\n7 2 8", words(MAX_TEXT), _page))
    pytorch = declare(
        Setting(
            "argument", "key_padding_mask", one_of("key_padding_mask", "attn_mask", "attn_mask_3d"), _page
        )
    )
    first = declare(Setting("a", "2 1 1 5", words(MAX_TEXT), _page))
    second = declare(Setting("b", "2 2 5 5", words(MAX_TEXT), _page))
    operation = declare(Setting("operation", "+", one_of("+", "masked_fill"), _page))
    case = declare(
        Setting(
            "case", "once", one_of("once", "twice", "sizes", "float", "add", "fill", "write", "zero"), _page
        )
    )
    batch = declare(Setting("case_B", 2, whole(1, 6), _page))
    heads = declare(Setting("case_H", 2, whole(1, 6), _page))
    length = declare(Setting("case_L", 5, whole(2, 6), _page))
    step = declare(Setting("mask_step", 0, whole(0, 99), _page))


class Decoding:
    """The decoding page."""

    _page = "decoding"
    text = declare(Setting("input", "5 3 9 1 1", words(MAX_TEXT), _page))
    attention = declare(
        Setting(
            "show", "decoder.cross", one_of("all", "encoder.self", "decoder.self", "decoder.cross"), _page
        )
    )
    step = declare(Setting("step", 0, whole(0, 999), _page))
    row = declare(Setting("sequence", 0, whole(0, 7), _page))
    """Which of several inputs is shown in full."""
    head = declare(Setting("head", "", panel_text, _page))
    """The enlarged panel: an attention of `ui.frames.attention.figure_titles`, layer and head."""
    count = declare(Setting("random", 1, whole(1, 8), _page))
    """How many inputs are drawn at random."""
    choice = declare(Setting("choice", "greedy", one_of("greedy", "sample"), _page))
    temperature = declare(Setting("temperature", 1.0, number(0.1, 3), _page))
    top_k = declare(Setting("top_k", 0, whole(0, 4096), _page))
    top_p = declare(Setting("top_p", 1.0, number(0.05, 1), _page))
    seed = declare(Setting("seed", 0, whole(0, 2**32 - 1), _page))
    beam_width = declare(Setting("beam", 4, whole(1, 8), _page))
    length_penalty = declare(Setting("length_penalty", 0.6, number(0, 3), _page))
    cache_layer = declare(Setting("cache_layer", 0, whole(0, 99), _page))
    cache_step = declare(Setting("cache_step", 0, whole(0, 999), _page))
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
    watched = declare(Setting("watch", "cross", one_of(*ATTENTIONS), _page))
    """What if: the attention drawn for both runs."""
    every_head = declare(Setting("every_head", False, flag, _page))
    accuracy_inputs = declare(Setting("accuracy_inputs", 100, whole(100, 500), _page))
    """Accuracy: how many random inputs, drawn from which seed, and whether longer ones too."""
    accuracy_seed = declare(Setting("accuracy_seed", 0, whole(0, 2**32 - 1), _page))
    longer = declare(Setting("longer", False, flag, _page))


class Encoding:
    """The positional encoding page."""

    _page = "encoding"
    embed_dim = declare(Setting("dim", 64, whole(1, 256), _page))
    length = declare(Setting("length", 50, whole(2, 200), _page))
    base = declare(Setting("base", 10000, whole_of(10, 100, 1000, 10_000, 100_000), _page))
    position = declare(Setting("position", 10, whole(0, 199), _page))
    text = declare(Setting("tokens", "5 3 9 1 1", words(MAX_TEXT), _page))
    section = declare(
        Setting("pe_section", "codes", one_of("codes", "hand", "why", "model", "kinds", "relative"), _page)
    )
    waves = declare(Setting("pe_waves", "", words(200), _page))
    """Dimensions drawn as waves, separated by commas; empty for a spread of them."""
    hand_step = declare(Setting("pe_step", 0, whole(0, 99), _page))
    shift = declare(Setting("pe_shift", 3, whole(1, 50), _page))
    """k in PE(p + k) = M PE(p)."""


class Recoding:
    """The positional encoding page's experiments on trained models, and its rotary positions and ALiBi."""

    _page = "encoding"
    kind = declare(Setting("pe_change", "swap", one_of(*CHANGE_KINDS), _page))
    side = declare(Setting("pe_side", "both", one_of(*SIDES), _page))
    factor = declare(Setting("pe_factor", 0.5, number(0, 4), _page))
    steps = declare(Setting("pe_by", 1, whole(1, 12), _page))
    noise = declare(Setting("pe_noise", 0.3, number(0, 2), _page))
    first = declare(Setting("pe_first", 1, whole(0, REACH - 1), _page))
    second = declare(Setting("pe_second", 2, whole(0, REACH - 1), _page))
    seed = declare(Setting("pe_seed", 0, whole(0, 999), _page))
    compared = declare(Setting("pe_models", "", words(MAX_TEXT), _page))
    """Models whose positions are compared, as `models.names` gives them; empty for the small shipped ones."""
    scheme = declare(Setting("pe_scheme", "rotary", one_of("rotary", "alibi"), _page))
    head_dim = declare(Setting("pe_head_dim", 8, whole_of(*range(2, 66, 2)), _page))
    distance = declare(Setting("pe_distance", 3, whole(0, 20), _page))
    heads = declare(Setting("pe_heads", 4, whole(1, 16), _page))
    causal = declare(Setting("pe_causal", False, flag, _page))
    layer = declare(Setting("pe_layer", 0, whole(0, 99), _page))


class TrainingPage:
    """The training page. Settings of a configuration carry the name of its field after `train_`."""

    _page = "training"
    run = declare(Setting("run", "", words(100), _page))
    """What is on the charts, as `models.names` gives it; empty for the latest, else the shipped one."""
    compare = declare(Setting("train_compare", "", words(MAX_TEXT), _page))
    """Runs on the comparison chart, separated by commas."""
    table = declare(Setting("train_table", False, flag, _page))
    """Whether the table of all runs is open."""
    measure = declare(Setting("train_measure", "loss", one_of("loss", "held_out", "exact"), _page))
    log = declare(Setting("train_log", True, flag, _page))
    sample = declare(Setting("train_sample", "moments", index_or("moments", "steps"), _page))
    """Which samples: all at some moments, all at every evaluation (`steps`), or the evolution of one."""
    look = declare(
        Setting(
            "train_look", "decoder.cross", one_of("all", *snapshots.ATTENTIONS, "embed", "position"), _page
        )
    )
    """What of the snapshots is shown."""
    snapshot = declare(Setting("train_snapshot", -1, whole(-1, 10_000_000), _page))
    """The step of the snapshot on screen; -1 for the latest, whichever that is."""
    guess: Setting[str | None] = declare(Setting("train_guess", None, words(20), _page))
    """What one predicts of a run with a mistake: a key of `findings.outcomes`."""
    task = declare(Setting("train_task", "sort", one_of(*TASKS, PAIRS), _page))
    tokens = declare(Setting("train_tokens", "word", one_of(*get_args(TokenKind)), _page))
    steps = declare(Setting("train_steps", 600, whole(1, 20_000), _page))
    batch_size = declare(Setting("train_batch_size", 64, whole(1, 1024), _page))
    learning_rate = declare(Setting("train_learning_rate", 3e-3, number(0, 10), _page))
    schedule = declare(Setting("train_schedule", "cosine", one_of(*get_args(Schedule)), _page))
    seed = declare(Setting("train_seed", 0, whole(0, 2**32 - 1), _page))
    warmup_steps = declare(Setting("train_warmup_steps", 50, whole(0, 20_000), _page))
    label_smoothing = declare(Setting("train_label_smoothing", 0.0, number(0, 0.99), _page))
    grad_clip = declare(Setting("train_grad_clip", 1.0, number(0, 1000), _page))
    weight_decay = declare(Setting("train_weight_decay", 0.0, number(0, 1), _page))
    shift_target = declare(Setting("train_shift_target", True, flag, _page))
    mistake = declare(Setting("train_mistake", "none", one_of(*get_args(Mistake)), _page))
    evaluate_every = declare(Setting("train_evaluate_every", 25, whole(1, 20_000), _page))
    num_layers = declare(Setting("train_num_layers", 2, whole(1, 6), _page))
    heads = declare(Setting("train_heads", 4, whole(1, 16), _page))
    embed_dim = declare(Setting("train_embed_dim", 32, whole(1, 256), _page))
    feed_forward_dim = declare(Setting("train_feed_forward_dim", 128, whole(1, 1024), _page))
    dropout = declare(Setting("train_dropout", 0.0, number(0, 0.9), _page))
    positions = declare(Setting("train_positions", "sinusoidal", one_of(*get_args(Positions)), _page))
    norm = declare(Setting("train_norm", "post", one_of(*get_args(NormPlace)), _page))


class Laboratory:
    """The mask laboratory."""

    _page = "laboratory"
    text = declare(Setting("lab_inputs", "5 3 9 1 1\n7 2 8", words(MAX_TEXT), _page))
    attention = declare(Setting("lab_attention", "cross", one_of(*ATTENTIONS), _page))
    layer = declare(Setting("lab_layer", "all", index_or("all"), _page))
    head = declare(Setting("lab_head", "all", index_or("all"), _page))
    mask = declare(Setting("lab_mask", "own", one_of(*MASK_KINDS), _page))
    width = declare(Setting("lab_width", 1, whole(0, 24), _page))
    rows = declare(Setting("lab_rows", False, flag, _page))
    cells = declare(Setting("lab_cells", "", cells_text, _page))
    """Cells clicked, as `ui.cells` writes them."""
    inverted = declare(Setting("lab_inverted", False, flag, _page))
    plain = declare(Setting("lab_plain", False, flag, _page))
    step = declare(Setting("lab_step", 0, whole(0, 9999), _page))
    section = declare(
        Setting("lab_section", "effect", one_of("effect", "leak", "fill", "conventions", "padding"), _page)
    )
    probe = declare(Setting("lab_probe", "", words(40), _page))
    token = declare(Setting("lab_token", 8, whole(0, 4095), _page))
    convention = declare(Setting("lab_convention", 0, whole(0, 9), _page))


REPLAY_SINCE = "replay_since"
"""Session state: when the replay of a recorded run began, in seconds since 1970; None for no replay."""


_ENTERED = "page_entered"
"""Session state: the page of the last run."""


def load(page: str) -> None:
    """Before a page: take settings from its address if it is a new view, keep them otherwise.

    An address that names one of a page's settings is a view of that page: those it does not name are at
    their defaults. Keeping is done by assigning anew, since Streamlit forgets the value of a widget that a
    run does not draw.
    """
    query = st.query_params.to_dict() if _is_new_view(page) else {}
    viewed = {setting.page for setting in SETTINGS if setting.name in query} - {EVERYWHERE}
    for setting in SETTINGS:
        given = setting.parse(query[setting.name]) if setting.name in query else None
        otherwise = setting.default if setting.page in viewed else setting.value
        setting.set(otherwise if given is None else given)
    if not LANGUAGE.value:
        LANGUAGE.set(browser_language())


def _is_new_view(page: str) -> bool:
    """Whether the address says what to show: on entering a page, and when the browser goes back or forth.

    At other times it only repeats what `write_url` wrote, and may be late: a quick click still carries the
    address from before the last one.
    """
    entered = st.session_state.get(_ENTERED) != page
    st.session_state[_ENTERED] = page
    context = get_script_run_ctx()
    return entered or (context is not None and context.is_history_navigation)


def write_url(page: str) -> None:
    """After a page: let the URL say what is shown, so that it can be copied."""
    wanted = query_of(page)
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)


def query_of(page: str) -> dict[str, str]:
    """The URL parameters that reproduce a page as it is: its settings that are not at their defaults."""
    shown = [setting for setting in SETTINGS if setting.page in (EVERYWHERE, page)]
    query = {setting.name: _as_text(setting.value) for setting in shown if setting.value != setting.default}
    if query.get(LANGUAGE.name) == browser_language():
        del query[LANGUAGE.name]
    return query


def link(page: str) -> str:
    """The address of the view on screen."""
    query = urlencode(query_of(page))
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{query}" if query else base


def reset(page: str) -> None:
    """Put a page's own settings back to their defaults (a button's callback)."""
    for setting in SETTINGS:
        if setting.page == page:
            setting.set(setting.default)


def _as_text(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
