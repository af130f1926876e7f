"""Bundle JavaScript modules into one text, for components and pages that cannot import modules."""

import re
from pathlib import Path

_IMPORT = re.compile(r'^import [^;"]*"(\.[^"]+)";\n', re.M)
_EXPORT = re.compile(r"^export (?!default)", re.M)


def bundled(entry: Path) -> str:
    """A module with all its imports: each module once, after those that it imports.

    All modules then share one scope, so top-level names must be unique and must not be renamed in imports.
    Raises ValueError if modules import each other.
    """
    done: dict[Path, str] = {}
    _add(entry.resolve(), done, ())
    return "\n".join(done.values())


def _add(path: Path, done: dict[Path, str], importers: tuple[Path, ...]) -> None:
    if path in importers:
        raise ValueError(f"{path.name} and {importers[-1].name} import each other")
    source = path.read_text(encoding="utf-8")
    for other in _IMPORT.findall(source):
        if (target := (path.parent / other).resolve()) not in done:
            _add(target, done, (*importers, path))
    done[path] = _EXPORT.sub("", _IMPORT.sub("", source))
