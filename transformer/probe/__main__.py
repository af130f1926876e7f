"""`python -m transformer.probe package.module:make_model`: check what a model sees that it must not."""

import argparse
import contextlib
import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import torch

from transformer import limits, terminal
from transformer.errors import InputError, unwritable
from transformer.options import whole
from transformer.probe.adapters import subject_of
from transformer.probe.foreign_trace import record_attention
from transformer.probe.inputs import make_inputs
from transformer.probe.result import CheckName
from transformer.probe.run import probe
from transformer.probe.subject import Inputs, Kind, Subject
from transformer.terminal import say
from transformer.trace_page import attention_page


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report. Exit code 1 if there is a fault, 2 for a model that cannot be probed."""
    options = _parser().parse_args(arguments)
    try:
        subject = subject_of(made(options.model), **_given(options))
        if options.trace:
            return _trace(subject, options.trace, options.html)
        report = probe(subject, options.check, options.seed)
        if options.html:
            _write(options.html, report.html(options.model))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    say(report.json() if options.json else str(report))
    return 0 if report.ok else 1


def made(name: str) -> Any:
    """The result of the function `package.module:function`, or the object itself if it is already a model.

    Modules are imported from the current folder and from installed packages. Raises `InputError` if there is
    no such module or name.
    """
    module_name, colon, attribute = name.partition(":")
    if not colon or not attribute:
        raise InputError("Name the model as package.module:make_model; {name} has no such colon.", name=name)
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise InputError("{name} cannot be imported: {reason}.", name=name, reason=str(error)) from error
    if isinstance(found, Subject) or (hasattr(found, "forward") and not isinstance(found, type)):
        return found
    return found()


def _given(options: argparse.Namespace) -> dict[str, Any]:
    """The arguments for `subject_of` that were given as options."""
    vocab = options.vocab and tuple(options.vocab)
    named = {
        "vocab": vocab[0] if vocab and len(vocab) == 1 else vocab,
        "pad": options.pad,
        "kind": options.kind,
    }
    return {name: value for name, value in named.items() if value is not None}


def _trace(subject: Subject, text: str, html: Path | None) -> int:
    """Print the attentions of one pass over ids and the share of keys that each keeps; write a page."""
    if subject.module is None:
        raise InputError("Only the attention of an nn.Module can be recorded: give `module`.")
    inputs = _typed(subject, text)
    trace = record_attention(subject.module, lambda: subject.call(inputs))
    if html:
        _write(html, attention_page(trace, text))
    for name in (name.removesuffix(".weights") for name in trace if name.endswith(".weights")):
        kept = trace[f"{name}.mask"].float().mean().item()
        shape = list(trace[f"{name}.weights"].shape)
        say(f"{name}: weights [B, H, L, S] = {shape}, {kept:.0%} of the keys may be attended to")
    return 0


def _typed(subject: Subject, text: str) -> Inputs:
    """Parse ids: of the source and, after a slash, of the target; without a slash, the same ids for both."""
    try:
        parts = [torch.tensor([[int(word) for word in part.split()]]) for part in text.split("/")]
    except ValueError as error:
        raise InputError(
            "A trace takes ids, such as 5 3 9, or 5 3 9 / 1 4; not {text}.", text=text
        ) from error
    if len(parts) > 2 or not all(part.numel() for part in parts):
        raise InputError("A trace takes ids, such as 5 3 9, or 5 3 9 / 1 4; not {text}.", text=text)
    named = {"src": parts[0], "trg": parts[-1]}
    examples = Inputs(**{stream: named[stream] for stream in subject.streams})
    return make_inputs(replace(subject, examples=examples))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(error) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m transformer.probe",
        description="Check whether a model sees what it must not see, and in which module that begins.",
    )
    parser.add_argument(
        "model",
        metavar="package.module:make_model",
        help="a function without arguments that returns a model (this project's, an nn.Transformer, one that "
        "takes input_ids and attention_mask, or a transformer.probe.Subject), or such a model itself",
    )
    parser.add_argument(
        "--vocab",
        type=whole(2, limits.MAX_IDS),
        nargs="+",
        metavar="N",
        help="number of ids; two numbers for source and target",
    )
    parser.add_argument("--pad", type=whole(0, limits.MAX_IDS), metavar="ID", help="the padding id")
    parser.add_argument("--kind", choices=get_args(Kind), help="how the model is called")
    parser.add_argument(
        "--check", action="append", default=[], choices=get_args(CheckName), help="only this one; repeatable"
    )
    parser.add_argument(
        "--seed", type=whole(0, limits.MAX_SEED), default=0, help="seed of the random inputs; default: 0"
    )
    parser.add_argument("--trace", metavar="IDS", help='record one pass instead, over ids such as "5 3 9"')
    parser.add_argument("--json", action="store_true", help="print JSON, including the matrices")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with the matrices")
    return parser


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        terminal.run(main)
