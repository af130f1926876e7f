"""Titles of deliberate mistakes, and detection of the models that were trained with one."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from transformer import InputError, TransformerConfig
from transformer.learning.checkpoint import read_description
from ui.i18n import t


def marked(title: str, checkpoint: Path) -> str:
    """A model's title with its deliberate mistake, if any: "run x (no causal mask)"."""
    try:
        code = _mistake_in(checkpoint, checkpoint.stat().st_mtime_ns)
    except (InputError, OSError):
        return title
    return t("{title} ({mistake})", title=title, mistake=mistake_title(code)) if code else title


@lru_cache(maxsize=1000)
def _mistake_in(checkpoint: Path, changed: int) -> str:
    """The mistake's code for `mistake_title`, empty for none. `changed` is only part of the cache key."""
    config, about = read_description(checkpoint)
    training = about.get("training")
    return mistake_of(config, training if isinstance(training, dict) else {})


def mistake_of(model: TransformerConfig, training: dict[str, Any]) -> str:
    """The code of the mistake in a configuration, for `mistake_title`; empty if there is none."""
    if model.mistake != "none":
        return model.mistake
    if not training.get("shift_target", True):
        return "not_shifted"
    return "no_positions" if model.positions == "none" else ""


def mistake_title(code: str) -> str:
    """The title of a mistake on screen."""
    return {
        "no_causal_mask": t("no causal mask"),
        "no_padding_mask": t("no padding mask"),
        "tiny_fill": t("fill value 1e-20"),
        "inverted_mask": t("inverted masks"),
        "no_positions": t("no positional encoding"),
        "not_shifted": t("target not shifted"),
    }[code]
