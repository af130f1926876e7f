"""The batch axis, in a Linear, in a mean and in a batched matrix product."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.anchors import place
from ui.frames import broadcasting_product
from ui.frames.inside import batch
from ui.frames.inside.lesson import Pass
from ui.i18n import t
from ui.state import PRESENTER
from ui.tensor_grid import tensor_grid


def draw(passed: Pass, row: DeltaGenerator) -> None:
    """Two lessons, one above the other."""
    with place("batch_axis"):
        tensor_grid(batch.frames(passed), key="batch_grid", presenter=PRESENTER.value)
    st.subheader("(32, 128, 512) @ (512, 64)", anchor=False)
    st.markdown(t("A batched product, folded into one of 4096 rows: step through it."))
    tensor_grid(
        broadcasting_product.frames(),
        key="batch_product_grid",
        presenter=PRESENTER.value,
    )
