"""Editing of the mask on screen: clicks on cells, undo and redo."""

from typing import Any

import streamlit as st

from transformer import limits
from ui.cells import read_cells, write_cells
from ui.frames import laboratory
from ui.frames.laboratory import Bench
from ui.i18n import t
from ui.layout import controls
from ui.setting import Setting
from ui.state import PRESENTER, Laboratory
from ui.tensor_grid import GridEvent, tensor_grid

EDITED: tuple[Setting[Any], ...] = (
    Laboratory.mask,
    Laboratory.width,
    Laboratory.rows,
    Laboratory.cells,
    Laboratory.inverted,
    Laboratory.plain,
    Laboratory.fill,
)
"""The settings that define the mask; undo and redo restore them."""

UNDO, REDO, SHOWN = "lab_undo", "lab_redo", "lab_shown"
"""Session state: earlier and later versions of the edited settings, and the one on screen."""

Version = tuple[Any, ...]


def forget_cells() -> None:
    """Drop the clicked cells when another mask is chosen: they were changes to the one before."""
    Laboratory.cells.set("")


def forget_probe() -> None:
    """Drop the probed token when another attention is chosen: there another token is worth probing."""
    Laboratory.probe.set("")


def on_click(event: GridEvent) -> None:
    """Toggle the clicked cells, whichever picture they are in."""
    if event.kind == "cell":
        clicked = {(cell[0], cell[-2], cell[-1]) for cell in event.cells}
        cells = read_cells(Laboratory.cells.value) or frozenset()
        Laboratory.cells.set(write_cells(cells ^ clicked))


def on_stages(event: GridEvent) -> None:
    """Store the step on screen, so that links lead to it, and toggle clicked cells."""
    Laboratory.step.set(event.frame)
    on_click(event)


def _version() -> Version:
    return tuple(setting.value for setting in EDITED)


def remember() -> None:
    """Call this once a run: if the mask has changed since the last run, the old one is kept for undo."""
    now = _version()
    shown: Version | None = st.session_state.get(SHOWN)
    if shown is not None and shown != now:
        undo = st.session_state.setdefault(UNDO, [])
        undo.append(shown)
        del undo[: -limits.MAX_UNDO]
        st.session_state[REDO] = []
    st.session_state[SHOWN] = now


def _move(source: str, target: str) -> None:
    """Restore the top version of the stack `source`, and push the one on screen onto `target`."""
    if not st.session_state.get(source):
        return
    st.session_state.setdefault(target, []).append(_version())
    version = st.session_state[source].pop()
    for setting, value in zip(EDITED, version, strict=True):
        setting.set(value)
    st.session_state[SHOWN] = version


def own_mask_again() -> None:
    """Reset the mask to the model's own."""
    for setting in EDITED:
        setting.set(setting.default)


def edit_buttons() -> None:
    """Buttons: undo, redo, and the model's own mask."""
    undo, redo = (len(st.session_state.get(pile, [])) for pile in (UNDO, REDO))
    is_own = _version() == tuple(setting.default for setting in EDITED)
    with controls("controls_edit"):
        st.button(t("Undo"), on_click=_move, args=(UNDO, REDO), disabled=not undo)
        st.button(t("Redo"), on_click=_move, args=(REDO, UNDO), disabled=not redo)
        st.button(t("The model's own mask"), on_click=own_mask_again, disabled=is_own)


def mask_editor(bench: Bench) -> None:
    """The answers and the editable mask, in the room that is left."""
    if not PRESENTER.value:
        edit_buttons()
    tensor_grid(
        [laboratory.mask_frame(bench)],
        key="mask_grid",
        editable=True,
        on_event=on_click,
        stage=True,
    )


def answers(bench: Bench) -> None:
    """What the model writes under its own mask and under this one."""
    tensor_grid([laboratory.answers_frame(bench)], key="answers_grid")


def stages(bench: Bench) -> None:
    """Mask, energy, masked energy and weights, all editable; a step for every layer and head."""
    tensor_grid(
        laboratory.frames(bench),
        key="stages_grid",
        editable=True,
        report=["frame"],
        on_event=on_stages,
        start=bench.views.index(bench.shown),
        stage=True,
    )
    if len(bench.views) < len(bench.all_views):
        st.caption(
            t(
                "The first {shown} of {all} layers and heads. Choose a layer and a head to see another.",
                shown=len(bench.views),
                all=len(bench.all_views),
            )
        )
