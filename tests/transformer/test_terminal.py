"""The training program in a real terminal: in the background, stopped with Ctrl-Z, paused, output unread."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.transformer.test_train import ROOT, arguments
from transformer.learning.lock import live_writer
from transformer.learning.runs import Run

pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")  # there is none on Windows
pytestmark = pytest.mark.skipif(not Path("/bin/bash").exists(), reason="needs bash")

PROMPT = "ready> "


class Terminal:
    """An interactive shell with job control in a terminal of its own."""

    def __init__(self):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PS1": PROMPT, "TERM": "dumb"}
        self.pid, self.master = pty.fork()
        if not self.pid:
            os.chdir(ROOT)
            os.execve("/bin/bash", ["bash", "--norc", "--noprofile", "-i"], environment)
        termios.tcsetwinsize(self.master, (40, 200))  # in a terminal without width no bar is drawn
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


@pytest.mark.slow
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


def test_a_pause_is_shown_and_an_unknown_command_answered(terminal, tmp_path):
    terminal.type(program(tmp_path, steps=100000) + " --paused\n")
    terminal.wait_for("paused after step 0; type resume, step or stop")
    terminal.wait_for("paused:")  # in front of the progress bar
    terminal.type("halt\n")
    terminal.wait_for("unknown command 'halt'; the commands are pause, step, resume, stop")
    terminal.type("resume\n")
    terminal.wait_for_step(Run(tmp_path / "run"), 5)
    terminal.type("PAUSE\n")
    terminal.wait_for("unknown command 'PAUSE'")
    terminal.type("stop\n")
    terminal.wait_for("continue with")


@pytest.mark.slow
def test_a_closed_terminal_saves_the_run(tmp_path):
    with Terminal() as terminal:
        terminal.type(program(tmp_path, steps=100000) + "\n")
        run = Run(tmp_path / "run")
        terminal.wait_for_step(run, 20)
        assert not run.checkpoint_path.exists(), "it is saved every hundred steps"
        os.close(terminal.master)
        terminal.master = os.open(os.devnull, os.O_RDONLY)
        deadline = time.monotonic() + 60
        while live_writer(run.path):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert run.checkpoint().about["step"] == run.last_step() >= 20


@pytest.mark.slow
@pytest.mark.parametrize("streams", ["| head -1", "2>&1 | head -1", "<&- >&- 2>&-"])
def test_a_run_that_nobody_reads_is_trained_to_its_end(tmp_path, streams):
    command = program(tmp_path, steps=150) + " " + streams
    subprocess.run(["/bin/bash", "-c", command], cwd=ROOT, timeout=120, check=True, stdin=subprocess.DEVNULL)
    assert Run(tmp_path / "run").checkpoint().about["step"] == 150


@pytest.mark.slow
def test_what_a_script_started_in_the_background_is_not_stopped_by_ctrl_c(tmp_path):
    """A shell without job control has its background processes ignore SIGINT."""
    script = program(tmp_path, steps=100000) + " & echo $!; wait"
    with subprocess.Popen(
        ["/bin/bash", "-c", script], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as shell:
        pid = int(shell.stdout.readline())
        try:
            run = Run(tmp_path / "run")
            assert "run folder" in shell.stdout.readline()
            os.kill(pid, signal.SIGINT)
            reached, deadline = run.last_step(), time.monotonic() + 60
            while run.last_step() < reached + 20:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        finally:
            os.kill(pid, signal.SIGTERM)
        assert "stopped at step" in shell.stdout.read()
