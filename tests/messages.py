"""Collects every message that a user may see from the source, so that none stays without a translation.

`python -m tests.messages` adds new ones to the catalogues, with an empty translation, and drops old ones.
"""

import ast
import json
import re
from pathlib import Path

import polib

from transformer.standalone import page
from ui.taught import cells

ROOT = Path(__file__).parent.parent
CATALOGUES = ROOT / "ui" / "locale"
FOLDERS = ("ui", "pages", "transformer")
COMMENT = re.compile(r"(?:^|  )# (.+)(\n|$)", re.MULTILINE)
WORDS = re.compile(r"[a-z]{2,},? [a-z]{2,}|: [a-z]{5,}")
MARKERS = {"t", "message", "InputError", "DamagedError", "NameTakenError", "Remark"}
"""Functions whose first argument is a message."""


def sources() -> list[Path]:
    """The files that hold messages."""
    below = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))
    return [ROOT / "dashboard.py", *below]


def calls(path: Path) -> list[ast.Call]:
    """The calls of `t(...)` and `InputError(...)` in a file."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return [
        node
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKERS
    ]


def literals(node: ast.expr) -> list[str]:
    """The string literals in an argument: one, or the two of a conditional expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return literals(node.body) + literals(node.orelse)
    return []


def assigned(path: Path) -> list[str]:
    """Messages assigned to a variable named `message`, which is then given to an `InputError`."""
    return [
        text
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assign) and any(getattr(name, "id", "") == "message" for name in node.targets)
        for text in literals(node.value)
    ]


def in_words(code: str) -> list[str]:
    """The comments in code that contain words, not just shapes or numbers."""
    return [comment for comment, _ in COMMENT.findall(code) if WORDS.search(comment)]


def comments(path: Path) -> list[str]:
    """Comments with words in code that pages run and show."""
    if path.parent.name == "code":
        return [comment for code in cells(path).values() for comment in in_words(code)]
    tree = ast.parse(path.read_text())
    cut = {
        id(part) for text in ast.walk(tree) if isinstance(text, ast.JoinedStr) for part in text.values[:-1]
    }
    return [
        comment
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for comment, end in COMMENT.findall(node.value)
        if WORDS.search(comment) and (end or id(node) not in cut)
    ]


def messages() -> dict[str, list[str]]:
    """Each message with the files that contain it."""
    found: dict[str, list[str]] = {}
    for path in sources():
        texts = [text for call in calls(path) if call.args for text in literals(call.args[0])] + assigned(
            path
        )
        if path.is_relative_to(ROOT / "ui"):
            texts += comments(path)
        for text in texts:
            found.setdefault(text, []).append(str(path.relative_to(ROOT)))
    return found


def update(path: Path) -> None:
    """Add new messages of the source to a catalogue, and drop old ones."""
    catalogue = polib.pofile(str(path)) if path.exists() else polib.POFile(wrapwidth=100)
    catalogue.wrapwidth = 100
    catalogue.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Language": path.stem}
    known = {entry.msgid: entry for entry in catalogue}
    wanted = messages()
    for entry in list(catalogue):
        if entry.msgid not in wanted:
            catalogue.remove(entry)
    for text, files in wanted.items():
        entry = known.get(text)
        if entry is None:
            entry = polib.POEntry(msgid=text)
            catalogue.append(entry)
        entry.occurrences = [(file, "") for file in sorted(set(files))]
    catalogue.save(str(path))


def of_standalone_page(path: Path) -> str:
    """The JSON file of the translations that the page without a server needs."""
    known = {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))}
    return json.dumps({text: known[text] for text in page.messages()}, ensure_ascii=False, indent=1) + "\n"


STANDALONE = Path(page.__file__).parent

if __name__ == "__main__":
    update(CATALOGUES / "zh.po")
    (STANDALONE / "zh.json").write_text(of_standalone_page(CATALOGUES / "zh.po"), encoding="utf-8")
