"""The registry of pages: what links contain, and how invalid ones are treated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.messages import ROOT
from transformer import InputError
from ui import pages, state
from ui.misconceptions import misconceptions
from ui.pages import PAGES, SETTINGS, read_link, view
from ui.questions import questions
from ui.setting import OneOf, Range, Setting


def test_every_page_has_its_file_and_every_file_its_page():
    files = {str(path.relative_to(ROOT)) for path in (ROOT / "pages").rglob("*.py")}
    assert sorted(page.file for page in PAGES) == sorted(files)


def test_nothing_is_called_like_another():
    assert len(pages.BY_SLUG) == len(PAGES)
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)


def test_every_class_of_settings_belongs_to_a_page():
    groups = [vars(group) for group in vars(state).values() if isinstance(group, type)]
    declared = [one for group in groups for one in group.values() if isinstance(one, Setting)]
    assert set(declared) == set(pages.PAGE_OF)


@pytest.mark.parametrize("page", [page for page in PAGES if page.section], ids=lambda page: page.slug)
def test_every_section_can_be_linked_to(page):
    assert page.sections
    for name in page.sections:
        seen = view(page, {page.section: name})
        assert (seen.section, read_link(seen.link).section) == (name, name)


values = {
    setting: st.sampled_from(setting.parse.choices)
    if isinstance(setting.parse, OneOf)
    else st.integers(*setting.bounds)
    if isinstance(setting.default, int)
    else st.floats(*setting.bounds)
    for setting in SETTINGS
    if isinstance(setting.parse, OneOf | Range)
}


@given(st.data())
def test_a_link_says_all_that_it_was_made_from(data):
    page = data.draw(st.sampled_from(PAGES))
    own = [setting for setting in (*state.EVERYWHERE, *page.settings) if setting in values]
    chosen = {setting: data.draw(values[setting]) for setting in own if data.draw(st.booleans())}
    seen = read_link(view(page, chosen).link)
    assert seen.page is page
    assert dict(seen.values) == {one: value for one, value in chosen.items() if value != one.default}


@pytest.mark.parametrize(
    "link",
    [
        "decoding?section=cache",
        "/decoding?section=cache",
        "http://localhost:8501/base/decoding?section=cache",
    ],
)
def test_a_link_may_name_the_server(link):
    seen = read_link(link)
    assert (seen.page, seen.section) == (pages.DECODING, "cache")


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("decodign", "There is no page decodign."),
        (
            "decoding?sectoin=cache",
            "The page decoding has no setting sectoin. The most similar one is section.",
        ),
        ("decoding?pe_section=hand", "The page decoding has no setting pe_section."),
        ("decoding?section=cash", "section=cash is not possible. Possible are: walk, strategies,"),
        ("decoding?step=-1", "step=-1 is not a number from 0 to"),
        ("decoding?judged=yes", "judged=yes is not a possible value."),
        ("?try=" + "5 " * 500, "try has 1000 characters; at most"),
    ],
)
def test_what_is_wrong_with_a_link_is_said(link, said):
    with pytest.raises(InputError) as refused:
        read_link(link)
    assert str(refused.value).startswith(said)


def test_a_view_has_only_settings_of_its_page():
    with pytest.raises(InputError, match="The page home has no setting section"):
        view(pages.HOME, {state.Decoding.section: "cache"})


@pytest.mark.parametrize("one", [*questions(), *misconceptions()], ids=lambda one: one.key)
def test_questions_and_mistakes_lead_to_views_that_there_are(one):
    assert pages.read_view(one.page, one.query).page is one.page
