"""Exporting what a section shows: as a page that works offline, as numbers, as Python lines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st
from torch import Tensor

from transformer.grid.export import standalone_html
from ui import models
from ui.frames import reproduce
from ui.i18n import headed, language, t
from ui.layout import folded, show_code
from ui.state import PRESENTER
from ui.tensor_grid import Frame, Lock, grid_data, grid_texts


@dataclass(frozen=True)
class File:
    """A download button. Streamlit calls `make` when it is clicked, outside of the session."""

    label: str
    make: Callable[[], bytes | str]
    name: str
    about: str


@dataclass(frozen=True)
class Export:
    """What a section exports."""

    title: str
    """The section's title, which heads the exported page."""
    source: str
    """The input as typed."""
    frames: Sequence[Frame]
    at: int
    """The frame on screen."""
    lines: str
    files: tuple[File, ...] = ()
    lock: Lock | None = None


def draw(section: str, pack: Callable[..., Export], *shown: object) -> None:
    """A folded box with the exports; `pack(*shown)` is called only when it is opened."""
    folded(t("Export"), f"export_{section}", _draw, section, pack, shown)


def trace_files(
    titles: tuple[str, str], name: str, about: str, tensors: Callable[[], Mapping[str, Tensor]], row: int = 0
) -> tuple[File, File]:
    """Downloads of tensors: as an .npz file, and as a CSV file for the sequence at `row`."""
    csv_about = t("The same for the sequence shown: a line for each number, with its place and its index.")
    return (
        File(titles[0], lambda: reproduce.npz(tensors()), f"{name}.npz", about),
        File(titles[1], lambda: reproduce.csv(tensors(), row), f"{name}.csv", csv_about),
    )


def _draw(section: str, pack: Callable[..., Export], shown: tuple[object, ...]) -> None:
    export = pack(*shown)
    title = f"{headed(export.title, models.title(models.current_name()))} · {export.source}"
    name = "decoding" if section == "walk" else f"decoding-{section}"
    page = File(
        t("This view as a page (HTML)"),
        partial(_html, export, name, title, language(), grid_texts(), PRESENTER.value),
        f"{name}.html",
        t("One file that steps, points and enlarges without a network."),
    )
    for place, file in zip(st.columns(4), (page, *export.files, _model()), strict=False):
        place.download_button(
            file.label, file.make, file.name, on_click="ignore", width="stretch", help=file.about
        )
    if len(export.frames) > 1:  # a single frame has no bar
        st.caption(t("The arrow at the end of the bar above saves the view as a picture (PNG)."))
    st.caption(t("The same with the package, run in the project's folder:"))
    show_code(export.lines)


def _model() -> File:
    """The current model, to be used without the app."""
    checkpoint, title = models.current(), models.title(models.current_name())
    return File(
        t("The model as a web page"),
        partial(models.web_page, checkpoint, title),
        "transformer.html",
        t("One file that computes in the browser, without a server: to be mailed or hosted."),
    )


def _html(
    export: Export, name: str, title: str, language: str, texts: dict[str, str], presenter: bool
) -> str:
    data = grid_data(
        export.frames, start=export.at, lock=export.lock, presenter=presenter, name=name, texts=texts
    )
    return standalone_html(data, title, language)
