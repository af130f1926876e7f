"""`python -m transformer.probe package.module:make_model`: a table of what a model sees that it must not."""

import argparse
import contextlib
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from transformer import terminal
from transformer.errors import InputError, unwritable
from transformer.options import whole
from transformer.probe.adapters import subject_of
from transformer.probe.result import CheckName
from transformer.probe.run import probe
from transformer.probe.subject import Kind, Subject
from transformer.terminal import say


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report. Exit code 1 if there is a fault, 2 for a model that cannot be probed."""
    options = _parser().parse_args(arguments)
    try:
        report = probe(subject_of(made(options.model), **_given(options)), options.check, options.seed)
        if options.html:
            _write(options.html, report.html(options.model))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    say(report.json() if options.json else str(report))
    return 0 if report.ok else 1


def made(name: str) -> Any:
    """What the function `package.module:function` returns, or the object of that name if it is none to call.

    Modules are imported as python would here: from the folder it is started in, and from installed packages.
    Raises `InputError` if there is no such module or name, or if making the model fails.
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
    """What is told about a model that does not say it itself."""
    vocab = options.vocab and tuple(options.vocab)
    named = {
        "vocab": vocab[0] if vocab and len(vocab) == 1 else vocab,
        "pad": options.pad,
        "kind": options.kind,
    }
    return {name: value for name, value in named.items() if value is not None}


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(error) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m transformer.probe",
        description="Does a model see what it must not, and where does it begin?",
    )
    parser.add_argument(
        "model",
        metavar="package.module:make_model",
        help="a function without arguments that returns a model (this project's, an nn.Transformer, one that "
        "takes input_ids and attention_mask, or a transformer.probe.Subject), or such a model itself",
    )
    parser.add_argument(
        "--vocab", type=whole(3, 10_000_000), nargs="+", metavar="N", help="ids, of source and target if two"
    )
    parser.add_argument("--pad", type=whole(0, 10_000_000), metavar="ID", help="the id that fills up")
    parser.add_argument("--kind", choices=get_args(Kind), help="how the model is called")
    parser.add_argument(
        "--check", action="append", default=[], choices=get_args(CheckName), help="only this one; repeatable"
    )
    parser.add_argument(
        "--seed", type=whole(0, 2**32 - 1), default=0, help="of the random inputs; default: 0"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, matrices included")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with the matrices")
    return parser


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        terminal.run(main)
