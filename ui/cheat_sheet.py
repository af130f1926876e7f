"""The cheat sheet: three tables, computed and checked when they are drawn."""

import streamlit as st

from transformer import Checkpoint
from transformer.experiments.cheat_sheet import empty_rows, readings, uses
from transformer.tasks import Batch, pad_batch
from ui import models
from ui.attention_titles import short_titles
from ui.i18n import t

INPUTS = ("5 3 9 1 1", "7 2 8")
"""A batch with padding."""


def draw() -> None:
    """Draw the tables, without controls, since the page is made to be printed."""
    checkpoint = models.named("sort")
    task = checkpoint.task
    src = pad_batch([task.encode(text) for text in INPUTS])
    batch = Batch(src, pad_batch([task.answer(row.tolist()) or [] for row in src]))
    st.caption(
        t("Computed just now with the shipped sort model for “5 3 9 1 1” and “7 2 8”: B = 2, H = 4. Shapes "
          "are those of this pass. ✓: the function gave the same weights as the pass.")
    )  # fmt: skip
    _draw_uses(checkpoint, batch)
    left, right = st.columns(2, gap="medium")
    with left:
        _draw_readings(checkpoint, batch)
        st.markdown(_rules())
    with right:
        _draw_empty_rows(checkpoint, batch)


def _table(title: str, rows: list[dict[str, str]]) -> None:
    st.markdown(f"##### {title}")
    st.table(rows, hide_index=True)


def _draw_uses(checkpoint: Checkpoint, batch: Batch) -> None:
    """The table of the three attentions and their masks."""
    titles, sides = short_titles(), {"source": t("source"), "target": t("target")}
    rows = [
        {
            t("attention"): titles[use.attention],
            t("queries"): sides[use.attention.queries],
            t("keys"): sides[use.attention.keys],
            t("mask"): t("padding of the source")
            if use.attention.keys == "source"
            else t("causal + padding"),
            t("its shape"): str(list(use.mask)),
            t("broadcast to"): str(list(use.scores)),
            "nn.MultiheadAttention": f"~mask: {use.mha}",
            t("checked"): _sign(use.agrees),
        }
        for use in uses(checkpoint, batch)
    ]
    _table(t("Which mask goes where (here True keeps)"), rows)


def _draw_readings(checkpoint: Checkpoint, batch: Batch) -> None:
    """The table of what True means to each function."""
    rows = [
        {
            t("function"): f"`{one.code}`",
            t("boolean True"): t("keeps") if one.true == "keeps" else t("masks out"),
            t("float: 0 keeps, -inf masks"): _sign(one.added),
        }
        for one in readings(checkpoint, batch)
    ]
    _table(t("How a function reads a mask"), rows)


def _draw_empty_rows(checkpoint: Checkpoint, batch: Batch) -> None:
    """The table of what each function gives for a query without any key."""
    verdicts = {
        "nan": "NaN",
        "zeros": t("zeros"),
        "bias": t("out_proj's bias: zeros before it"),
        "other": t("something else"),
        "error": t("an error"),
    }
    rows = [
        {t("function"): f"`{row.code}`", t("gives"): verdicts[row.verdict]}
        for row in empty_rows(checkpoint, batch)
    ]
    _table(t("A query without any key"), rows)


def _sign(agrees: bool) -> str:
    return "✓" if agrees else "✗"


def _rules() -> str:
    """Rules that the tables do not show, as a Markdown list."""
    return "\n".join(
        f"- {rule}"
        for rule in (
            t("Rows are queries, columns are keys. A padding mask blanks columns, the same in each row."),
            t("Causal: row i sees keys 0 to i; the lower triangle, the diagonal included."),
            t("Combine booleans with &, fill once with -inf. Never 1e-20; -1e20 raises in float16."),
            t("Masks need four axes here: [B, S] becomes [B, 1, 1, S] with unsqueeze(1).unsqueeze(2)."),
        )
    )
