"""The probe: run all checks on one subject."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, get_args

from transformer.errors import InputError, Remark
from transformer.probe.adapters import subject_of
from transformer.probe.bench import Bench
from transformer.probe.content_checks import future, neighbour_content, packed_neighbour, pad_content
from transformer.probe.result import CheckName, Report, Result
from transformer.probe.shape_checks import alone, cache, fast_path, packed_alone, pad_length, pad_side
from transformer.probe.training_checks import empty_rows, noise

Check = Callable[[Bench], list[Result]]

CHECKS: dict[CheckName, tuple[Check, ...]] = {
    "future": (future,),
    "pad content": (pad_content,),
    "pad length": (pad_length,),
    "pad side": (pad_side,),
    "batch neighbour": (neighbour_content, alone),
    "cache": (cache,),
    "packed neighbour": (packed_neighbour, packed_alone),
    "fast path": (fast_path,),
    "noise": (noise,),
    "empty rows": (empty_rows,),
}
"""All checks, in the order in which they run; their docstrings explain them."""


def probe(model: Any, checks: Collection[CheckName] = (), seed: int = 0, **more: Any) -> Report:
    """Probe a model: this project's, an `nn.Transformer`, one with `attention_mask`, or any `Subject`.

    For other models, give the number of ids and the padding id: `probe(model, vocab=(100, 120), pad=0)`;
    `more` are arguments of `transformer.probe.adapters`. `checks` are the checks to run, by default all. The
    model is left unchanged. Raises `InputError` if the probe cannot call the model.
    """
    return Report(*_collect(subject_of(model, **more), checks, seed))


def results(bench: Bench, checks: Collection[CheckName] = ()) -> Iterator[Result]:
    """Yield the results one after another."""
    for name in checks or get_args(CheckName):
        for check in CHECKS[name]:
            yield from check(bench)


def _collect(
    subject: Any, checks: Collection[CheckName], seed: int
) -> tuple[tuple[Result, ...], tuple[Remark, ...]]:
    unknown = [name for name in checks if name not in CHECKS]
    if unknown:
        raise InputError(
            "There is no check {name}. There are: {known}.", name=unknown[0], known=", ".join(CHECKS)
        )
    bench = Bench.of(subject, seed)
    found = tuple(results(bench, checks))
    remarks = []
    if bench.noise().random:
        remarks.append(
            Remark(
                "The model draws random numbers while it answers (dropout that is on in eval mode?): equal "
                "passes differ by up to {difference}. All passes were given the same random numbers.",
                difference=f"{bench.noise().unseeded:.3g}",
            )
        )
    return found, tuple(remarks)


def assert_no_leak(model: Any, checks: Collection[CheckName] = (), seed: int = 0, **more: Any) -> None:
    """For pytest: raises AssertionError with the report of `probe` if a check finds a fault."""
    __tracebackhide__ = True
    report = probe(model, checks, seed, **more)
    assert report.ok, f"\n{report}"
