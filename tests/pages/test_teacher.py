"""The teacher's page: closed without the token, and its actions with it."""

import pytest

from tests.pages.conftest import has_told, told
from transformer.learning.steps import TrainConfig
from transformer.model.config import TransformerConfig
from ui.classroom import token
from ui.jobs import Job
from ui.presence import Presence


@pytest.fixture(autouse=True)
def no_cookies(monkeypatch):
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", {})


def give(app, word: str):
    app.text_input[0].set_value(word)
    app.button[-1].click().run()
    return app


@pytest.mark.parametrize(
    "word",
    ["", "wrong", "é", token.TOKEN[:-1], token.TOKEN + "x"],
    ids=["none", "wrong", "é", "cut", "longer"],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_the_token_it_shows_no_figure_and_no_button_but_the_one_to_enter(open_page, word, lang):
    app = give(open_page("teacher", lang=lang), word)
    assert not app.exception
    assert not has_told(app, "live_teacher")
    assert not [button for button in app.main.button if button.key and button.key.startswith("teacher_")]
    assert bool(app.error) == bool(word)


@pytest.mark.parametrize("cookie", ["wrong", token.TOKEN], ids=["wrong", "right"])
def test_the_cookie_opens_it_only_with_the_token(open_page, monkeypatch, cookie):
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", {token.COOKIE: cookie})
    app = open_page("teacher")
    assert not app.exception
    assert has_told(app, "live_teacher") == (cookie == token.TOKEN)


@pytest.fixture
def queue(monkeypatch, tmp_path) -> list[Job]:
    """Three waiting runs of two browsers."""
    from ui.jobs.jobs import Jobs

    registry = Jobs(limit=1)
    monkeypatch.setattr(registry, "_dispatch", lambda: None)
    for module in ("actions", "overview"):
        monkeypatch.setattr(f"ui.classroom.{module}.jobs", lambda: registry)
    small = TransformerConfig(embed_dim=8, num_layers=1, heads=2, feed_forward_dim=16)
    owners = ("a", "b", "b")
    return [registry.start(tmp_path, small, TrainConfig(), about={"owner": owner}) for owner in owners]


def listed(app) -> list[list[str]]:
    """The rows of the table of runs."""
    rows: list[list[str]] = told(app, "live_teacher")["state"]["tables"][0]["rows"]
    return rows


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_lists_the_queue_puts_one_first_and_stops_what_is_chosen(open_page, queue, lang):
    app = give(open_page("teacher", lang=lang), token.TOKEN)
    assert not app.exception
    assert not app.error
    assert [row[-1] for row in listed(app)] == [job.name for job in queue]
    assert len({row[0] for row in listed(app)}) == 2, "two browsers"
    last = queue[-1]
    app.selectbox(key="teacher_run").select(last.name).run()
    app.button(key="teacher_first").click().run()
    assert [row[-1] for row in listed(app)] == [queue[2].name, queue[0].name, queue[1].name]
    app.button(key="teacher_stop").click().run()
    assert [job.state for job in queue] == ["waiting", "waiting", "stopped"]
    assert app.selectbox(key="teacher_run").value is None
    assert app.button(key="teacher_stop").disabled
    assert "teacher stopped" in str(last.problem)
    app.button(key="teacher_stop_all").click().run()
    assert [job.state for job in queue] == ["stopped"] * 3
    assert not app.exception


@pytest.mark.parametrize("ends", ["by the teacher", "by itself"])
def test_stop_is_armed_for_a_run_that_was_chosen_and_no_other(open_page, queue, ends):
    app = give(open_page("teacher"), token.TOKEN)
    for job in queue:
        assert app.selectbox(key="teacher_run").value is None
        for key in ("teacher_stop", "teacher_first"):
            assert app.button(key=key).disabled
        app.selectbox(key="teacher_run").select(job.name).run()
        assert not app.button(key="teacher_stop").disabled
        if ends == "by itself":
            job.cancel()
            app.run()
        else:
            app.button(key="teacher_stop").click().run()
    assert not app.exception
    assert [job.state for job in queue] == ["stopped"] * 3


def test_a_given_token_must_be_long_and_plain():
    assert token.choose("x" * 16) == "x" * 16
    for given in ("", "short", "x" * 15, "x" * 20 + ";", "<script>" * 3):
        made = token.choose(given)
        assert made != given
        assert len(made) == 43


def test_browsers_are_told_apart_by_numbers_that_stay():
    there = {"1", "2", "3"}
    presence = Presence(there.__contains__)
    for session, owner in (("1", "a"), ("2", "b"), ("3", "a"), ("gone", "c")):
        presence.see(session, owner)
        presence.note(session, "home", "en")
    assert [visit.number for visit in presence.visits()] == [1, 1, 2]
    presence.note("3", "decoding", "zh")
    assert ("decoding", "zh") in [(visit.page, visit.language) for visit in presence.visits()]
    assert presence.number("b") == 2
    presence.see("4", None)
    presence.see("5", None)
    there |= {"4", "5"}
    assert [visit.number for visit in presence.visits()] == [1, 1, 2, 4, 5], "no owners: each tab its own"
