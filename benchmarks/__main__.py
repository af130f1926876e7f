"""`python -m benchmarks [NAME ...] [--json] [--results]`: without a name, run all benchmarks.

`--share 0.2` runs a fifth of the rounds, to test a benchmark; `--only training` measures only some figures.
"""

import argparse
import importlib
import json
import logging
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks import extent, results
from benchmarks.measure import Records, Result
from benchmarks.report import as_json, as_text, environment

BENCHMARKS = {
    "training": "benchmarks.training",
    "decoding": "benchmarks.decoding",
    "tensor-grid": "benchmarks.tensor_grid",
    "watching": "benchmarks.watching",
    "load": "benchmarks.load",
    "controls": "benchmarks.controls",
    "latency": "benchmarks.latency",
    "screens": "benchmarks.screens",
    "standalone": "benchmarks.standalone",
}
"""The module for each name, whose `run()` measures it; imported only when needed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 1 if a benchmark could not run at all."""
    parser = _parser()
    options = parser.parse_args(arguments)
    extent.share, extent.only = options.share, options.only
    if options.results and (options.share, options.only) != (1.0, ""):
        parser.error("results are those of a whole benchmark: leave out --share and --only")
    _hush()
    where, found, failed = environment(), {}, False
    if not options.json:
        print("  ".join(f"{name}: {value}" for name, value in where.items()), end="\n\n", flush=True)
    for name in options.names or BENCHMARKS:
        try:
            result = _run(name)
        except ImportError as error:
            print(f"{name} cannot run here: {error}", file=sys.stderr)
            failed = True
            continue
        found[name] = as_json(result)
        if not options.json:
            print(f"== {name} ==\n\n{as_text(result)}", flush=True)
        if options.results:
            results.record(name, results.section(name, where, as_text(result)), BENCHMARKS)
    if options.json:
        print(json.dumps({"environment": where, "benchmarks": found}, indent=2))
    return int(failed)


def _hush() -> None:
    """Suppress the warnings that Streamlit logs at every call outside a session.

    A filter is used because Streamlit resets the levels of its loggers whenever it reads its settings.
    """
    for name in ("runtime.scriptrunner_utils.script_run_context", "runtime.state.session_state_proxy"):
        logging.getLogger(f"streamlit.{name}").addFilter(lambda record: record.levelno >= logging.ERROR)


def _run(name: str) -> Result | Records:
    module: Any = importlib.import_module(BENCHMARKS[name])
    result: Result | Records = module.run()
    return result


def _known(name: str) -> str:
    if name not in BENCHMARKS:
        raise argparse.ArgumentTypeError(f"there is no benchmark {name}; there are {', '.join(BENCHMARKS)}")
    return name


def _part(text: str) -> float:
    share = float(text)
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError("a share lies above 0, and is 1 at most")
    return share


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks", description="Our figures beside the peers'.")
    parser.add_argument("names", nargs="*", metavar="NAME", type=_known, help=", ".join(BENCHMARKS))
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument(
        "--results", action="store_true", help="also write the results into benchmarks/RESULTS.md"
    )
    parser.add_argument(
        "--share", type=_part, default=1.0, help="share of the rounds and seconds, such as 0.2 for a test"
    )
    parser.add_argument(
        "--only", default="", metavar="WORDS", help="only figures of latency with these words"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
