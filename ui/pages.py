"""The list of all pages of the app, and the form of links to views of them.

To add a page, write its file below `pages/`, and add a `Page` to `PAGES`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from transformer import InputError
from ui import state
from ui.i18n import message
from ui.setting import OneOf, Setting, as_text


@dataclass(frozen=True, eq=False)
class Page:
    """One page. Title, purpose and group are in English; `t` translates them where they are shown."""

    slug: str
    """Its path in the address, except that the home page's path is empty."""
    file: str
    title: str
    purpose: str = ""
    """What it is for, in one sentence: shown at its title and on the home page."""
    group: str = ""
    """Its heading in the sidebar."""
    settings: tuple[Setting[Any], ...] = ()
    """The settings that a link can set on this page, besides `EVERYWHERE`."""
    section: Setting[str] | None = None
    """The setting that chooses the section, on a page with sections."""
    shows_model: bool = True
    """Whether it uses the current model."""
    hidden: bool = False
    """Whether it is left out of the sidebar and of the list on the home page."""

    @property
    def path(self) -> str:
        """Its path below the root of the server."""
        return "" if self is HOME else self.slug

    @property
    def sections(self) -> Mapping[str, str]:
        """The English titles of its sections, by name; empty for a page without sections."""
        parse = self.section.parse if self.section else None
        return parse.titles if isinstance(parse, OneOf) else {}


def _declared(*groups: type) -> tuple[Setting[Any], ...]:
    """The settings that are attributes of the given classes of `ui.state`."""
    return tuple(one for group in groups for one in vars(group).values() if isinstance(one, Setting))


_MASKS = message("Masks and positions")
_LEARNING = message("Learning and writing")
_QUESTIONS = message("Questions")

HOME = Page(
    "home",
    "pages/start/home.py",
    message("Home"),
    settings=_declared(state.Home),
)
INSIDE = Page(
    "inside",
    "pages/model/inside.py",
    message("Inside the model"),
    message(
        "Open any part of the model: what enters, what leaves, the line of code between, and every number."
    ),
    settings=_declared(state.Inside),
    section=state.Inside.section,
)
BROADCASTING = Page(
    "broadcasting",
    "pages/masks/broadcasting.py",
    message("Mask broadcasting"),
    message(
        "A mask of a few numbers covers the scores of every head and every query. Watch it being stretched."
    ),
    _MASKS,
    _declared(state.Broadcasting),
    state.Broadcasting.section,
)
LABORATORY = Page(
    "laboratory",
    "pages/masks/laboratory.py",
    message("Mask laboratory"),
    message(
        "Change the mask of the running model, cell by cell if you like, and see what becomes of its answer."
    ),
    _MASKS,
    _declared(state.Laboratory),
    state.Laboratory.section,
)
CHECK = Page(
    "check",
    "pages/masks/check.py",
    message("Check a mask"),
    message("Is my mask right? Give yours, see what it hides and how PyTorch takes it; and probe the model."),
    _MASKS,
    _declared(state.CheckMask),
    state.CheckMask.section,
)
ENCODING = Page(
    "encoding",
    "pages/positions/encoding.py",
    message("Positional encoding"),
    message(
        "Attention does not see order. So each position has a code of its own, which is added to the token."
    ),
    _MASKS,
    _declared(state.Encoding, state.Recoding),
    state.Encoding.section,
)
TRAINING = Page(
    "training",
    "pages/training/training.py",
    message("Training"),
    message("Teach a Transformer a task from nothing, and watch what it gets right and when."),
    _LEARNING,
    _declared(state.TrainingPage),
    state.TrainingPage.section,
    shows_model=False,
)
DECODING = Page(
    "decoding",
    "pages/decoding/decoding.py",
    message("Decoding"),
    message("The model writes its answer token by token. Step through it and see where each head looks."),
    _LEARNING,
    _declared(state.Decoding),
    state.Decoding.section,
)
QUESTIONS = Page(
    "questions",
    "pages/questions/questions.py",
    message("Questions and answers"),
    message("What students ask who build a Transformer for the first time, each answered with live numbers."),
    _QUESTIONS,
    _declared(state.Questions),
    shows_model=False,
)
EXERCISES = Page(
    "exercises",
    "pages/questions/exercises.py",
    message("Exercises"),
    message("Do one step of the model yourself, with other data each time. The model that runs grades it."),
    _QUESTIONS,
    _declared(state.Exercises),
    shows_model=False,
)
MISTAKES = Page(
    "mistakes",
    "pages/questions/mistakes.py",
    message("Common mistakes"),
    message("What people write about masks and Transformers, run as it stands. Predict first, then look."),
    _QUESTIONS,
    _declared(state.Mistakes),
    shows_model=False,
)
FIND = Page(
    "find",
    "pages/questions/find.py",
    message("Find the mistake"),
    message("A model that was trained with a mistake, or with none. Examine it, then name what is wrong."),
    _QUESTIONS,
    _declared(state.Find),
    shows_model=False,
)
CHEAT_SHEET = Page(
    "cheatsheet",
    "pages/questions/cheatsheet.py",
    message("Cheat sheet"),
    message("Masks on one page, to print: which, where, what shape, and what True means in each function."),
    _QUESTIONS,
    shows_model=False,
)
MY_LESSON = Page(
    "mylesson",
    "pages/questions/my_lesson.py",
    message("My lesson"),
    message(
        "Views that you have added, in order, with a text each. Try it, download it, or go on with a file."
    ),
    _QUESTIONS,
    shows_model=False,
    hidden=True,
)
TEACHER = Page(
    "teacher",
    "pages/teacher/teacher.py",
    message("For the teacher"),
    group=_QUESTIONS,
    shows_model=False,
    hidden=True,
)

