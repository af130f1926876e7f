"""Every planted fault is found by the check meant for it, and at its place."""

import importlib
import pkgutil

import pytest
import torch

from tests.probe import models
from transformer.probe import probe

FAULTS = sorted(name for _, name, _ in pkgutil.iter_modules(models.__path__) if name != "parts")


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_where_it_is(name):
    fault = importlib.import_module(f"tests.probe.models.{name}")
    torch.manual_seed(0)
    report = probe(fault.make(), checks=list(fault.FOUND))
    found = {check: (report[check].verdict, report[check].place) for check in fault.FOUND}
    assert found == {check: ("fault", place) for check, place in fault.FOUND.items()}, str(report)


def test_there_are_twenty_and_more():
    assert len(FAULTS) >= 20
    for name in FAULTS:
        assert importlib.import_module(f"tests.probe.models.{name}").__doc__
