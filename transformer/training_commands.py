"""Commands to a running training, on standard input or as signals."""

import queue
import signal
import threading

from transformer import terminal
from transformer.errors import InputError, brief
from transformer.learning.parallel import Team
from transformer.learning.runs import Run
from transformer.report import Report

COMMANDS = {
    "pause": "wait after the step under way",
    "step": "take one step, then pause",
    "resume": "go on",
    "stop": "save and end, as Ctrl-C does; --resume goes on later",
}
"""The commands, with a description of each."""

STOPPING = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals at which a training saves and ends: Ctrl-C, `kill`, a closed terminal."""


class Commands:
    """Reads commands from standard input in a thread, handles signals, and obeys them between two steps."""

    def __init__(self, stop_at_end_of_input: bool, paused: bool, team: Team | None = None) -> None:
        """Start listening; with `paused`, the training begins paused."""
        self._queue: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._paused = paused
        self._lost = False
        self._stop_at_end_of_input = stop_at_end_of_input
        self._team = team
        self.left_alone = False
        """Whether the training stops because standard input has ended."""
        threading.Thread(target=self._read, daemon=True).start()
        for name in STOPPING:
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number and signal.getsignal(number) != signal.SIG_IGN:  # nohup, or a script's background
                signal.signal(number, self._interrupted)

    def _read(self) -> None:
        for line in terminal.lines():
            if line.strip():
                self._queue.put(line.strip())
        if self._stop_at_end_of_input:
            self.left_alone = True
            self._queue.put("stop")

    def _interrupted(self, number: int, frame: object) -> None:
        """Stop after the current step; a second signal ends the program at once."""
        self._queue.put("stop")
        signal.signal(number, signal.SIG_DFL)

    def lose(self) -> None:
        """Stop without writing anything more, because another process has taken over the run."""
        self._lost = True
        self._queue.put("stop")

    def check_not_lost(self, run: Run) -> None:
        """Raise `InputError` if another process has taken over the run, or its folder was removed."""
        if self._lost:
            run.check_there()
            raise InputError("Another process has taken over the run {name}; this one stops.", name=run.name)

    def announce(self, report: Report) -> None:
        """Report `pause` if the training begins paused."""
        if self._paused:
            report.event("pause")

    def may_go_on(self, report: Report) -> bool:
        """Whether to take another step. Blocks while paused."""
        willing = self._obey(report)
        return self._team.go_on(willing) if self._team else willing

    def _obey(self, report: Report) -> bool:
        while True:
            if not self._paused and self._queue.empty():
                return True
            command = self._next()
            if command == "stop":
                return False
            if command == "step":
                if not self._paused:
                    self._paused = True
                    report.event("pause")
                return True
            if command not in COMMANDS:
                report.event("unknown", command=brief(command), known=list(COMMANDS))
            elif self._paused != (command == "pause"):
                self._paused = command == "pause"
                report.event(command)

    def _next(self) -> str:
        """Wait for the next command, with short timeouts so that Python can handle signals."""
        while True:
            try:
                return self._queue.get(timeout=0.5)
            except queue.Empty:
                if self._team and not self._team.wait():
                    return "stop"
