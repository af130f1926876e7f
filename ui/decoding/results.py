"""Every answer of a walk beside the right one."""

import streamlit as st

from ui.frames.decoding import Walk, verdict
from ui.i18n import t


def draw(walk: Walk) -> None:
    """The verdict, and a table with a row for each sequence."""
    st.text(verdict(walk))
    _draw_table(walk, [walk.first_wrong(row) for row in range(len(walk.src))])


def _draw_table(walk: Walk, wrong: list[int | None]) -> None:
    decode = walk.checkpoint.task.decode
    rows = range(len(walk.src))
    st.dataframe(
        {
            t("sequence"): list(rows),
            t("input"): [walk.source(row) for row in rows],
            t("answer"): [decode(walk.written(row)) for row in rows],
            t("expected"): [t("not known") if right is None else decode(right) for right in walk.answers],
            t("first wrong step"): ["–" if step is None else str(step + 1) for step in wrong],
        },
        hide_index=True,
    )
