"""The cheat sheet: three tables, computed and checked when they are drawn."""

import streamlit as st

from transformer.experiments.cheat_sheet import empty_rows, readings, uses
from transformer.tasks import Batch, pad_batch
from ui import models
from ui.i18n import t

INPUTS = ("5 3 9 1 1", "7 2 8")
"""A batch with padding."""


def draw() -> None:
    """For a page that is printed: tables without anything to press."""
    checkpoint = models.named("sort")
    task = checkpoint.task
    src = pad_batch([task.encode(text) for text in INPUTS])
    batch = Batch(src, pad_batch([task.answer(row.tolist()) or [] for row in src]))
    st.caption(
        t("Computed just now with the shipped sort model for “5 3 9 1 1” and “7 2 8”: B = 2, H = 4. Shapes "
          "are those of this pass. ✓: the function gave the same weights as the pass.")
    )  # fmt: skip
    st.subheader(t("Which mask goes where (here True keeps)"), anchor=False)
    st.table(
        [
            {
                t("attention"): _titles()[use.name],
                t("queries"): t("source") if use.name == "encoder" else t("target"),
                t("keys"): t("target") if use.name == "decoder" else t("source"),
                t("mask"): t("causal + padding") if use.name == "decoder" else t("padding of the source"),
                t("its shape"): str(list(use.mask)),
                t("broadcast to"): str(list(use.scores)),
                "nn.MultiheadAttention": f"~mask: {use.mha}",
                t("checked"): _sign(use.agrees),
            }
            for use in uses(checkpoint, batch)
        ],
        hide_index=True,
    )
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader(t("How a function reads a mask"), anchor=False)
        st.table(
            [
                {
                    t("function"): f"`{one.code}`",
                    t("boolean True"): t("keeps") if one.true == "keeps" else t("masks out"),
                    t("float: 0 keeps, -inf masks"): _sign(one.added),
                }
                for one in readings(checkpoint, batch)
            ],
            hide_index=True,
        )
        st.markdown(_rules())
    with right:
        st.subheader(t("A query without any key"), anchor=False)
        verdicts = {
            "nan": "NaN",
            "zeros": t("zeros"),
            "bias": t("out_proj's bias: zeros before it"),
            "other": t("something else"),
            "error": t("an error"),
        }
        st.table(
            [
                {t("function"): f"`{row.code}`", t("gives"): verdicts[row.verdict]}
                for row in empty_rows(checkpoint, batch)
            ],
            hide_index=True,
        )


def _titles() -> dict[str, str]:
    return {"encoder": t("encoder self"), "decoder": t("decoder self"), "cross": t("cross")}


def _sign(agrees: bool) -> str:
    return "✓" if agrees else "✗"


def _rules() -> str:
    """What holds besides."""
    return "\n".join(
        f"- {rule}"
        for rule in (
            t("Rows are queries, columns are keys. A padding mask blanks columns, the same in each row."),
            t("Causal: row i sees keys 0 to i; the lower triangle, the diagonal included."),
            t("Combine booleans with &, fill once with -inf. Never 1e-20; -1e20 raises in float16."),
            t("Masks need four axes here: [B, S] becomes [B, 1, 1, S] with unsqueeze(1).unsqueeze(2)."),
        )
    )
