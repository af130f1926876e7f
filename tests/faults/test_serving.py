"""Two processes of the app behind nginx, as in compose.yaml: browsers stay with one, and survive its end.

The tests build on each other, in the order of this file: three students come, one watches a run, then one
process is killed with its children and started again, and the other one is terminated.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import REPOSITORY, free_port, wait_until_healthy
from tests.faults.conftest import Streams
from transformer.learning.checkpoint import SHIPPED
from transformer.learning.folder import CHECKPOINT
from transformer.learning.lock import live_writer
from transformer.learning.runs import Run

pytestmark = [pytest.mark.slow, pytest.mark.timing]

SECONDS = 60_000
SMALL = (
    "train_steps=20000&train_batch_size=8&train_embed_dim=8&train_heads=2&train_num_layers=1"
    "&train_feed_forward_dim=16&train_evaluate_every=20000"
)
CUT_OFF = "训练此运行的服务器或进程在运行结束之前就已终止"
UNBUFFERED = 3000
"""Milliseconds within which a recorded step must be on screen."""
LEFT = 499
"""nginx's status for a request that the browser cancelled, for example by a reload."""
NGINX = """
daemon off; master_process off; pid nginx.pid; error_log error.log;
events {}
http {
    log_format seats "$cookie_seat|$upstream_addr|$status|$uri";
    access_log access.log seats;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}
"""


def nginx_program() -> str:
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if sys.platform != "linux" or (not found and os.environ.get("REQUIRE_BROWSER") != "1"):
        pytest.skip("no nginx, or no Linux")
    assert found, "nginx is not installed"
    return found


@dataclass
class Site:
    """The two processes, by the value of the cookie `seat`, and what they share."""

    url: str
    runs: Path
    nginx: Path
    ports: dict[str, int]
    processes: dict[str, subprocess.Popen[bytes]]

    def begin(self, *seats: str) -> None:
        """Start processes of the app."""
        options = ("--server.headless=true", "--server.address=127.0.0.1")
        for seat in seats:
            port = str(self.ports[seat])
            self.processes[seat] = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", *options, "--server.port", port],
                cwd=REPOSITORY,
                env=os.environ | {"RUNS_FOLDER": str(self.runs), "CLASSROOM": "1", "TRAINING_LIMIT": "2"},
                stdout=subprocess.DEVNULL,
            )
        for seat in seats:
            wait_until_healthy(f"http://127.0.0.1:{self.ports[seat]}", self.processes[seat])

    def trains(self, seat: str, run: str) -> bool:
        """Whether a child of a process of the app trains a run."""
        writer = live_writer(self.runs / run)
        return writer is not None and writer.pid in children(self.processes[seat].pid)

    def crash(self, seat: str) -> None:
        """Kill a process and its children at once, so that nothing is saved, as in a power failure."""
        process = self.processes[seat]
        process.send_signal(signal.SIGSTOP)
        for pid in [*children(process.pid), process.pid]:
            os.kill(pid, signal.SIGKILL)
        process.wait()

    def answers(self) -> list[tuple[str, str, int, str]]:
        """nginx's responses so far: seat, address of the process, status, path."""
        lines = [line.split("|") for line in (self.nginx / "access.log").read_text().splitlines()]
        return [(seat, address, int(status), path) for seat, address, status, path in lines]


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    lists = [tasks.read_text() for tasks in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(number) for text in lists for number in text.split()]


@pytest.fixture(scope="module")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    program = nginx_program()
    folder = tmp_path_factory.mktemp("nginx")
    ports, port = {"1": free_port(), "2": free_port()}, free_port()
    (folder / "nginx.conf").write_text(NGINX)
    template = Template((REPOSITORY / "nginx.conf.template").read_text())
    addresses = {f"APP_{seat}": f"127.0.0.1:{app}" for seat, app in ports.items()}
    (folder / "site.conf").write_text(template.safe_substitute(PORT=f"127.0.0.1:{port}", **addresses))
    site = Site(f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("runs"), folder, ports, {})
    nginx = subprocess.Popen([program, "-p", str(folder), "-c", "nginx.conf"])
    try:
        site.begin("1", "2")
        wait_until_healthy(site.url, nginx)
        yield site
    finally:
        for process in [nginx, *site.processes.values()]:
            process.terminate()
        for process in [nginx, *site.processes.values()]:
            process.wait(60)


@pytest.fixture(scope="module")
def students(browser: Browser, site: Site) -> Iterator[dict[str, Page]]:
    """Pages of three students: two by their seat, and "late" for one who came last."""
    pages = {}
    for name in ("one", "two", "late"):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
        pages[name] = context.new_page()
        pages[name].set_default_timeout(SECONDS)
        pages[name].goto(site.url if name == "late" else f"{site.url}/training?lang=zh&presenter=1&{SMALL}")
        pages[name].get_by_role("heading", level=1).wait_for()
    assert {seat(pages["one"]), seat(pages["two"])} == {"1", "2"}
    yield {seat(pages["one"]): pages["one"], seat(pages["two"]): pages["two"], "late": pages["late"]}
    for page in pages.values():
        page.context.close()


def seat(page: Page) -> str:
    """The seat in a browser's cookie."""
    (cookie,) = [cookie for cookie in page.context.cookies() if cookie["name"] == "seat"]
    assert cookie["httpOnly"]
    return str(cookie["value"])


def press(page: Page, name: str) -> None:
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=name, exact=True).click()


