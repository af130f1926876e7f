"""In classroom mode a browser sees only its own runs and models; otherwise everybody sees all."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from transformer import InputError
from transformer.learning.checkpoint import SHIPPED
from transformer.learning.folder import ABOUT, CHECKPOINT, read_about, write_about
from ui import models, ownership
from ui.training.upload import keep

Owned = Callable[[str], None]


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Owned:
    """`become("token")` switches to classroom mode, with that token in this session's browser."""
    monkeypatch.setattr(models, "RUNS", tmp_path)
    monkeypatch.setattr(ownership, "CLASSROOM", True)
    return lambda token: monkeypatch.setattr(ownership, "_token", lambda: token)


def checkpoint() -> bytes:
    return (SHIPPED / "copy" / CHECKPOINT).read_bytes()


def test_each_browser_sees_and_loads_its_own_models_only(become: Owned) -> None:
    become("a" * 43)
    mine = keep("mine.safetensors", checkpoint())
    become("b" * 43)
    theirs = keep("mine.safetensors", checkpoint())
    assert mine != theirs
    assert f"run:{theirs}" in models.names()
    assert f"run:{mine}" not in models.names()
    assert models.named(f"run:{theirs}").task.name == "copy"
    with pytest.raises(InputError, match="no model"):
        models.named(f"run:{mine}")
    assert models.title(f"run:{mine}") == f"run {mine}", "not its title"
    assert models.title(f"run:{theirs}") == "run mine.safetensors"
    become("a" * 43)
    assert models.names()[-1] == f"run:{mine}"


def test_what_nobody_owns_is_nobodys_in_a_classroom(become: Owned, tmp_path: Path) -> None:
    become("a" * 43)
    folder = tmp_path / "terminal"
    folder.mkdir()
    (folder / CHECKPOINT).write_bytes(checkpoint())
    for about in ({}, {"title": "x"}, {"owner": None}, {"owner": ["a"]}):
        if about:
            write_about(folder, about)
        assert not ownership.may_see(folder)


def test_the_folder_does_not_tell_the_token(become: Owned, tmp_path: Path) -> None:
    become("secret" * 7 + "x")
    folder = tmp_path / keep("x.safetensors", checkpoint())
    assert "secret" not in (folder / ABOUT).read_text()
    assert len(read_about(folder)["owner"]) == 64


def test_outside_a_classroom_all_is_everybodys(
    monkeypatch: pytest.MonkeyPatch, become: Owned, tmp_path: Path
) -> None:
    become("a" * 43)
    name = keep("x.safetensors", checkpoint())
    monkeypatch.setattr(ownership, "CLASSROOM", False)
    assert ownership.owner() is None
    assert ownership.may_see(tmp_path / name)
    assert "owner" not in read_about(tmp_path / keep("y.safetensors", checkpoint()))


def show_token() -> None:
    import streamlit as st

    from ui import ownership

    st.text(ownership._token())


@pytest.mark.parametrize("cookie", ["", "short", "x" * 44, "<script>" + "x" * 35, "x" * 43])
def test_a_token_is_taken_from_the_cookie_only_if_it_looks_like_one(
    monkeypatch: pytest.MonkeyPatch, cookie: str
) -> None:
    cookies = {ownership.COOKIE: cookie} if cookie else {}
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)
    apps = [AppTest.from_function(show_token).run() for _ in range(2)]
    first, second = (app.text[0].value for app in apps)
    assert apps[0].run().text[0].value == first, "the same for all of a session"
    if cookie == "x" * 43:
        assert first == second == cookie
    else:
        assert first != second
        assert len(first) == len(second) == 43


def answer(kind: str = "text/html; charset=utf-8", status: int = 200, **headers: str) -> list[str]:
    """The cookies that the server sets on a response of this content type to a request with these headers."""
    sent = []

    async def app(scope, receive, send):
        headers = [(b"content-type", kind.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        sent.extend(message.get("headers", []))

    asked = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "scheme": "http", "headers": asked}
    with ThreadPoolExecutor() as threads:  # Playwright's event loop may run in this thread
        threads.submit(asyncio.run, ownership.GiveToken(app)(scope, None, send)).result()
    return [value.decode() for name, value in sent if name == b"set-cookie"]


def test_a_browser_gets_a_token_with_its_first_page_that_no_script_can_read(monkeypatch):
    assert answer() == [], "outside a classroom"
    monkeypatch.setattr(ownership, "CLASSROOM", True)
    (first,), (second,) = answer(), answer()
    assert first != second
    token, *rules = first.removeprefix(f"{ownership.COOKIE}=").split("; ")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} < set(rules)
    assert "Secure" not in rules
    assert answer(cookie=f"{ownership.COOKIE}={token}") == []
    assert len(answer(cookie=f"{ownership.COOKIE}=nonsense")) == 1
    assert answer("application/json") == []
    assert len(answer("", 304, accept="text/html,*/*")) == 1, (
        "of a page that the browser has it may have no token"
    )
    assert answer("", 304, accept="*/*") == []
    assert answer(x_forwarded_proto="https")[0].endswith("; Secure")


def show_part() -> None:
    from ui.layout import part

    part(lambda: None)


def test_an_action_in_a_part_of_a_page_is_one_that_the_teacher_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    entered = []
    monkeypatch.setattr(ownership, "enter", lambda: entered.append(True))
    assert not AppTest.from_function(show_part).run().exception
    assert entered == [True]
