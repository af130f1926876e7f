"""The running server's `/health`, asked as a reverse proxy would; no browser is needed."""

import json
import os
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

SECONDS = 60
BREAK_WORKERS = """
import os, sys
if "--wait" in sys.orig_argv and os.path.exists({flag!r}):
    sys.exit("broken")
"""


def ask(url: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=SECONDS) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def wait_for(url: str, status: int, words: str = "") -> None:
    deadline = time.monotonic() + SECONDS
    told = ask(url)
    while (told[0] != status or words not in str(told[1])) and time.monotonic() < deadline:
        time.sleep(0.1)
        told = ask(url)
    assert told[0] == status, told
    assert words in str(told[1])
    assert told[1]["ok"] is (status == 200)


@pytest.fixture
def flag(tmp_path: Path) -> Path:
    """The path of a file that keeps training processes from starting as long as it exists."""
    flag = tmp_path / "flag"
    (tmp_path / "sitecustomize.py").write_text(BREAK_WORKERS.format(flag=str(flag)))
    return flag


@pytest.mark.slow
def test_it_turns_with_whether_workers_start(serve, tmp_path: Path, flag: Path) -> None:
    flag.touch()
    search = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    url = serve("app.py", RUNS_FOLDER=str(tmp_path / "runs"), PYTHONPATH=search)
    wait_for(url, 503, "could not start")
    flag.unlink()
    wait_for(url, 200)
    with urllib.request.urlopen(f"{url}/_stcore/health") as answer:
        assert answer.status == 200