def progress(page: Page, words: str) -> None:
    expect(page.get_by_text(re.compile(words)).first).to_be_visible(timeout=SECONDS)


def step(page: Page) -> int:
    text = page.get_by_text(re.compile(r"第 [\d,]+ 步，共 20,000 步")).first.inner_text()
    return int(re.search(r"第 ([\d,]+) 步", text)[1].replace(",", ""))


def start(page: Page, runs: Path) -> str:
    """Start a run and return its name."""
    before = set(runs.iterdir())
    press(page, "开始")
    progress(page, r"训练中 · 第 [\d,]+ 步")
    (folder,) = set(runs.iterdir()) - before
    expect(page).to_have_url(re.compile(f"[?&]run=run%3A{folder.name}"), timeout=SECONDS)
    page.evaluate("window.stayed = true")
    return folder.name


def upload(page: Page) -> None:
    """Upload a checkpoint that is larger than nginx's default limit."""
    page.goto(f"{page.url}&train_section=runs")
    field = page.locator("[data-testid=stFileUploaderDropzoneInput]")
    field.wait_for(state="attached")
    field.set_input_files(SHIPPED / "copy" / CHECKPOINT)
    expect(page).to_have_url(re.compile("model=run%3Aupload-"), timeout=SECONDS)
    page.goto(page.url.replace("train_section=runs", "train_section=train"))


def test_each_browser_stays_with_its_process(site, students):
    late = students["late"]
    upload(students["1"])
    late.get_by_test_id("stSidebarNavLink").get_by_text("Decoding", exact=True).click()
    expect(late.get_by_role("heading", level=1)).to_have_text("Decoding", timeout=SECONDS)
    before = seat(late)
    late.reload()
    late.get_by_role("heading", level=1).wait_for()
    assert seat(late) == before
    answers = [one for one in site.answers() if one[0] != "-"]
    assert {address for _, address, _, _ in answers} == {f"127.0.0.1:{port}" for port in site.ports.values()}
    for number, address, status, path in answers:
        assert address == f"127.0.0.1:{site.ports[number]}", path
        tried_by_streamlit = re.match(r"/\w+/_stcore/", path)  # on a deep link
        assert status < 400 or status == LEFT or tried_by_streamlit, (status, path)
    paths = " ".join(path for *_, path in answers)
    assert all(part in paths for part in ("/static/", "/_stcore/health", "/_stcore/upload_file/"))


def test_a_stream_gets_through_as_it_is_told(site, students):
    """No proxy buffers the events."""
    page = students["1"]
    streams = Streams(page)
    name = start(page, site.runs)
    for _ in range(3):
        recorded = Run.find(site.runs / name).last_step()
        page.wait_for_timeout(UNBUFFERED)
        assert step(page) >= recorded
    assert streams.is_one()
    press(page, "停止")
    progress(page, "已停止 · 第")


def test_a_browser_survives_its_own_process_and_any_other(site, students):
    one, two, late = students["1"], students["2"], students["late"]
    mine, theirs = start(one, site.runs), start(two, site.runs)
    assert site.trains("1", mine)
    assert site.trains("2", theirs)
    press(two, "暂停")
    progress(two, "已暂停 · 第")
    while not Run.find(site.runs / mine).checkpoint_path.exists():
        one.wait_for_timeout(100)
    (model,) = (f"model=run%3A{folder.name}" for folder in site.runs.glob("upload-*"))

    site.crash("1")
    progress(one, CUT_OFF)
    assert seat(one) == "2"
    assert one.evaluate("window.stayed"), "nobody reloaded the page"
    expect(one).to_have_url(re.compile(f"{model}.*[?&]run=run%3A{mine}"), timeout=SECONDS)
    expect(one.get_by_role("combobox", name="当前模型")).to_have_value(re.compile("checkpoint.safetensors"))
    expect(one.get_by_role("switch", name="投影大字")).to_be_checked()
    recorded = list(Run.find(site.runs / mine).metrics())
    assert step(one) == recorded[-1]["step"]
    press(one, "续训")
    progress(one, r"训练中 · 第 [\d,]+ 步")
    assert site.trains("2", mine)
    while step(one) == recorded[-1]["step"]:  # the steps after its checkpoint are repeated first
        one.wait_for_timeout(100)
    press(one, "暂停")  # leaves the processor to the browsers
    progress(one, "已暂停 · 第")
    assert two.evaluate("window.stayed")
    held = step(two)
    press(two, "继续")
    progress(two, "训练中 · 第")
    press(two, "停止")
    progress(two, "已停止 · 第")
    assert step(two) > held

    asked_for = f"/training?run=run%3A{mine}&model=run%3A{mine}"
    late.goto(site.url + asked_for)
    expect(late.get_by_text("There is no training run").first).to_be_visible(timeout=SECONDS)
    assert seat(late) == "2"

    site.begin("1")
    tab = one.context.new_page()
    tab.goto(site.url + asked_for + "&lang=zh")
    progress(tab, "已暂停 · 第")  # still with the process that took it over and trains its run
    tab.close()
    assert seat(one) == "2"

    site.processes["2"].terminate()
    progress(one, CUT_OFF)
    assert seat(one) == "1"
    assert Run.find(site.runs / mine).checkpoint().about["step"] == step(one), "it was told in time to save"
    metrics = [line["step"] for line in Run.find(site.runs / mine).metrics()]
    assert metrics == list(range(1, step(one) + 1))
    assert metrics[: len(recorded)] == [line["step"] for line in recorded]
    site.processes["2"].wait(20)
