"""A teacher and two students on one server."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_classroom import GOES_ON, SECONDS, open_tab, press, progress, student

TOKEN = "teacher-of-this-test"
__all__ = ["open_tab", "student"]


@pytest.fixture(scope="module")
def url(browser, serve, tmp_path_factory) -> str:
    folder = str(tmp_path_factory.mktemp("runs"))
    url = serve("app.py", RUNS_FOLDER=folder, CLASSROOM="1", TRAINING_LIMIT="2", TEACHER_TOKEN=TOKEN)
    visitor = browser.new_page()
    visitor.goto(url)
    visitor.get_by_role("heading", level=1).wait_for(timeout=SECONDS)
    visitor.context.close()
    return url


@pytest.fixture
def training_url(url) -> str:
    return f"{url}/training"


def figures(page: Page):
    return page.locator("[data-metric]")


def test_the_teacher_sees_both_students_and_stops_the_run_of_one(student, open_tab, url):
    tabs = []
    for _ in range(2):  # one after the other, because a run under way slows the next browser
        page = open_tab(student())
        tabs.append(page)
        press(page, "Start")
        progress(page, GOES_ON)
        press(page, "Pause")  # so that it leaves the processor to the browsers
        progress(page, "paused · step")
    first, second = tabs
    name = re.search(r"run=run%3A([\w-]+)", second.url)[1]

    curious = first.context.new_page()
    curious.goto(f"{url}/teacher#token=not-the-token-of-it")
    expect(curious.get_by_text("not the token")).to_be_visible(timeout=SECONDS)
    expect(figures(curious)).to_have_count(0)
    expect(curious.get_by_text(name)).to_have_count(0)
    expect(curious.get_by_test_id("stSidebar").get_by_text("For the teacher")).to_have_count(0)

    page = student().new_page()
    page.set_default_timeout(SECONDS)
    page.goto(f"{url}/teacher")
    expect(page.get_by_label("Token")).to_be_visible(timeout=SECONDS)
    expect(figures(page)).to_have_count(0)
    expect(page.get_by_text("not the token")).to_have_count(0)
    page.goto("about:blank")
    page.goto(f"{url}/teacher#token={TOKEN}")
    expect(figures(page).filter(has_text="Browsers connected")).to_contain_text("3", timeout=SECONDS)
    expect(figures(page).filter(has_text="Runs under way")).to_contain_text("2 of 2")
    assert TOKEN not in page.url
    page.reload()
    expect(figures(page).first).to_be_visible(timeout=SECONDS)

    page.get_by_role("combobox", name="Run").click()
    page.get_by_role("option", name=re.compile(name)).click()
    press(page, "Stop")
    progress(second, "The teacher stopped this run")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_disabled(timeout=SECONDS)
    expect(page.get_by_role("combobox", name="Run")).to_have_value("")
    expect(figures(page).filter(has_text="Runs under way")).to_contain_text("1 of 2", timeout=SECONDS)
    progress(first, "paused · step")
    page.get_by_role("button", name="Stop all", exact=True).click()
    page.get_by_role("button", name="Stop all runs now").click()
    progress(first, "The teacher stopped this run")