PAGES = (
    HOME,
    INSIDE,
    BROADCASTING,
    LABORATORY,
    CHECK,
    ENCODING,
    TRAINING,
    DECODING,
    QUESTIONS,
    EXERCISES,
    MISTAKES,
    FIND,
    CHEAT_SHEET,
    MY_LESSON,
    TEACHER,
)
"""All pages, in the order of the sidebar."""

PAGE_OF = {setting: page for page in PAGES for setting in page.settings}
"""The page of each setting that belongs to one."""

BY_SLUG = {page.slug: page for page in PAGES}

SETTINGS = (*state.EVERYWHERE, *PAGE_OF)
"""The settings of all pages. No two have the same name."""


@dataclass(frozen=True)
class View:
    """A page with some of its settings: what a link shows."""

    page: Page
    values: Mapping[Setting[Any], Any]
    """The settings that differ from their defaults."""

    @property
    def section(self) -> str:
        """The name of the section that is shown; empty on a page without sections."""
        chosen = self.page.section
        return self.values.get(chosen, chosen.default) if chosen else ""

    @property
    def query(self) -> dict[str, str]:
        """The URL parameters of its address."""
        return {one.name: as_text(value) for one, value in self.values.items() if value != one.default}

    @property
    def link(self) -> str:
        """Its address below the root of the server, such as `decoding?section=cache`."""
        query = urlencode(self.query)
        return f"{self.page.path}?{query}" if query else self.page.path


def view(page: Page, values: Mapping[Setting[Any], Any]) -> View:
    """A page with these settings. Raises `InputError` if the page lacks one or a value is invalid."""
    return read_view(page, {setting.name: as_text(value) for setting, value in values.items()})


def read_link(link: str) -> View:
    """The view that an address leads to, with or without the server in front: `/decoding?section=cache`.

    Raises `InputError` for an unknown page or setting, and for an invalid value.
    """
    address = urlsplit(link)
    slug = address.path.strip("/").rpartition("/")[2] or HOME.slug
    if slug not in BY_SLUG:
        raise InputError(
            "There is no page {name}. The pages are: {pages}.", name=slug, pages=", ".join(BY_SLUG)
        )
    return read_view(BY_SLUG[slug], dict(parse_qsl(address.query, keep_blank_values=True)))


def read_view(page: Page, query: Mapping[str, str]) -> View:
    """The view of a page that an address's parameters describe. Raises `InputError` as `read_link` does."""
    known = {setting.name: setting for setting in (*state.EVERYWHERE, *page.settings)}
    for name in query:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0)
            raise InputError(
                "The page {page} has no setting {name}. The most similar one is {near}.",
                page=page.slug,
                name=name,
                near=near[0],
            )
    read = {known[name]: known[name].read(text) for name, text in query.items()}
    return View(page, {one: value for one, value in read.items() if value != one.default})
