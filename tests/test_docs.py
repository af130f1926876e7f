"""What the documents name exists."""

import re

import pytest

from tests.messages import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)#:]+)\)")
PATH = re.compile(r"(?<![\w/.-])(?:[\w.]+/)+[\w.]*\w\.(?:py|css|js|md|po|yml)\b")
FROM = (ROOT, ROOT / "transformer", ROOT / "ui" / "tensor_grid")
"""Where the paths in a document may begin."""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_paths_lead_to_files(document):
    text = document.read_text(encoding="utf-8")
    links = {link for link in LINK.findall(text) if not (document.parent / link).exists()}
    paths = {path for path in PATH.findall(text) if not any((start / path).exists() for start in FROM)}
    assert (links, paths) == (set(), set())


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 130


@pytest.mark.parametrize("text", ["see [it](docs/gone.md)", "in `transformer/gone.py`"])
def test_what_is_gone_is_found(text):
    assert LINK.findall(text) or PATH.findall(text)
