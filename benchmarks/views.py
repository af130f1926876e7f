"""All views with default settings: every page, and every section of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from ui import pages

MAX_BYTES = 300_000
"""Maximum size of the messages of one view."""

PAGES = tuple(page.path for page in pages.PAGES if not page.hidden)
"""Paths in the order of the sidebar; the first is empty."""


@dataclass(frozen=True)
class View:
    """A page, and its query parameters."""

    page: str
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The path and query of the URL."""
        return f"{self.page}?{urlencode(self.query)}" if self.query else self.page

    @property
    def name(self) -> str:
        """The page and the section, for tables and tests."""
        return ", ".join([self.page or "home", *self.query.values()])


def _views(page: pages.Page) -> list[View]:
    section = page.section
    return [View(page.path, {section.name: name}) for name in page.sections if section] or [View(page.path)]


VIEWS = [view for page in pages.PAGES if not page.hidden for view in _views(page)]
