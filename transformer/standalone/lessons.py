"""The lesson steps that need no server: those whose view the standalone page has too."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "lessons"
"""The lessons of the project; the installed package has none."""

MODEL = "sort"
"""The shipped model that the lessons use."""

_NAMES: dict[str, dict[str, str]] = {
    "decoding": {"input": "input", "step": "step", "show": "show", "head": "panel"},
    "laboratory": {
        "lab_attention": "show", "lab_cells": "cells", "lab_fill": "fill", "lab_inverted": "inverted",
        "lab_plain": "plain",
    },
    "encoding": {"length": "length", "base": "base"},
}  # fmt: skip
"""The app's pages that are also views of the standalone page, and the names of their settings there."""

_SECTIONS: dict[str, tuple[str, dict[str, dict[str, str]]]] = {
    "decoding": ("section", {"walk": {}}),
    "laboratory": ("lab_section", {"effect": {}, "leak": {"step": "2"}}),
    "encoding": ("pe_section", {"codes": {"view": "positions", "length": "50"}}),
}
"""The setting that chooses a section of such a page, and the sections that exist here (default first)."""


def lessons() -> list[dict[str, Any]]:
    """Name, title and steps of each lesson that has such steps, in the page's format."""
    read = {path: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
    found = [
        {"name": path.stem.partition("_")[2], "title": one["title"], "steps": _steps(one["step"])}
        for path, one in read.items()
    ]
    return [lesson for lesson in found if lesson["steps"]]


def _steps(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps that work here. Steps about PAD are left out, because a single input has no padding."""
    views = ((step, view(step["page"], step.get("settings", {}))) for step in given)
    return [
        {"text": step["text"], "settings": here, "question": _question(step.get("question"))}
        for step, here in views
        if here is not None and "PAD" not in step["text"]["en"]
    ]


def _question(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Text in both languages, options and the index of the right one; None without a question."""
    if given is None:
        return None
    text = {language: given[language] for language in ("en", "zh")}
    return {"text": text, "options": given["options"], "answer": given["answer"]}


def view(page: str, settings: Mapping[str, Any]) -> dict[str, str] | None:
    """The settings of the corresponding view here; None if there is none."""
    if page not in _NAMES:
        return None
    name, sections = _SECTIONS[page]
    section = settings.get(name, next(iter(sections)))
    others = {key: value for key, value in settings.items() if key != name}
    if section not in sections or not set(others) <= set(_NAMES[page]):
        return None
    renamed = {_NAMES[page][key]: _text(value) for key, value in others.items()}
    return {"view": page} | sections[section] | renamed


def _text(value: object) -> str:
    """A setting in this page's URL, where an attention is `cross`; the app also uses `decoder.cross`."""
    if isinstance(value, bool):
        return "1" if value else ""
    return str(value).removeprefix("decoder.")
