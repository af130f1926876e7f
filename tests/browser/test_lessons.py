"""The bar of a lesson in a real browser: keys, height, and the stage below it."""

import pytest
from playwright.sync_api import expect

from benchmarks.screens import WINDOWS, measure
from benchmarks.views import View
from ui.lessons.shelf import shipped

LONG = 60_000
STEPS = len(shipped()["why_masks"].steps)


@pytest.fixture
def page(tab, app_url, settled):
    tab.set_viewport_size({"width": 1366, "height": 650})
    tab.goto(f"{app_url}/?lesson=why_masks&step=9&lang=en")
    expect(tab.get_by_text(f"9 of {STEPS}")).to_be_visible(timeout=LONG)
    expect(tab.get_by_role("heading", level=1)).to_have_text("Mask laboratory", timeout=LONG)
    expect(tab.locator(".st-key-lesson_next button").first).to_be_visible(timeout=LONG)
    expect(tab.locator("[id^=grid-]").first).to_be_visible(timeout=LONG)
    return settled(tab)


def test_arrows_lead_through_the_lesson_unless_a_grid_has_the_focus(page):
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text(f"10 of {STEPS}")).to_be_visible(timeout=LONG)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text(f"9 of {STEPS}")).to_be_visible(timeout=LONG)
    grid = page.locator("[id^=grid-]").first
    grid.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(1000)
    expect(page.get_by_text(f"9 of {STEPS}")).to_be_visible()
    expect(page.get_by_test_id("tg-frame").first).to_have_attribute("data-frame", "1", timeout=LONG)


def test_the_bar_is_slim_and_what_is_pointed_at_is_outlined(page):
    bar = page.locator(".st-key-lesson_bar")
    assert bar.bounding_box()["height"] <= 90
    page.locator(".st-key-lesson_next button").first.click()
    expect(page.get_by_text(f"10 of {STEPS}")).to_be_visible(timeout=LONG)
    assert bar.bounding_box()["height"] <= 90
    style = page.locator(".st-key-answers_grid").evaluate("one => getComputedStyle(one).outlineStyle")
    assert style == "solid"


def test_the_stage_is_on_the_first_screen_below_the_bar(page, app_url):
    step = shipped()["why_masks"].steps[8]
    query = {**step.view.query, "lesson": "why_masks", "lesson_step": "9"}
    [screen] = measure(page, app_url, View("laboratory", query), WINDOWS[:1]).values()
    assert screen.suits(), screen


def test_progress_is_there_after_a_reload(page, app_url):
    page.goto(f"{app_url}/mistakes?mistake=tiny&lang=en")
    page.get_by_role("button", name="Show", exact=True).click(timeout=LONG)
    expect(page.get_by_text("24 to go")).to_be_visible(timeout=LONG)
    page.reload()
    expect(page.get_by_text("24 to go")).to_be_visible(timeout=LONG)


def test_what_is_locked_is_seen_and_cannot_be_reached(tab, app_url, settled):
    tab.set_viewport_size({"width": 1366, "height": 650})
    tab.goto(f"{app_url}/laboratory?lock=controls,sections,sidebar&lang=en")
    row = tab.locator(".st-key-controls").first
    choice = row.get_by_text("encoder self", exact=True)
    expect(choice).to_be_visible(timeout=LONG)
    expect(row).to_have_attribute("inert", "", timeout=LONG)
    settled(tab)
    choice.click(force=True)
    tab.get_by_text("Leak probe", exact=True).click(force=True)
    for _ in range(12):
        tab.keyboard.press("Tab")
        inside = "document.activeElement.closest('[inert]') !== null"
        assert not tab.evaluate(inside)
    settled(tab)
    assert "lab_attention" not in tab.url
    assert "lab_section" not in tab.url
    assert tab.get_by_role("button", name="Reset").is_disabled()


WORDS = """() => {
    const said = [];
    const read = (node) => {
        if (node.nodeType === Node.TEXT_NODE) said.push(node.data);
        if (["SCRIPT", "STYLE"].includes(node.tagName)) return;
        if (node.classList?.contains("st-key-lesson_bar")) return;
        for (const one of [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes]) read(one);
    };
    read(document.body);
    return said.join("").replace(/\\s+/g, " ");
}"""
"""All text on the page except the lesson's bar; text in shadow roots is included."""

IN_SIGHT = """(bar) => [
    bar.getBoundingClientRect().height,
    bar.scrollHeight - bar.clientHeight,
]"""
"""Height of the bar in pixels, and how many pixels of its content are scrolled out of sight."""


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_every_lesson_can_be_gone_through_with_the_arrow(tab, app_url, name):
    lesson = shipped()[name]
    tab.set_viewport_size({"width": 1366, "height": 650})
    tab.goto(f"{app_url}/?lesson={name}&lang=en")
    for number, step in enumerate(lesson.steps, 1):
        where = f"{name}, step {number}"
        expect(tab.get_by_text(f"{number} of {len(lesson.steps)}")).to_be_visible(timeout=LONG)
        expect(tab.get_by_role("heading", level=1).first).to_have_text(step.view.page.title, timeout=LONG)
        expect(tab.locator(".st-key-lesson_said")).to_contain_text(step.text.en.split("`")[0].strip()[:40])
        for word in step.shows:
            tab.wait_for_function(f"(word) => ({WORDS})().includes(word)", arg=word, timeout=LONG)
        if step.point:
            pointed = tab.locator(f".st-key-{step.point}, .st-key-at_{step.point}").first
            assert pointed.evaluate("one => getComputedStyle(one).outlineStyle") == "solid", where
        height, hidden = tab.locator(".st-key-lesson_bar").evaluate(IN_SIGHT)
        assert height <= 90, where
        assert hidden <= 1, where
        expect(tab.locator(".st-key-lesson_next button").first).to_be_enabled()  # it is drawn last
        tab.keyboard.press("ArrowRight")
    expect(tab.locator(".st-key-lessons")).to_be_visible(timeout=LONG)
