"""Servers that end, in order or not, while they train, and two of them on one folder of runs.

tests/ui/test_jobs.py tests without a browser that processes end with the registry. What a killed training
process leaves is tested there and in tests/browser/test_training.py.
"""

import signal

import pytest
from playwright.sync_api import expect

from tests.faults.conftest import MILLISECONDS, press, says, start, step
from tests.faults.servers import running, wait_for
from tests.faults.test_connection import LOST, whole
from transformer.learning.lock import live_writer
from transformer.learning.runs import Run

pytestmark = [pytest.mark.slow, pytest.mark.timing]


@pytest.mark.parametrize(
    ("how", "language"),
    [
        pytest.param(signal.SIGTERM, "en", id="SIGTERM"),
        pytest.param(signal.SIGKILL, "zh", id="SIGKILL"),
    ],
)
def test_a_server_that_ends_in_mid_training_loses_nothing_and_the_next_one_goes_on(
    serve, visit, runs, how, language
):
    server = serve()
    page = visit(server.url)
    name = start(page)
    if language != "en":
        page.get_by_text("中文", exact=True).click()
        says(page, "训练中")
    had = server.end(how)
    note = page.locator("#connection-lost")
    expect(note).to_contain_text(LOST[language], timeout=MILLISECONDS)
    assert had
    wait_for(lambda: not any(map(running, had)))
    assert live_writer(runs / name) is None
    recorded = whole(runs / name)
    run = Run.find(runs / name)
    assert run.checkpoint().about["step"] == len(recorded), "it was saved where it stood"
    losses = [line["loss"] for line in run.metrics()]

    serve(server.port)  # the page is still open, and finds the new one by itself
    expect(note).to_have_count(0, timeout=MILLISECONDS)
    says(page, {"en": f"step {len(recorded):,}", "zh": f"第 {len(recorded):,} 步"}[language])
    press(page, {"en": "Continue", "zh": "续训"}[language])
    wait_for(lambda: page.wait_for_timeout(50) or run.last_step() > len(recorded))
    assert [line["loss"] for line in run.metrics()][: len(recorded)] == losses
    whole(runs / name)


def test_two_servers_on_one_folder_train_a_run_one_at_a_time(serve, visit, runs):
    first, second = serve(), serve()
    page = visit(first.url)
    name = start(page)
    other = visit(second.url, f"run=run%3A{name}")
    says(other, r"training in another process · step [\d,]+ of 20,000")
    says(other, r"Process \d+ on .* trains this run")
    before = step(other)
    wait_for(lambda: other.wait_for_timeout(50) or step(other) > before)
    expect(other.get_by_role("button", name="Continue", exact=True)).to_be_disabled()
    first.end(signal.SIGKILL)
    says(other, r"stopped · step [\d,]+ of 20,000")
    recorded = len(whole(runs / name))
    press(other, "Continue")
    says(other, r"training · step [\d,]+ of 20,000")
    assert len(whole(runs / name)) >= recorded
    press(other, "Stop")
    says(other, r"stopped · step")
    whole(runs / name)
