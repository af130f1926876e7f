"""JavaScript modules as one text, for components and pages that cannot import others."""

import re
from pathlib import Path

_IMPORT = re.compile(r'^import [^;"]*"(\.[^"]+)";\n', re.M)
_EXPORT = re.compile(r"^export (?!default)", re.M)


def bundled(entry: Path) -> str:
    """A module with all that it imports: each module once, after those that it imports itself.

    All of them share one scope then: no two top-level names are alike, and none is imported under another.
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
