"""`python -m transformer.decode`: what a trained model answers, on standard output and nothing else there."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from transformer.beam import Beam, beam_search
from transformer.checkpoint import Checkpoint, load_checkpoint, shipped_checkpoint
from transformer.decoding import DecodeStep, decode
from transformer.errors import InputError
from transformer.sampling import Sampling
from transformer.tasks import TASKS

CANDIDATES = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the answer; exit code 2 and one line on standard error if the input cannot be read."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.beam and options.temperature:
        parser.error("--beam and --temperature are two strategies: choose one")
    try:
        checkpoint = (
            load_checkpoint(options.checkpoint) if options.checkpoint else shipped_checkpoint(options.task)
        )
        source = checkpoint.task.encode(options.input)
        answer = _search if options.beam else _answer
        print(answer(checkpoint, source, options))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _answer(checkpoint: Checkpoint, source: list[int], options: argparse.Namespace) -> str:
    """Greedy, or sampled where options say so."""
    vocabulary = checkpoint.task.trg_vocabulary
    tokens: list[int] = []
    for step in _steps(checkpoint, source, options):
        tokens = step.tokens[0].tolist()
        if options.steps:
            drawn_from = step.probabilities if step.candidates is None else step.candidates.probabilities
            best = drawn_from[0].topk(min(CANDIDATES, len(vocabulary)))
            shown = zip(best.indices.tolist(), best.values.tolist(), strict=True)
            print(f"step {step.step}:", "  ".join(f"{vocabulary.label(i)} {p:.4f}" for i, p in shown if p))
    return checkpoint.task.decode(tokens)


def _steps(checkpoint: Checkpoint, source: list[int], options: argparse.Namespace) -> Iterator[DecodeStep]:
    sampling = Sampling(options.temperature, options.top_k, options.top_p, options.seed)
    return decode(
        checkpoint.model,
        torch.tensor([source]),
        max_new_tokens=options.max_new_tokens,
        sampling=None if sampling.temperature == 0 else sampling,
    )


def _search(checkpoint: Checkpoint, source: list[int], options: argparse.Namespace) -> str:
    """By beam search."""
    beam, src = Beam(options.beam, options.length_penalty), torch.tensor([source])
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
                print(f"step {step.step}: {score:8.4f}  {labels}")
    return checkpoint.task.decode(answer)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m transformer.decode", description="Ask a trained model.")
    parser.add_argument("input", help='what the model reads, such as "5 3 9 1 1"')
    parser.add_argument("--task", choices=list(TASKS), default="sort", help="which shipped model")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint of your own instead")
    parser.add_argument("--steps", action="store_true", help="print each step's most probable tokens")
    parser.add_argument("--max-new-tokens", type=int, default=64)
    parser.add_argument("--temperature", type=float, default=0.0, help="0, the default, is greedy decoding")
    parser.add_argument("--top-k", type=int, default=0, help="sample from the k best tokens; 0 for all")
    parser.add_argument("--top-p", type=float, default=1.0, help="of these the best that reach p together")
    parser.add_argument("--seed", type=int, default=0, help="of what is sampled")
    parser.add_argument("--beam", type=int, default=0, metavar="WIDTH", help="beam search of this width")
    parser.add_argument("--length-penalty", type=float, default=0.6, help="of beam search (alpha)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
