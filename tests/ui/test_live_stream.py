"""The server's side of the stream, without a browser: the cookie decides which runs it reports."""

import hashlib
import json
import threading
import time
from contextlib import contextmanager

import pytest
import requests
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from tests.browser.conftest import free_port
from tests.pages.test_training import jobs
from transformer import TransformerConfig, limits
from transformer.learning.folder import METRICS, write_about
from transformer.learning.lock import LOCK
from transformer.learning.runs import MetricsWriter, Run
from transformer.learning.steps import Evaluation, TrainConfig, TrainStep
from ui import ownership
from ui.classroom import overview, token
from ui.live import stream, watcher
from ui.training import charts, progress

__all__ = ["charts", "jobs", "overview", "progress"]

MINE, OTHER = "m" * 43, "o" * 43


@pytest.fixture
def recorded(tmp_path):
    """The folder of a run of 30 steps, measured every 10."""
    model = TransformerConfig(embed_dim=8, num_layers=1, heads=2, feed_forward_dim=16)
    run = Run.create(tmp_path / "runs", "short", model, TrainConfig(steps=30, evaluate_every=10), threads=1)
    metrics = MetricsWriter(run)
    for number in range(1, 31):
        evaluation = Evaluation(0.5, 0.25, 0.125) if number % 10 == 0 else None
        metrics.write(TrainStep(number, 1 / number, 0.5, 1e-3, 0.1, 1000.0, evaluation))
    metrics.close()
    return run.path


@pytest.fixture
def streams() -> stream.Streams:
    return stream.Streams()


@pytest.fixture
def url(streams, tmp_path, monkeypatch):
    """A server with the stream as its only route."""
    monkeypatch.setattr("ui.models.RUNS", tmp_path / "runs")
    port = free_port()
    app = Starlette(routes=[Route(stream.PATH, streams.answer)])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}{stream.PATH}"
    streams.close()
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive(), "open streams keep no server from ending"


def asked(*kinds: str, run: str = "run:short", **more: str) -> dict[str, str]:
    topics = [{"kind": kind, "words": {"run": run}} for kind in kinds]
    return {"topics": json.dumps(topics), "language": "en", **more}


def once(url: str, query: dict[str, str], cookies: dict[str, str] | None = None) -> requests.Response:
    header = "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())
    return requests.get(url, params={**query, "once": "1"}, headers={"cookie": header}, timeout=20)


