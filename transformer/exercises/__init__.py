"""Exercises: one step done by hand, graded cell by cell against the tensors of a real pass."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from transformer.errors import InputError
from transformer.exercises import masks, numbers, shapes, writing
from transformer.exercises.problem import Field, Finding, Picture, Problem, grade
from transformer.learning.checkpoint import Checkpoint

__all__ = ["EXERCISES", "Exercise", "Field", "Finding", "Picture", "Problem", "grade", "make"]


@dataclass(frozen=True)
class Exercise:
    """A generator of problems of one kind."""

    draw: Callable[[Checkpoint, int, int], Problem]
    """Makes a problem from a model of a digit task, the level (from 1) and a seed; deterministic."""
    levels: int = 2


EXERCISES: Mapping[str, Exercise] = {
    "padding": Exercise(masks.paint_padding),
    "decoder_mask": Exercise(masks.paint_decoder_mask),
    "placement": Exercise(masks.place_masks),
    "broadcast": Exercise(shapes.broadcast),
    "convert": Exercise(masks.convert, levels=3),
    "softmax": Exercise(numbers.masked_softmax),
    "position": Exercise(numbers.position_code),
    "shift": Exercise(writing.shift),
    "beam": Exercise(writing.survivors),
    "look": Exercise(writing.next_look),
}
"""All exercises, in the order of a pass through the model."""


def make(name: str, checkpoint: Checkpoint, level: int, seed: int) -> Problem:
    """A problem; the level is clamped to those that exist.

    Raises `InputError` if there is no such exercise.
    """
    if name not in EXERCISES:
        raise InputError("There is no exercise “{name}”.", name=name)
    exercise = EXERCISES[name]
    return exercise.draw(checkpoint, min(max(level, 1), exercise.levels), seed)
