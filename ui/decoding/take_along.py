"""Taking a walk along: as a page that works offline, as the trace's numbers, as Python lines."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from transformer.runs import CHECKPOINT
from ui import models
from ui.frames import reproduce
from ui.frames.attention import AVERAGE, figure_titles
from ui.frames.decoding import Walk
from ui.i18n import language, t
from ui.layout import folded
from ui.state import MODEL, PRESENTER, Decoding
from ui.tensor_grid import Frame, Lock, grid_data, grid_texts
from ui.tensor_grid.export import standalone_html


def draw(walk: Walk, row: int, frames: list[Frame], lock: Lock | None) -> None:
    """A box with buttons that make their files when they are clicked, and the lines of code."""
    folded(t("Take it along"), "take_along", _draw, walk, row, frames, lock)


def _draw(walk: Walk, row: int, frames: list[Frame], lock: Lock | None) -> None:
    at = min(Decoding.step.value, len(frames) - 1)
    step = walk.steps[at]
    html = partial(_html, frames, at, lock, _title(walk, row), language(), grid_texts(), PRESENTER.value)
    files: list[tuple[str, Callable[[], bytes | str], str, str]] = [
        (
            t("This view as a page (HTML)"),
            html,
            "decoding.html",
            t("One file that steps, points and enlarges without a network."),
        ),
        (
            t("Trace of step {n} (.npz)", n=at + 1),
            partial(reproduce.npz, walk, step),
            f"trace-step-{at + 1}.npz",
            t("Every tensor of the forward pass, for the whole batch, named by its place."),
        ),
        (
            t("Trace of step {n} (.csv)", n=at + 1),
            partial(reproduce.csv, row, step),
            f"trace-step-{at + 1}.csv",
            t("The same for the sequence shown: a line for each number, with its place and its index."),
        ),
    ]
    for place, (label, make, name, about) in zip(st.columns(3), files, strict=True):
        place.download_button(label, make, name, on_click="ignore", width="stretch", help=about)
    st.caption(t("The arrow at the end of the bar above saves the view as a picture (PNG)."))
    st.caption(t("The same with the package, run in the project's folder:"))
    st.code(reproduce.lines(walk, _loaded(), step, *_head(walk, lock)), language="python", wrap_lines=True)


def _title(walk: Walk, row: int) -> str:
    return f"{t('Decoding')}: {models.title(MODEL.value)} · {walk.source(row)}"


def _html(
    frames: list[Frame],
    at: int,
    lock: Lock | None,
    title: str,
    language: str,
    texts: dict[str, str],
    presenter: bool,
) -> str:
    data = grid_data(frames, start=at, lock=lock, presenter=presenter, name="decoding", texts=texts)
    return standalone_html(data, title, language)


def _loaded() -> str:
    """The call that loads the current model."""
    name = MODEL.value
    if name in models.shipped():
        return f'shipped_checkpoint("{name}")'
    return f"load_checkpoint({str(models.folder_of(name) / CHECKPOINT)!r})"


def _head(walk: Walk, lock: Lock | None) -> tuple[str, int, int | None]:
    """Attention, layer and head of the enlarged panel; else the average that colours the source."""
    if lock is None:
        return "decoder.cross", walk.checkpoint.model.config.num_layers - 1, None
    names = {title: name for name, title in figure_titles().items()}
    name, (layer, head) = names[lock.tensor], lock.panel
    return name.removesuffix(AVERAGE), layer, None if name.endswith(AVERAGE) else head
