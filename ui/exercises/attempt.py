"""What one has answered to the problem on screen, how often it was checked, and what was wrong."""

from dataclasses import dataclass, field

import streamlit as st
import torch
from torch import Tensor

from transformer.exercises import Finding, Problem
from transformer.exercises.problem import Index
from ui.state import Exercises

_KEY = "exercise_attempt"
TRIES = 2
"""Wrong answers after which one may be shown the right one."""


@dataclass
class Attempt:
    """An answer on its way."""

    problem: tuple[str, int, int]
    """Exercise, level, seed."""
    cells: set[Index] = field(default_factory=set)
    """What is painted True."""
    findings: list[Finding] | None = None
    """What was wrong at the last check; None before it, and after a change."""
    tries: int = 0
    was_shown: bool = False

    @property
    def is_solved(self) -> bool:
        """Whether it was checked and is right."""
        return self.findings == []

    @property
    def may_be_shown(self) -> bool:
        """Whether there were tries enough."""
        return self.tries >= TRIES and not self.is_solved and not self.was_shown

    def painted(self, problem: Problem) -> Tensor | None:
        """The picture as it is painted, of the shape of the key; None where nothing is to be painted."""
        if problem.paint is None:
            return None
        painted = torch.zeros_like(problem.paint.values)
        for cell in self.cells:
            painted[cell] = True
        return painted

    def wrong_cells(self, problem: Problem) -> Tensor | None:
        """The cells that the last check found wrong: booleans of the key's shape, or None if there are none.

        Where one cell is to be chosen, only the chosen one: the other wrong cell would be the answer.
        """
        painted = self.painted(problem)
        found = [finding.where for finding in self.findings or () if finding.field is None]
        if painted is None or not found:
            return None
        wrong = torch.zeros_like(painted)
        for cell in found:
            wrong[cell] = True
        return wrong & painted if problem.is_row else wrong


def current() -> Attempt:
    """The one at the problem that the settings name."""
    problem = (Exercises.name.value, Exercises.level.value, Exercises.seed.value)
    attempt: Attempt | None = st.session_state.get(_KEY)
    if attempt is None or attempt.problem != problem:
        attempt = st.session_state[_KEY] = Attempt(problem)
    return attempt
