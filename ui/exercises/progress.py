"""The user's progress with the exercises, kept in the browser."""

from transformer import limits
from transformer.exercises import EXERCISES
from ui import kept

_NAME = "exercises"


def solved(exercise: str, level: int) -> int:
    """How often an exercise was solved on a level, without the answer being shown."""
    return _all().get(f"{exercise}.{level}", 0)


def count(exercise: str, level: int) -> None:
    """Count one more solution."""
    kept.keep(_NAME, {**_all(), f"{exercise}.{level}": solved(exercise, level) + 1})


def levels_solved(exercise: str) -> int:
    """How many levels of an exercise were solved at least once."""
    return sum(solved(exercise, level) > 0 for level in range(1, EXERCISES[exercise].levels + 1))


def _all() -> dict[str, int]:
    """The counts by exercise and level; invalid data from the browser is ignored."""
    found = kept.value(_NAME)
    if not isinstance(found, dict):
        return {}
    return {
        name: number
        for name, number in list(found.items())[: limits.MAX_SEED]
        if isinstance(number, int) and 0 <= number < limits.MAX_SEED
    }
