"""The user's attempt at the problem on screen: the answer, the number of tries, and what was wrong."""

from dataclasses import dataclass, field

import streamlit as st
import torch
from torch import Tensor

from transformer.exercises import Finding, Problem
from transformer.exercises.problem import Index
from ui.state import Exercises

_KEY = "exercise_attempt"
TRIES = 2
"""Wrong answers after which the user may see the right one."""


@dataclass
class Attempt:
    """An attempt at one problem."""

    problem: tuple[str, int, int]
    """Exercise, level, seed."""
    cells: set[Index] = field(default_factory=set)
    """The indices of the cells that are painted True."""
    findings: list[Finding] | None = None
    """What was wrong at the last check; None before the first check, and after a change."""
    tries: int = 0
    was_shown: bool = False

    @property
    def is_solved(self) -> bool:
        """Whether it was checked and is right."""
        return self.findings == []

    @property
    def may_be_shown(self) -> bool:
        """Whether there were enough tries for the answer to be shown."""
        return self.tries >= TRIES and not self.is_solved and not self.was_shown

    def painted(self, problem: Problem) -> Tensor | None:
        """The painted cells as a tensor of the solution's shape; None if the problem has nothing to paint."""
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
    """The attempt at the problem that the settings name; a new one if they have changed."""
    problem = (Exercises.name.value, Exercises.level.value, Exercises.seed.value)
    attempt: Attempt | None = st.session_state.get(_KEY)
    if attempt is None or attempt.problem != problem:
        attempt = st.session_state[_KEY] = Attempt(problem)
    return attempt
