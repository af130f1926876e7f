"""`python -m transformer.measure RUN`: the accuracy of a trained model, on held-out and on all inputs."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from transformer import limits, terminal
from transformer.decode import open_checkpoint
from transformer.errors import InputError
from transformer.experiments.accuracy import Answer, answer_all, random_sources, score
from transformer.options import whole
from transformer.tasks import held_out_mixture
from transformer.terminal import say

INPUTS = 256
"""The default number of inputs, the same as in an evaluation during training."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one line per kind of input; exit code 2 and one line on standard error if there is no model."""
    options = _parser().parse_args(arguments)
    try:
        checkpoint = open_checkpoint(options.run, None)
        model, task = checkpoint.model, checkpoint.task
        say(_line("held out", answer_all(model, task, held_out_mixture(task, options.inputs))))
        if not options.held_out:
            drawn = answer_all(model, task, random_sources(task, options.inputs, options.seed))
            seen = [answer for answer in drawn if not answer.held_out]
            say(_line("drawn from all", drawn))
            say(_line("  of these trained on", seen))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _line(name: str, answers: Sequence[Answer]) -> str:
    """A line such as `held out       97.50% of 120 answers exactly right, 99.10% of their tokens`."""
    if not answers:
        return f"{name:<22} none"
    figures = score(answers)
    return (
        f"{name:<22} {figures.exact_match:7.2%} of {figures.answers} answers exactly right, "
        f"{figures.token_accuracy:.2%} of their tokens"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m transformer.measure", description="Measure a trained model.")
    parser.add_argument("run", type=Path, help="a run's folder, or its checkpoint")
    parser.add_argument("--held-out", action="store_true", help="only inputs that training never shows")
    parser.add_argument(
        "--inputs", type=whole(1, limits.MAX_MEASURED), default=INPUTS, metavar="N",
        help=f"maximum number of inputs of each kind; default: {INPUTS}",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=whole(0, limits.MAX_SEED), default=0, metavar="N",
        help="seed of the inputs drawn from all; default: 0",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    terminal.run(main)
