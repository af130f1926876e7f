"""What the running server refuses: other people's pages, uploads without its token, and paths out of it."""

import http.client
import re
from urllib.parse import urlsplit

import pytest

WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "streamlit",
}


@pytest.fixture
def ask(app_url):
    """`ask("GET", "/x", headers)`: the status and the headers that the server answers with."""
    server = urlsplit(app_url)

    def send(method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None):
        connection = http.client.HTTPConnection(server.hostname, server.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders())
        finally:
            connection.close()

    return send


def test_a_page_of_another_site_opens_no_session(ask, app_url):
    assert ask("GET", "/_stcore/stream", WEBSOCKET | {"Origin": app_url})[0] == 101
    assert ask("GET", "/_stcore/stream", WEBSOCKET | {"Origin": "http://evil.invalid"})[0] == 403


def test_a_page_of_another_site_reads_nothing(ask):
    _, headers = ask("GET", "/_stcore/health", {"Origin": "http://evil.invalid"})
    assert headers.get("access-control-allow-origin", "none") not in ("*", "http://evil.invalid")


@pytest.mark.parametrize(
    "token", [{}, {"X-Xsrftoken": "x"}, {"X-Xsrftoken": "x", "Cookie": "_streamlit_xsrf=y"}]
)
def test_an_upload_without_the_servers_token_is_refused(ask, token):
    status, _ = ask("PUT", "/_stcore/upload_file/session/file", token, b"x")
    assert status in (400, 403)


@pytest.mark.parametrize(
    "path",
    [
        "/media/" + "0" * 64 + ".safetensors",
        "/media/../app.py",
        "/media/..%2f..%2fapp.py",
        "/app/static/../app.py",
        "/app/static/..%2f.streamlit/config.toml",
        "/component/../../app.py",
        "/runs/run/checkpoint.safetensors",
        "//etc/passwd",
    ],
)
def test_a_guessed_address_gives_no_file(ask, path):
    status, headers = ask("GET", path)
    assert status >= 400 or re.match("text/html", headers.get("content-type", "")), (status, headers)
