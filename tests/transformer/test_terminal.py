"""The training program in a real terminal: behind `&`, stopped with Ctrl-Z, paused, nobody reading."""

import os
import select
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.transformer.test_train import ROOT, arguments
from transformer.runs import Run

pty = pytest.importorskip("pty")  # there is none on Windows
pytestmark = pytest.mark.skipif(not Path("/bin/bash").exists(), reason="needs bash")

PROMPT = "ready> "


class Terminal:
    """An interactive shell with job control in a terminal of its own."""

    def __init__(self):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PS1": PROMPT, "TERM": "dumb", "COLUMNS": "200"}
        self.pid, self.master = pty.fork()
        if not self.pid:
            os.chdir(ROOT)
            os.execve("/bin/bash", ["bash", "--norc", "--noprofile", "-i"], environment)
        self.shown = ""
        self.wait_for(PROMPT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for number in (signal.SIGHUP, signal.SIGKILL):
            os.kill(self.pid, number)
        os.waitpid(self.pid, 0)
        os.close(self.master)

    def type(self, text):
        """Type a line; what was shown before counts no more."""
        self.shown = ""
        os.write(self.master, text.encode())

    def wait_for(self, words, seconds=60):
        """Read on until these words are shown."""
        deadline = time.monotonic() + seconds
        while words not in self.shown:
            left = deadline - time.monotonic()
            assert left > 0, f"{words!r} was not shown: {self.shown[-2000:]}"
            if select.select([self.master], [], [], min(left, 0.2))[0]:
                self.shown += os.read(self.master, 65536).decode(errors="replace")

    def wait_for_step(self, run, step, seconds=60):
        """Wait until a run has gone that far, while the terminal shows what it likes."""
        deadline = time.monotonic() + seconds
        while run.last_step() < step:
            assert time.monotonic() < deadline, f"step {run.last_step()}: {self.shown[-2000:]}"
            if select.select([self.master], [], [], 0.1)[0]:
                self.shown += os.read(self.master, 65536).decode(errors="replace")


@pytest.fixture
def terminal():
    with Terminal() as terminal:
        yield terminal


def program(folder, **values):
    return " ".join([sys.executable, "-m transformer.train --name=run", *arguments(folder, **values)])


def test_behind_an_ampersand_it_runs_on_and_listens_once_it_is_in_front(terminal, tmp_path):
    terminal.type(program(tmp_path, steps=100000) + " &\n")
    terminal.wait_for("run folder")
    run = Run(tmp_path / "run")
    terminal.wait_for_step(run, 20)
    terminal.type("jobs\n")
    terminal.wait_for("Running")
    terminal.type("fg\n")
    terminal.wait_for("transformer.train")
    terminal.type("pause\n")
    terminal.wait_for("paused")
    terminal.type("stop\n")
    terminal.wait_for("continue with")


def test_stopped_and_sent_to_the_background_it_runs_on(terminal, tmp_path):
    terminal.type(program(tmp_path, steps=100000) + "\n")
    terminal.wait_for("step 50")
    run = Run(tmp_path / "run")
    terminal.type("\x1a")
    terminal.wait_for("Stopped")
    stopped_at = run.last_step()
    time.sleep(0.5)
    assert run.last_step() == stopped_at
    terminal.type("bg\n")
    terminal.wait_for_step(run, stopped_at + 30)
    terminal.type("fg\n")
    terminal.wait_for("transformer.train")
    terminal.type("\x03")
    terminal.wait_for("continue with")
    assert run.checkpoint().about["step"] == run.last_step() > stopped_at
