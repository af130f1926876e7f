"""Memory that is left: what the machine says, or its container if that says less."""

from transformer import machine


def test_this_machine_has_some():
    free = machine.available_memory()
    assert free is None or 2**20 < free < 2**50


def test_the_smaller_of_machine_and_container_counts(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(machine, "CONTROL_GROUP", tmp_path)
    (tmp_path / "meminfo").write_text("MemTotal: 9000 kB\nMemAvailable:    4000 kB\n")
    assert machine.available_memory() == 4000 * 1024
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1000\n")
    assert machine.available_memory() == 4000 * 1024
    (tmp_path / "memory.max").write_text("1000000\n")
    assert machine.available_memory() == 999_000
    (tmp_path / "memory.max").write_text("10\n")
    assert machine.available_memory() == 0
