"""The home page in a real browser: the map's boxes lead to the right pages in the right state."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

DIGITS = "7 2 8 4"


@pytest.fixture
def home(page, app_url, settled) -> Page:
    page.goto(f"{app_url}/?try={DIGITS.replace(' ', '+')}")
    page.locator('[data-part="src"]').wait_for(timeout=60_000)
    return settled(page)


def part(page: Page, name: str) -> Locator:
    return page.locator(f'[data-part="{name}"]')


def titled(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


@pytest.mark.parametrize(
    ("name", "shown", "sizes"),
    [
        pytest.param("encoder.0.self_attention", "encoder self", "[1, 4, 6, 6]", marks=pytest.mark.slow),
        pytest.param("decoder.0.self_attention", "decoder self", "[1, 4, 5, 5]", marks=pytest.mark.slow),
        ("decoder.0.cross_attention", "cross", "[1, 4, 5, 6]"),
    ],
)
def test_an_attention_opens_as_it_is_in_the_figure(home, settled, name, shown, sizes):
    expect(part(home, name)).to_contain_text(sizes)
    part(home, name).click()
    titled(home, "Mask broadcasting")
    settled(home)
    expect(home.get_by_role("radio", name=shown, exact=True)).to_be_checked()
    expect(home.get_by_role("textbox").first).to_have_value(DIGITS)
    expect(home).to_have_url(re.compile("/broadcasting.*from=model"))


@pytest.mark.parametrize(
    ("name", "title", "field"),
    [
        ("encoder.position", "Positional encoding", "Input"),
        pytest.param("decoder.embedding", "Inside the model", "Input, one a line", marks=pytest.mark.slow),
        ("encoder.0.feed_forward", "Inside the model", "Input, one a line"),
        pytest.param("trg", "Decoding", "Input, one a line", marks=pytest.mark.slow),
        ("probabilities", "Decoding", "Input, one a line"),
    ],
)
def test_enter_opens_the_page_of_the_part_in_focus(home, name, title, field):
    link = part(home, name)
    expect(link).to_have_attribute("aria-label", re.compile(f"Opens the page “{title}”"))
    link.focus()
    home.keyboard.press("Enter")
    titled(home, title)
    expect(home.get_by_role("textbox", name=field, exact=True)).to_have_value(DIGITS)


def test_tab_goes_through_the_links_from_the_input_upwards(home):
    part(home, "src").focus()
    for name in ("encoder.embedding", "encoder.position", "encoder.0.self_attention", "encoder.0.norm1"):
        home.keyboard.press("Tab")
        expect(part(home, name)).to_be_focused()


def test_every_box_leads_somewhere(home):
    boxes = home.locator("[data-part]")
    assert boxes.count() == home.locator("[data-part][role=link]").count() > 15


def test_a_click_straight_from_the_text_field_opens_what_was_typed(home):
    """Leaving the field redraws the figure between mouse down and mouse up."""
    home.get_by_label("Give it an input").fill("1 2 3")
    box = part(home, "decoder.0.cross_attention")
    box.hover()
    home.mouse.down()
    expect(box).to_contain_text("[1, 4, 4, 5]")
    home.mouse.up()
    titled(home, "Mask broadcasting")
    expect(home.get_by_role("textbox").first).to_have_value("1 2 3")


def test_text_can_be_read_in_a_window_of_1280_pixels(home):
    shown = home.locator("svg[role=group]")
    width = shown.bounding_box()["width"]
    units = float(shown.get_attribute("viewBox").split()[2])
    sizes = shown.locator("text").evaluate_all(
        "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) * width / units >= 12


@pytest.mark.parametrize("presenter", ["", "&presenter=1"])
@pytest.mark.parametrize("digits", ["5+3+9", "+".join("1234567890" * 6)])
@pytest.mark.slow
def test_no_text_leaves_its_box(page, app_url, settled, presenter, digits):
    page.goto(f"{app_url}/?try={digits}{presenter}")
    part(page, "src").wait_for(timeout=60_000)
    settled(page)
    outside = page.locator("[data-part]").evaluate_all(
        """parts => parts.flatMap(part => {
            const box = part.querySelector(".body").getBBox();
            return [...part.querySelectorAll("text")]
                .map(text => [text.textContent, text.getBBox()])
                .filter(([, own]) => own.x < box.x + 2 || own.x + own.width > box.x + box.width - 2)
                .map(([text]) => text);
        })"""
    )
    assert not outside
    overlapping = page.locator("[data-part]:has(.hatched)").evaluate_all(
        """parts => parts.filter(part => {
            const [label, shape] = [...part.querySelectorAll("text")].slice(-2).map(text => text.getBBox());
            return label.x + label.width > shape.x;
        }).length"""
    )
    assert overlapping == 0
