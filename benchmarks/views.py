"""The views that a link can open without saying anything but where: every page, and every section of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from ui.setting import Setting
from ui.state import Broadcasting, Decoding, Encoding, Inside, Laboratory, TrainingPage

MAX_BYTES = 300_000
"""What the messages of one view may amount to."""

PAGES = (
    "",
    "inside",
    "broadcasting",
    "laboratory",
    "encoding",
    "training",
    "decoding",
    "questions",
    "mistakes",
)
"""In the order of the sidebar; the first has no name in its address."""

SECTIONS: dict[str, tuple[Setting[Any], tuple[str, ...]]] = {
    "inside": (Inside.section, ("parts", "serial", "batch")),
    "broadcasting": (
        Broadcasting.origin,
        ("notes", "model", "pytorch", "sum", "product", "shapes", "broken"),
    ),
    "laboratory": (Laboratory.section, ("effect", "leak", "fill", "conventions", "padding")),
    "encoding": (Encoding.section, ("codes", "likeness", "hand", "why", "model", "kinds", "relative")),
    "training": (TrainingPage.section, ("train", "attention", "runs")),
    "decoding": (
        Decoding.section,
        ("walk", "strategies", "teacher", "what_if", "cache", "accuracy"),
    ),
}
"""By page: the setting that chooses the section, and its values."""


@dataclass(frozen=True)
class View:
    """A page, and the parameters of its address."""

    page: str
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """What follows the server's name."""
        return f"{self.page}?{urlencode(self.query)}" if self.query else self.page

    @property
    def name(self) -> str:
        """The page and the section, as a table or a test calls it."""
        return ", ".join([self.page or "home", *self.query.values()])


def _views() -> list[View]:
    views = []
    for page in PAGES:
        setting, names = SECTIONS.get(page, (None, ()))
        views += [View(page, {setting.name: name}) for name in names if setting] or [View(page)]
    return views


VIEWS = _views()
