"""`python -m transformer.standalone`: a trained model as one web page that needs no server."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from transformer.decode import open_checkpoint
from transformer.errors import InputError, unwritable
from transformer.learning.checkpoint import write_atomically
from transformer.standalone.lessons import MODEL, lessons
from transformer.standalone.page import page
from transformer.standalone.site import write_site
from transformer.tasks import TASKS


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page or the site; exit code 2 if the model cannot be read, 1 if writing fails."""
    options = _parser().parse_args(arguments)
    try:
        if options.site:
            write_site(options.site)
        else:
            checkpoint = open_checkpoint(options.checkpoint, options.task)
            spoken_of = options.checkpoint is None and checkpoint.task.name == MODEL
            text = page(checkpoint, options.title, lessons() if spoken_of else ())
            write_atomically(options.output, text.encode())
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(unwritable(error), file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m transformer.standalone", description=(__doc__ or "").strip())
    parser.add_argument("--task", choices=TASKS, help="a model that comes with the project (default: sort)")
    parser.add_argument("--checkpoint", type=Path, help="your own model: a checkpoint or a run's folder")
    parser.add_argument("--output", type=Path, default=Path("transformer.html"), help="default: %(default)s")
    parser.add_argument("--title", default="", help="the page's title")
    parser.add_argument(
        "--site", type=Path, help="write a page of each shipped model and an index into a folder"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
