"""Run a Streamlit app during a measurement."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


@contextmanager
def serve(
    app: str | Path,
    core: int | None = None,
    *,
    options: Sequence[str] = (),
    log: Path = Path(os.devnull),
    **environment: str,
) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Start an app, on one processor core if `core` is given, and yield its URL and process.

    `options` are passed to Streamlit; the server's standard error goes to `log`.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = [
        "--server.headless=true",
        f"--server.port={port}",
        "--server.address=127.0.0.1",
        "--server.fileWatcherType=none",
    ]
    with log.open("ab") as complaints:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(app), *own, *options],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, [core]),
        )
    with signalled_at_last(signal.SIGTERM, server.pid):
        yield _healthy(f"http://127.0.0.1:{port}"), server
    server.wait(timeout=20)


@contextmanager
def signalled_at_last(number: signal.Signals, *processes: int) -> Iterator[None]:
    """Send a signal to processes when the block is left, even if this program is killed within it.

    A separate process does that when the pipe from this program closes.
    """
    wanted = " ".join(map(str, processes))
    keeper = subprocess.Popen(
        ["sh", "-c", f"cat; kill -{number.value} {wanted}"],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # not to be ended by Ctrl-C
    )
    try:
        yield
    finally:
        assert keeper.stdin
        keeper.stdin.close()
        keeper.wait()


def _healthy(url: str) -> str:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return url
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"{url} does not answer")
