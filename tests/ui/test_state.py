"""The choices that settings declare as plain words are those of the code that they configure."""

from typing import get_args

import pytest

from transformer.exercises import EXERCISES
from transformer.experiments.mask_interventions import MASK_KINDS
from transformer.experiments.position_interventions import CHANGE_KINDS, SIDES
from transformer.learning.snapshots import ATTENTIONS
from transformer.learning.steps import Optimizer, Schedule
from ui.frames import broadcasting_broken, broadcasting_typed, masking_cases
from ui.state import LOOKS, Broadcasting, Exercises, Laboratory, Recoding, TrainingPage


@pytest.mark.parametrize(
    ("setting", "choices"),
    [
        (Exercises.name, EXERCISES),
        (Laboratory.mask, MASK_KINDS),
        (Recoding.kind, CHANGE_KINDS),
        (Recoding.side, SIDES),
        (TrainingPage.optimizer, get_args(Optimizer)),
        (TrainingPage.schedule, get_args(Schedule)),
        (Broadcasting.mask, masking_cases.NOTES),
        (Broadcasting.pytorch, masking_cases.PYTORCH),
        (Broadcasting.fill, masking_cases.FILLS),
        (Broadcasting.case, broadcasting_broken.titles()),
        (Broadcasting.operation, broadcasting_typed.OPERATIONS),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_choices(setting, choices):
    assert setting.parse.choices == tuple(choices)


def test_what_can_be_looked_at_in_a_training():
    assert set(ATTENTIONS) < set(LOOKS)
