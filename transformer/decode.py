"""`python -m transformer.decode`: what a trained model answers, on standard output and nothing else there."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from transformer.checkpoint import Checkpoint, load_checkpoint, shipped_checkpoint
from transformer.decoding import decode
from transformer.errors import InputError
from transformer.tasks import TASKS

CANDIDATES = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the answer; exit code 2 and one line on standard error if the input cannot be read."""
    options = _parser().parse_args(arguments)
    try:
        checkpoint = (
            load_checkpoint(options.checkpoint) if options.checkpoint else shipped_checkpoint(options.task)
        )
        source = checkpoint.task.encode(options.input)
        print(_answer(checkpoint, source, options.max_new_tokens, options.steps))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _answer(checkpoint: Checkpoint, source: list[int], max_new_tokens: int, show_steps: bool) -> str:
    vocabulary = checkpoint.task.trg_vocabulary
    tokens: list[int] = []
    for step in decode(checkpoint.model, torch.tensor([source]), max_new_tokens=max_new_tokens):
        tokens = step.tokens[0].tolist()
        if show_steps:
            best = step.probabilities[0].topk(min(CANDIDATES, len(vocabulary)))
            shown = zip(best.indices.tolist(), best.values.tolist(), strict=True)
            print(f"step {step.step}:", "  ".join(f"{vocabulary.label(i)} {p:.4f}" for i, p in shown))
    return checkpoint.task.decode(tokens)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m transformer.decode", description="Ask a trained model.")
    parser.add_argument("input", help='what the model reads, such as "5 3 9 1 1"')
    parser.add_argument("--task", choices=list(TASKS), default="sort", help="which shipped model")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint of your own instead")
    parser.add_argument("--steps", action="store_true", help="print each step's most probable tokens")
    parser.add_argument("--max-new-tokens", type=int, default=64)
    return parser


if __name__ == "__main__":
    sys.exit(main())
