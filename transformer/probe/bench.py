"""Shared by all checks: the subject, its inputs, and the noise of its passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from transformer.errors import Remark
from transformer.probe.comparing import Axis, Comparison, Outcome, Same, compare
from transformer.probe.inputs import make_inputs
from transformer.probe.modes import INFERENCE, TRAINING, Mode
from transformer.probe.noise import Noise
from transformer.probe.passes import Pass, whole_pass
from transformer.probe.result import CheckName, Result, Verdict
from transformer.probe.subject import Inputs, Stream, Subject


@dataclass(frozen=True)
class Bench:
    """A subject with inputs to probe it with."""

    subject: Subject
    inputs: Inputs
    matrices: bool = False
    """Whether results without a fault include the matrices of all places too, which takes longer."""
    training: bool = True
    """Whether checks with equal shapes are made in training mode too."""
    _noise: dict[Mode, Noise] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, subject: Subject, seed: int = 0) -> Bench:
        """A bench with the subject's examples or, if it has none, random inputs."""
        return cls(subject, make_inputs(subject, seed))

    @property
    def modes(self) -> tuple[Mode, ...]:
        """The modes for checks with equal shapes; a function without a module has only one."""
        return (INFERENCE, TRAINING) if self.training and self.subject.module else (INFERENCE,)

    @property
    def real(self) -> dict[Stream, Same]:
        """The positions of all real tokens."""
        return {stream: Same.where(keep) for stream, _, keep in self.inputs.streams()}

    def noise(self, mode: Mode = INFERENCE) -> Noise:
        """The noise of the logits at real positions, measured once per mode."""
        if mode not in self._noise:
            keep = self.inputs.keep(self.subject.written)
            self._noise[mode] = Noise(self.whole(self.inputs, mode), keep)
        return self._noise[mode]

    def whole(self, inputs: Inputs, mode: Mode = INFERENCE) -> Pass:
        """A pass over all positions at once."""
        return whole_pass(self.subject, inputs, mode)


def judged(
    check: CheckName,
    bench: Bench,
    comparisons: Sequence[Comparison],
    wrong: Remark,
    *,
    axis: Axis = "position",
    mode: Mode = INFERENCE,
    promised: bool = True,
    stream: str = "",
) -> Result:
    """The result of a check: makes the comparisons; `wrong` describes the fault if something differs."""
    exact = all(one.exact for one in comparisons)
    outcome = compare(comparisons, bench.noise(mode).bound(exact), axis, matrices=bench.matrices)
    bad: Verdict = "fault" if promised else "noted"
    return Result(
        check=check,
        verdict=bad if outcome.found else "ok",
        says=wrong if outcome.found else _right(outcome, exact),
        mode=mode.name,
        axis=axis,
        stream=stream,
        **vars(outcome),
    )


def _right(outcome: Outcome, exact: bool) -> Remark:
    if exact and outcome.largest == 0:
        return Remark("equal to the last bit")
    return Remark("no further apart than rounding explains")


def not_run(check: CheckName, why: Remark) -> list[Result]:
    """The result of a check that is impossible for this subject."""
    return [Result(check=check, verdict="not run", says=why)]
