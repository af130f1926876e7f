"""The views that a link can open without saying anything but where: every page, and every section of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from ui import pages

MAX_BYTES = 300_000
"""What the messages of one view may amount to."""

PAGES = tuple(page.path for page in pages.PAGES if not page.hidden)
"""In the order of the sidebar; the first has no name in its address."""


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


def _views(page: pages.Page) -> list[View]:
    section = page.section
    return [View(page.path, {section.name: name}) for name in page.sections if section] or [View(page.path)]


VIEWS = [view for page in pages.PAGES if not page.hidden for view in _views(page)]
