"""The lock of a run: one living writer at a time, and the lock of a dead writer is void."""

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from transformer import InputError
from transformer.learning import lock as locks
from transformer.learning.lock import LOCK, PATIENCE, RunLock, Writer, live_writer, was_cut_off


def hold(folder: Path, writer: Writer, age: float = 0) -> None:
    """Let `folder` be locked by somebody, `age` seconds ago."""
    (folder / LOCK).write_text(json.dumps(asdict(writer)))
    then = time.time() - age
    os.utime(folder / LOCK, (then, then))


def ended_process() -> int:
    """A process number that is nobody's (just now)."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_second_writer_is_refused_until_the_first_is_done(tmp_path):
    first = RunLock(tmp_path)
    first.acquire()
    assert live_writer(tmp_path) == Writer.this_process()
    with pytest.raises(InputError, match=f"by process {os.getpid()} on"):
        RunLock(tmp_path).acquire()
    first.release()
    assert not list(tmp_path.iterdir())
    RunLock(tmp_path).acquire()


@pytest.mark.parametrize("age", [0, 3600])
def test_on_this_machine_a_lock_lives_as_long_as_its_process(tmp_path, age):
    me = Writer.this_process()
    hold(tmp_path, me, age)
    assert live_writer(tmp_path) == me
    gone = [replace(me, pid=ended_process()), replace(me, started=me.started + "1")]
    for writer in gone:
        hold(tmp_path, writer, age)
        assert live_writer(tmp_path) is None
    RunLock(tmp_path).acquire()
    assert live_writer(tmp_path) == me


@pytest.mark.parametrize("pid", [os.getpid(), 2**22 + 1], ids=["runs", "no-such"])
def test_on_another_system_a_lock_lives_while_it_is_renewed_whatever_that_number_is_here(tmp_path, pid):
    """Another machine, maybe of the same name, or another container: numbers of processes mean nothing."""
    far = replace(Writer.this_process(), system="another", pid=pid)
    hold(tmp_path, far, PATIENCE / 2)
    assert live_writer(tmp_path) == far
    hold(tmp_path, far, PATIENCE * 2)
    assert live_writer(tmp_path) is None


@pytest.mark.parametrize("ahead", [-3600, 3600])
def test_a_clock_that_goes_wrong_here_makes_no_lock_stale_or_fresh(tmp_path, monkeypatch, ahead):
    far = replace(Writer.this_process(), system="another")
    real = time.time
    monkeypatch.setattr(locks.time, "time", lambda: real() + ahead)
    for age, lives in ((0, True), (PATIENCE * 2, False)):
        (tmp_path / LOCK).write_text(json.dumps(asdict(far)))
        os.utime(tmp_path / LOCK, (real() - age, real() - age))
        assert (live_writer(tmp_path) is not None) == lives
    assert [path.name for path in tmp_path.iterdir()] == [LOCK]


def test_a_lock_that_was_not_given_back_tells_that_the_run_was_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "HEARTBEAT", 0.01)
    assert not was_cut_off(tmp_path)
    lock = RunLock(tmp_path)
    lock.acquire()
    assert not was_cut_off(tmp_path)
    lock.release(cut_off=True)
    monkeypatch.setattr(locks, "_system", lambda: "another")  # who looks from there waits for nothing
    assert was_cut_off(tmp_path)
    again = RunLock(tmp_path)
    again.acquire()
    assert not was_cut_off(tmp_path)
    again.release()
    assert not was_cut_off(tmp_path)
    monkeypatch.undo()
    hold(tmp_path, replace(Writer.this_process(), pid=ended_process()))
    assert was_cut_off(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', "\x00"])
def test_a_damaged_lock_is_respected_only_while_it_may_be_half_written(tmp_path, content):
    (tmp_path / LOCK).write_text(content)
    assert live_writer(tmp_path)
    os.utime(tmp_path / LOCK, (1, 1))
    RunLock(tmp_path).acquire()
    assert live_writer(tmp_path) == Writer.this_process()


def test_a_writer_hears_that_another_took_over_and_leaves_its_lock_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "HEARTBEAT", 0.01)
    lost = threading.Event()
    lock = RunLock(tmp_path)
    lock.acquire(lost.set)
    other = replace(Writer.this_process(), system="another")
    hold(tmp_path, other)
    assert lost.wait(30)
    lock.release()
    assert Writer.of(tmp_path / LOCK) == other


def test_the_time_stamp_is_renewed(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "HEARTBEAT", 0.01)
    lock = RunLock(tmp_path)
    lock.acquire()
    os.utime(tmp_path / LOCK, (1, 1))
    deadline = time.monotonic() + 30
    while (tmp_path / LOCK).stat().st_mtime < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (tmp_path / LOCK).stat().st_mtime > 2
    lock.release()
