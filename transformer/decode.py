"""`python -m transformer.decode`: print a trained model's answer on standard output."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from transformer import limits, terminal
from transformer.decoding.beam import Beam, beam_search
from transformer.decoding.loop import DecodeStep, decode
from transformer.decoding.sampling import Sampling
from transformer.decoding.ties import best
from transformer.errors import InputError, brief
from transformer.learning.checkpoint import Checkpoint, load_checkpoint, shipped_checkpoint
from transformer.learning.folder import CHECKPOINT
from transformer.learning.runs import Run
from transformer.tasks import TASKS
from transformer.terminal import say

CANDIDATES = 5
DEFAULT_TASK = "sort"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the answer; exit code 2 and one line on standard error if the input cannot be read."""
    parser = _parser()
    options = parser.parse_args(arguments)
    _check_together(parser, options)
    try:
        checkpoint = open_checkpoint(options.checkpoint, options.task)
        source = checkpoint.task.encode(options.input)
        answer = _answer if options.beam is None else _search
        written = answer(checkpoint, source, options)
        say(written)
        if not written:
            print("The model's answer is empty: it wrote EOS at once.", file=sys.stderr)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def open_checkpoint(path: Path | None, task: str | None) -> Checkpoint:
    """The checkpoint in a file or a run's folder; without a path, the shipped one of a task (default: sort).

    Raises `InputError` if it cannot be read.
    """
    if path is None:
        return shipped_checkpoint(task or DEFAULT_TASK)
    if not os.path.isdir(path):
        return load_checkpoint(path)
    if not os.path.exists(path / CHECKPOINT):
        Run.find(path)
        raise InputError("The run in {folder} has no checkpoint yet.", folder=path.resolve().name)
    return load_checkpoint(path / CHECKPOINT)


def _check_together(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Exit with an error message if an option would have no effect in combination with the others."""
    if options.checkpoint and options.task:
        parser.error("--task chooses a shipped model and --checkpoint one of your own: choose one")
    if options.beam is not None and options.temperature:
        parser.error("--beam and --temperature are two strategies: choose one")
    for name in ("top_k", "top_p", "seed"):
        if getattr(options, name) is not None and not options.temperature:
            parser.error(
                f"--{name.replace('_', '-')} says how tokens are drawn, and without --temperature none are: "
                "--temperature 1 draws from the model's own probabilities"
            )
    if options.length_penalty is not None and options.beam is None:
        parser.error("--length-penalty belongs to beam search, and without --beam there is none")


def _given(options: argparse.Namespace, **fields: str) -> dict[str, Any]:
    """The values of those fields whose option was given; the others keep their defaults."""
    given = {field: getattr(options, option) for field, option in fields.items()}
    return {field: value for field, value in given.items() if value is not None}


def _answer(checkpoint: Checkpoint, source: list[int], options: argparse.Namespace) -> str:
    """The answer of greedy decoding or, with a temperature, of sampling."""
    vocabulary = checkpoint.task.trg_vocabulary
    tokens: list[int] = []
    for step in _steps(checkpoint, source, options):
        tokens = step.tokens[0].tolist()
        if options.steps:
            drawn_from = step.probabilities if step.candidates is None else step.candidates.probabilities
            shown = best(drawn_from[0], CANDIDATES)
            listed = "  ".join(f"{vocabulary.label(i)} {p:.4f}" for i, p in shown if p)
            say(f"step {step.step}: {listed}")
    return checkpoint.task.decode(tokens)


def _steps(checkpoint: Checkpoint, source: list[int], options: argparse.Namespace) -> Iterator[DecodeStep]:
    fields = {"temperature": "temperature", "top_k": "top_k", "top_p": "top_p", "seed": "seed"}
    sampling = Sampling(**_given(options, **fields)) if options.temperature else None
    return decode(
        checkpoint.model,
        torch.tensor([source]),
        max_new_tokens=options.max_new_tokens,
        sampling=sampling,
    )


def _search(checkpoint: Checkpoint, source: list[int], options: argparse.Namespace) -> str:
    """The answer of beam search."""
    if options.beam > limits.MAX_BEAM:
        raise InputError(
            "{name} = {value} must be a whole number from {low} to {high}.",
            name="width",
            value=brief(options.beam),
            low=1,
            high=limits.MAX_BEAM,
        )
    beam = Beam(**_given(options, width="beam", length_penalty="length_penalty"))
    src = torch.tensor([source])
    answer: list[int] = []
    for step in beam_search(checkpoint.model, src, beam, max_new_tokens=options.max_new_tokens):
        answer = step.answer[0].tolist()
        if options.steps:
            kept = step.alive[0, : beam.width] | step.finished[0, : beam.width]
            shown = zip(
                step.tokens[0][kept].tolist(), step.scores[0, : beam.width][kept].tolist(), strict=True
            )
            for tokens, score in shown:
                labels = " ".join(checkpoint.task.trg_vocabulary.labels(tokens[1:]))
                say(f"step {step.step}: {score:8.4f}  {labels}")
    return checkpoint.task.decode(answer)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m transformer.decode", description="Ask a trained model.")
    parser.add_argument("input", help='what the model reads, such as "5 3 9 1 1"')
    parser.add_argument("--task", choices=list(TASKS), help=f"which shipped model; default: {DEFAULT_TASK}")
    parser.add_argument("--checkpoint", type=Path, metavar="RUN", help="your own model: a run or its file")
    parser.add_argument("--steps", action="store_true", help="print each step's most probable tokens")
    parser.add_argument(
        "--max-new-tokens", type=int, default=64, metavar="N", help="maximum number of tokens; default: 64"
    )
    parser.add_argument(
        "--temperature", type=float, default=0.0, metavar="T", help="0, the default, is greedy decoding"
    )
    parser.add_argument("--top-k", type=int, metavar="K", help="sample from the k best tokens; 0 for all")
    parser.add_argument("--top-p", type=float, metavar="P", help="of these, the best that together reach P")
    parser.add_argument("--seed", type=int, metavar="N", help="seed of sampling; default: 0")
    parser.add_argument("--beam", type=int, metavar="WIDTH", help="beam search of this width")
    parser.add_argument("--length-penalty", type=float, metavar="ALPHA", help="of beam search; default: 0.6")
    return parser


if __name__ == "__main__":
    terminal.run(main)