@contextmanager
def events(url: str, query: dict[str, str], **headers: str):
    """The data of a stream's events, one after another."""
    with requests.get(url, params=query, headers=headers, timeout=20, stream=True) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        lines = answer.iter_lines(chunk_size=1, decode_unicode=True)
        yield (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: "))


@pytest.fixture
def owned(monkeypatch, recorded):
    monkeypatch.setattr(ownership, "CLASSROOM", True)
    write_about(recorded, {"owner": hashlib.sha256(MINE.encode()).hexdigest()})
    return recorded


def test_the_owner_is_told_and_nobody_else(url, owned, jobs):
    query = asked("progress", "steps", after="0.28")
    mine = once(url, query, {ownership.COOKIE: MINE}).json()
    assert mine["news"]["0"]["bar"]["text"].startswith("finished · step 30 of 30")
    assert [row[0] for row in mine["news"]["1"]["rows"]] == [29, 30]
    assert mine["id"] == "0.30"
    for cookies in ({}, {ownership.COOKIE: OTHER}, {ownership.COOKIE: "x"}, {ownership.COOKIE: ""}):
        assert once(url, query, cookies).json()["news"] == {"0": None, "1": None}
    nameless = asked("progress", run="run:no-such-run")
    foreign = once(url, asked("progress"), {ownership.COOKIE: OTHER})
    unknown = once(url, nameless, {ownership.COOKIE: OTHER})
    assert {**foreign.json(), "at": 0} == {**unknown.json(), "at": 0}, "not even that it is there"


@pytest.mark.parametrize(
    "name", ["run:../short", "run:short/../short", "run:", "run:short\0", "run:" + "x" * 300]
)
def test_a_forged_name_leads_nowhere(url, owned, jobs, name):
    answer = once(url, asked("progress", "steps", run=name), {ownership.COOKIE: OTHER})
    assert answer.json()["news"] == {"0": None, "1": None}


def test_the_teachers_table_is_the_teachers(url, jobs):
    query = {"topics": json.dumps([{"kind": "teacher", "words": {}}])}
    for cookies in ({}, {token.COOKIE: "wrong"}, {ownership.COOKIE: MINE}):
        assert once(url, query, cookies).json()["news"] == {"0": None}
    told = once(url, query, {token.COOKIE: token.TOKEN}).json()["news"]["0"]
    assert told["figures"][0] == ["Browsers connected", "0"]


@pytest.mark.parametrize(
    "headers", [{"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}]
)
def test_a_page_of_another_site_is_refused(url, headers):
    answer = requests.get(url, params=asked("progress"), headers=headers, timeout=20)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "topics",
    [
        *("", "{", "[]", "{}", "[1]", "[" * 3000),
        json.dumps([{"kind": "teacher", "words": {}}] * 9),
        *(
            '[{"kind": "progress"}]',
            '[{"kind": "no", "words": {}}]',
            '[{"kind": "steps", "words": {"run": 1}}]',
        ),
    ],
)
def test_what_no_page_of_ours_asks_for_gets_a_sentence(url, topics):
    answer = requests.get(url, params={"topics": topics}, timeout=20)
    assert answer.status_code == 400
    assert answer.json()["problem"].startswith("Invalid topics")


def test_a_stream_follows_a_run_of_another_process_and_resumes_where_it_broke_off(url, recorded, jobs):
    lines = (recorded / METRICS).read_text().splitlines(keepends=True)
    (recorded / METRICS).write_text("".join(lines[:10]))
    query = asked("steps")
    with events(url, query) as news:
        first = next(news)
        assert [row[0] for row in first["news"]["0"]["rows"]] == list(range(1, 11))
        with (recorded / METRICS).open("a") as file:
            file.writelines(lines[10:12])
        assert [row[0] for row in next(news)["news"]["0"]["rows"]] == [11, 12]
    with (recorded / METRICS).open("a") as file:
        file.writelines(lines[12:20])
    with events(url, query, **{"last-event-id": "12"}) as news:
        told = next(news)["news"]["0"]
        assert [row[0] for row in told["rows"]] == list(range(13, 21))
        assert [mark[0] for mark in told["marks"]] == [20]
    assert not (recorded / LOCK).exists()


def test_what_somebody_waits_for_is_told_before_the_next_tick(url, recorded, jobs, streams, monkeypatch):
    monkeypatch.setattr(watcher, "TICK", 60.0)
    with events(url, asked("steps")) as news:
        assert next(news)["news"]["0"]["to"] == 30
        line = json.loads((recorded / METRICS).read_text().splitlines()[-1])
        with (recorded / METRICS).open("a") as file:
            file.write(json.dumps(line | {"step": 31}) + "\n")
        streams.look_soon()
        assert next(news)["news"]["0"]["to"] == 31


def test_a_run_whose_folder_is_removed_under_a_stream_is_told_as_gone(url, recorded, jobs):
    with events(url, asked("progress", "steps")) as news:
        assert next(news)["news"]["0"]["state"] == "finished"
        for file in recorded.rglob("*"):
            if file.is_file():
                file.unlink()
        assert next(news)["news"] == {"0": None, "1": None}


def test_a_browser_and_a_server_have_so_many_streams_and_no_more(url, recorded, jobs, monkeypatch, streams):
    monkeypatch.setattr(limits, "MAX_STREAMS_OF_BROWSER", 1)
    monkeypatch.setattr(limits, "MAX_STREAMS", 2)
    with events(url, asked("progress", browser="a")) as first:
        next(first)
        answer = requests.get(url, params=asked("progress", browser="a"), timeout=20)
        assert (answer.status_code, answer.json()["problem"]) == (429, "A browser has 1 streams at most.")
        with events(url, asked("progress", browser="b")) as second:
            next(second)
            answer = requests.get(url, params=asked("progress", browser="c"), timeout=20)
            assert (answer.status_code, answer.json()["problem"]) == (
                429,
                "This server has 2 streams at most.",
            )
            assert once(url, asked("progress", browser="c")).status_code == 200, "it asks again and again"
    end = time.monotonic() + 10
    while streams._open and time.monotonic() < end:
        time.sleep(0.05)
    assert not streams._open, "who has gone is forgotten"
    assert not streams._watcher._listeners


def test_a_stream_without_news_says_that_it_is_there(url, recorded, jobs, monkeypatch):
    monkeypatch.setattr(stream, "HEARTBEAT", 0.3)
    with events(url, asked("progress")) as news:
        assert next(news)["news"]
        assert next(news) == {}
