"""`python -m transformer.standalone`: a trained model as one web page that needs no server."""

import argparse
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path

from transformer.decode import open_checkpoint
from transformer.errors import InputError, unwritable
from transformer.learning.checkpoint import shipped_checkpoint, write_atomically
from transformer.standalone.page import page
from transformer.standalone.texts import TITLES
from transformer.tasks import TASKS


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page or the site; exit code 2 for a model that cannot be read, 1 if none can be written."""
    options = _parser().parse_args(arguments)
    try:
        if options.site:
            write_site(options.site)
        else:
            checkpoint = open_checkpoint(options.checkpoint, options.task)
            write_atomically(options.output, page(checkpoint, options.title).encode())
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(unwritable(error), file=sys.stderr)
        return 1
    return 0


def write_site(folder: Path) -> None:
    """A page a task and an index of them: files for any static host."""
    for task in TASKS:
        write_atomically(folder / f"{task}.html", page(shipped_checkpoint(task)).encode())
    links = "\n".join(f'<li><a href="{task}.html">{escape(TITLES[task])}</a></li>' for task in TASKS)
    write_atomically(folder / "index.html", _INDEX.format(links=links).encode())


_INDEX = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>See a Transformer work</title>
<style>body {{ max-width: 40rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui; }}</style>
</head>
<body>
<h1>See a Transformer work</h1>
<p>Each page holds a small trained Transformer that computes in your browser.</p>
<p lang="zh">每个页面都带有一个训练好的小型 Transformer，全部在浏览器里计算。</p>
<ul>
{links}
</ul>
</body>
</html>
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m transformer.standalone", description=(__doc__ or "").strip())
    parser.add_argument("--task", choices=TASKS, help="a model that comes with the project (default: sort)")
    parser.add_argument(
        "--checkpoint", type=Path, help="a model of one's own: a checkpoint or a run's folder"
    )
    parser.add_argument("--output", type=Path, default=Path("transformer.html"), help="default: %(default)s")
    parser.add_argument("--title", default="", help="the page's title")
    parser.add_argument(
        "--site", type=Path, help="write a page of each shipped model and an index into a folder"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
