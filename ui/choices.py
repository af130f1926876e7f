"""Titles of configuration values on screen."""

from ui.i18n import t


def choice_title(value: str) -> str:
    """The title of a value in the session's language; the value itself if it has none, such as `noam`."""
    titles = {
        "none": t("none"),
        "sinusoidal": t("sinusoidal"),
        "learned": t("learned"),
        "rotary": t("rotary"),
        "alibi": t("alibi"),
        "constant": t("constant"),
        "cosine": t("cosine"),
        "post": t("post"),
        "pre": t("pre"),
        "no_causal_mask": t("no_causal_mask"),
        "no_padding_mask": t("no_padding_mask"),
        "tiny_fill": t("tiny_fill"),
        "inverted_mask": t("inverted_mask"),
    }
    return titles.get(value, value)
