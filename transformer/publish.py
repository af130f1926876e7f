"""`python -m transformer.publish RUN`: turn a finished run into a model that comes with the project.

It measures the model, drops what only training needs (the optimiser's moments), and adds it to the others.
"""

import argparse
import json
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from transformer import terminal
from transformer.errors import InputError, unwritable
from transformer.learning.checkpoint import SHIPPED, save_checkpoint, write_atomically
from transformer.learning.folder import CHECKPOINT, CONFIG, METRICS
from transformer.learning.runs import Run
from transformer.learning.snapshots import FOLDER
from transformer.learning.steps import TrainConfig, exact_match
from transformer.model.config import TransformerConfig
from transformer.model.transformer import Transformer
from transformer.options import CHOSEN_BY_TASK
from transformer.tasks import DigitTask, Task, held_out_sources, make_batch, random_digits, task_named

ACCURACY = "accuracy.json"
EACH = 2000
"""Number of sequences of each length, and of held-out ones of each pattern, for measuring."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and copy a run's model, and print the accuracies."""
    parser = argparse.ArgumentParser("python -m transformer.publish", description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="a run's folder")
    parser.add_argument("--to", type=Path, default=SHIPPED, help="default: the project's own models")
    parser.add_argument("--brief", action="store_true", help="keep only recorded steps with an evaluation")
    options = parser.parse_args(arguments)
    try:
        ship(Run.find(options.run), options.to, brief=options.brief)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(unwritable(error), file=sys.stderr)
        return 1
    return 0


def ship(run: Run, root: Path, *, brief: bool = False) -> None:
    """Measure a run's model and write `root/<task>/`; `brief` keeps only the steps with an evaluation.

    Its snapshots replace those of the previous model. Raises `InputError` for a user's own pairs.
    """
    checkpoint = run.checkpoint()
    task_named(checkpoint.task.name)  # refuses a user's own pairs, which must not be published
    folder = root / checkpoint.task.name
    about = checkpoint.about | {"command": command(run)}
    save_checkpoint(folder / CHECKPOINT, checkpoint.model, checkpoint.task, about)
    shutil.copyfile(run.path / CONFIG, folder / CONFIG)
    steps = [step for step in run.metrics() if step["evaluation"] or not brief]
    write_atomically(folder / METRICS, "".join(json.dumps(step) + "\n" for step in steps).encode())
    if (run.path / FOLDER).exists():
        shutil.rmtree(folder / FOLDER, ignore_errors=True)
        shutil.copytree(run.path / FOLDER, folder / FOLDER)
    accuracy = {"command": about["command"], "exact_match": measure(checkpoint.model, checkpoint.task)}
    write_atomically(folder / ACCURACY, (json.dumps(accuracy, indent=2) + "\n").encode())
    terminal.say(json.dumps(accuracy, indent=2))


def measure(model: Transformer, task: Task) -> dict[str, dict[str, Any]]:
    """Free-running exact match on held-out sequences by pattern, and on random ones by length."""
    by_pattern = {}
    for pattern in task.patterns:
        sources = held_out_sources(task, pattern, EACH)
        by_pattern[pattern] = {
            "sequences": len(sources),
            "exact_match": exact_match(model, make_batch(task, sources)),
        }
    measured: dict[str, dict[str, Any]] = {"held_out": by_pattern}
    if isinstance(task, DigitTask):
        measured["random_by_length"] = {
            str(length): exact_match(model, make_batch(task, random_digits(length, EACH)))
            for length in range(1, task.max_length + 1)
        }
    return measured


def command(run: Run) -> str:
    """The command line that repeats a run."""
    config = run.config()
    words = ["python", "-m", "transformer.train", "--threads", str(config["threads"])]
    for part, kind in (("training", TrainConfig), ("model", TransformerConfig)):
        defaults = kind()
        for field in fields(kind):
            if field.name in CHOSEN_BY_TASK:
                continue
            default, option = getattr(defaults, field.name), field.name.replace("_", "-")
            value = config[part].get(field.name, default)  # older runs lack newer fields
            if isinstance(value, bool):
                words += [f"--{option}" if value else f"--no-{option}"] if value != default else []
            elif field.name == "task" or value != default:
                words += [f"--{option}", str(value)]
    return shlex.join(words)


if __name__ == "__main__":
    terminal.run(main)
