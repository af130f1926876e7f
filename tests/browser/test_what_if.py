"""What if in a browser: a forced token changes later steps, and both runs step together."""

import re

from playwright.sync_api import Page, expect

from tests.browser.test_pages import at_frame, visit  # noqa: F401
from transformer import shipped_checkpoint
from transformer.decoding.loop import decode
from transformer.tasks import pad_batch

WAIT = 30_000
"""Timeout in milliseconds for the response to a click, on a machine that is busy with other tests."""


def written(forced: dict[int, int]) -> list[str]:
    """What the shipped sort model writes, computed here."""
    checkpoint = shipped_checkpoint("sort")
    src = pad_batch([checkpoint.task.encode("5 3 9 1 1")])
    *_, last = decode(checkpoint.model, src, max_new_tokens=11, forced=forced)
    return checkpoint.task.trg_vocabulary.labels(last.tokens[0, 1:].tolist())


def strip(page: Page, label: str) -> list[str]:
    """The tokens of a strip, without its empty places."""
    row = page.get_by_test_id("tg-tokens").locator(".strip").filter(has_text=label)
    found = row.locator(".token").evaluate_all("tokens => tokens.map(token => token.firstChild.textContent)")
    return [token.strip() for token in found if token.strip()]


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_forced_token_changes_later_steps_and_both_runs_step_together(visit):  # noqa: F811
    page = visit("decoding?section=what_if")
    page.get_by_role("button", name="What if we").click()
    choose(page, "write", "5")
    page.get_by_role("button", name="Alter").click()
    expect(page.get_by_test_id("tg-caption")).to_contain_text("Here they part", timeout=WAIT)
    original, altered = written({}), written({0: 8})
    assert original[1:] != altered[1:], "the model should answer a forced 5 by other tokens later on"
    for step in range(max(len(original), len(altered))):
        at_frame(page, step)
        assert strip(page, "original") == original[: step + 1]
        assert [token for token in strip(page, "altered") if token != "–"] == altered[: step + 1]
        page.get_by_test_id("tg-next").click()
    expect(page).to_have_url(re.compile("changes=token.0.8"))
