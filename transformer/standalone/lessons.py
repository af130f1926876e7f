"""The lessons' steps that need no server: those whose view a page of its own has too."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "lessons"
"""They come with the project; the package alone has none."""

MODEL = "sort"
"""The shipped model that lessons speak of."""

_NAMES: dict[str, dict[str, str]] = {
    "decoding": {"input": "input", "step": "step", "show": "show", "head": "panel"},
    "laboratory": {
        "lab_attention": "show", "lab_cells": "cells", "lab_fill": "fill", "lab_inverted": "inverted",
        "lab_plain": "plain",
    },
    "encoding": {"length": "length", "base": "base"},
}  # fmt: skip
"""Pages of the app that are views here too, and what their settings are called here."""

_SECTIONS: dict[str, tuple[str, dict[str, dict[str, str]]]] = {
    "decoding": ("section", {"walk": {}}),
    "laboratory": ("lab_section", {"effect": {}, "leak": {"step": "2"}}),
    "encoding": ("pe_section", {"codes": {"view": "positions", "length": "50"}}),
}
"""What chooses a section of such a page, and the sections that are here; the first one is the default."""


def lessons() -> list[dict[str, Any]]:
    """Name, title and steps of each lesson that has such steps, as the page reads them."""
    read = {path: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
    found = [
        {"name": path.stem.partition("_")[2], "title": one["title"], "steps": _steps(one["step"])}
        for path, one in read.items()
    ]
    return [lesson for lesson in found if lesson["steps"]]


def _steps(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An input is alone here: what is said of PAD could not be seen."""
    views = ((step, view(step["page"], step.get("settings", {}))) for step in given)
    return [
        {"text": step["text"], "settings": here, "question": _question(step.get("question"))}
        for step, here in views
        if here is not None and "PAD" not in step["text"]["en"]
    ]


def _question(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Text in both languages, options and the number of the right one."""
    if given is None:
        return None
    text = {language: given[language] for language in ("en", "zh")}
    return {"text": text, "options": given["options"], "answer": given["answer"]}


def view(page: str, settings: Mapping[str, Any]) -> dict[str, str] | None:
    """The settings of the same view here; None if there is none."""
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
    """A setting in this page's address; an attention is `cross` there, in the app also `decoder.cross`."""
    if isinstance(value, bool):
        return "1" if value else ""
    return str(value).removeprefix("decoder.")
