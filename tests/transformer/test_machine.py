"""Free memory: the machine's, or the container's limit if that is lower."""

import os

from transformer.learning import resources


def test_this_machine_has_some():
    free = resources.available_memory()
    assert free is None or 2**20 < free < 2**50


def test_the_smaller_of_machine_and_container_counts(monkeypatch, tmp_path):
    monkeypatch.setattr(resources, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(resources, "CONTROL_GROUP", tmp_path)
    (tmp_path / "meminfo").write_text("MemTotal: 9000 kB\nMemAvailable:    4000 kB\n")
    assert resources.available_memory() == 4000 * 1024
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1000\n")
    assert resources.available_memory() == 4000 * 1024
    (tmp_path / "memory.max").write_text("1000000\n")
    assert resources.available_memory() == 999_000
    (tmp_path / "memory.max").write_text("10\n")
    assert resources.available_memory() == 0


def test_the_memory_of_a_process_and_of_the_machine_are_told():
    mine = resources.memory_of(os.getpid())
    if mine is not None:  # a system that tells
        assert 10 * 2**20 < mine < resources.total_memory()
    assert resources.memory_of(2**31 - 1) is None


def test_the_load_of_each_core_is_taken_between_two_looks(tmp_path, monkeypatch):
    clocks = tmp_path / "stat"
    monkeypatch.setattr(resources, "CLOCKS", clocks)
    load = resources.CoreLoad()
    assert load.snapshot() == []
    clocks.write_text("cpu 9 9 9 9 9 9 9 9\ncpu0 100 0 0 100 0 0 0 0\ncpu1 0 0 0 50 50 0 0 0 0 0\nintr 5\n")
    assert load.snapshot() == [0.5, 0.0]
    clocks.write_text("cpu 9 9 9 9 9 9 9 9\ncpu0 130 0 0 110 0 0 0 0\ncpu1 10 0 0 50 50 0 0 0 0 0\nintr 5\n")
    assert load.snapshot() == [0.75, 1.0]
    assert load.snapshot() == [0.0, 0.0], "no time has passed"
