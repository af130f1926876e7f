"""The tasks that a model can be taught. A task defines the sources, and the right target for each source.

`task` is the base class. `digits`, `words` and `dates` come with the project; `pairs` is made from a user's
table, which `table` reads. `batches` makes padded tensors for any task.
"""

from transformer.errors import InputError
from transformer.limits import MAX_SHOWN
from transformer.tasks.batches import (
    Batch,
    NotShifted,
    generate_batch,
    held_out_batch,
    held_out_mixture,
    held_out_sources,
    make_batch,
    pad_batch,
)
from transformer.tasks.dates import Dates
from transformer.tasks.digits import (
    Copy,
    DigitTask,
    Reverse,
    Sort,
    draw_digits,
    generate_patterned_sequence,
    random_digits,
)
from transformer.tasks.layout import Layout
from transformer.tasks.pairs import PAIRS, PairsTask, TokenKind, token_kind
from transformer.tasks.table import Table, read_pairs, read_table
from transformer.tasks.task import HELD_OUT_SHARE, Ids, Task, is_held_out
from transformer.tasks.words import Words

TASKS: dict[str, Task] = {task.name: task for task in (Sort(), Reverse(), Copy(), Words(), Dates())}
"""The tasks that come with the project, by name."""


def task_named(name: str) -> Task:
    """The task of that name. Raises `InputError` for an unknown one."""
    if name not in tuple(TASKS):  # unlike a dictionary, a tuple accepts unhashable values
        raise InputError(
            "There is no task “{name}”; the tasks are {known}.",
            name=str(name)[:MAX_SHOWN],
            known=", ".join(TASKS),
        )
    return TASKS[name]


__all__ = [
    "HELD_OUT_SHARE",
    "PAIRS",
    "TASKS",
    "Batch",
    "Copy",
    "Dates",
    "DigitTask",
    "Ids",
    "Layout",
    "NotShifted",
    "PairsTask",
    "Reverse",
    "Sort",
    "Table",
    "Task",
    "TokenKind",
    "Words",
    "draw_digits",
    "generate_batch",
    "generate_patterned_sequence",
    "held_out_batch",
    "held_out_mixture",
    "held_out_sources",
    "is_held_out",
    "make_batch",
    "pad_batch",
    "random_digits",
    "read_pairs",
    "read_table",
    "task_named",
    "token_kind",
]
