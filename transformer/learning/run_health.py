"""Read-only diagnosis of a run's folder: what is wrong with it, and where the run would continue."""

from dataclasses import dataclass
from pathlib import Path

from transformer.errors import DamagedError, InputError
from transformer.learning.checkpoint import check_whole, read_description
from transformer.learning.feasible import check_feasible
from transformer.learning.folder import CHECKPOINT, CONFIG, METRICS
from transformer.learning.runs import Run


@dataclass(frozen=True)
class Condition:
    """The state of a run's files."""

    problems: tuple[InputError, ...] = ()
    """What is damaged or missing, and the consequences."""
    saved_step: int = 0
    """The step of the checkpoint; 0 if none can be read."""
    can_be_shown: bool = True
    can_go_on: bool = True


def condition_of(folder: Path) -> Condition:
    """Check a run's files, without reading weights: of the checkpoint, only the header and the length."""
    run = Run(folder)
    try:
        problems, task = _problems(run), run.task()
    except InputError as error:
        return Condition((error,), can_be_shown=False, can_go_on=False)
    except OSError as error:
        file = Path(str(error.filename or folder)).name
        unread = InputError("{file} cannot be read: {reason}.", file=file, reason=error.strerror)
        return Condition((unread,), can_be_shown=False, can_go_on=False)
    try:
        if run.checkpoint_path.exists():
            check_whole(run.checkpoint_path)
        check_feasible(run.configs()[0], task)
    except DamagedError:
        damaged = InputError(
            "{file} is damaged, so this run cannot be continued or used. Restart takes the same steps again.",
            file=CHECKPOINT,
        )
        return Condition((*problems, damaged), can_go_on=False)
    except InputError as error:
        return Condition((*problems, error), can_go_on=False)
    return Condition(problems, _saved_step(run))


def _problems(run: Run) -> tuple[InputError, ...]:
    """Problems that leave the run usable. Raises `InputError` or OSError if nothing of it can be shown."""
    if not (run.path / CONFIG).is_file():
        raise InputError("{file} is missing, which says what was trained.", file=CONFIG)
    count = run.damaged_lines()
    if not count:
        return ()
    return (InputError("{file} is damaged in {count} lines, which are left out.", file=METRICS, count=count),)


def _saved_step(run: Run) -> int:
    try:
        step = read_description(run.checkpoint_path)[1].get("step")
    except InputError:
        return 0
    return step if isinstance(step, int) else 0
