"""The batch axis, in a Linear and in a mean; the batched matrix product is on another page."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.anchors import place
from ui.frames.inside import batch
from ui.frames.inside.notebook import Pass
from ui.i18n import t
from ui.pages import BROADCASTING
from ui.state import Broadcasting
from ui.tensor_grid import tensor_grid


def draw(passed: Pass, row: DeltaGenerator) -> None:
    """The steps, and a link to the batched matrix product."""
    with place("batch_axis"):
        tensor_grid(batch.frames(passed), key="batch_grid", stage=True)
    st.page_link(
        BROADCASTING.file,
        label=t("A batched product, (32, 128, 512) @ (512, 64), folded into one of 4096 rows"),
        icon=":material/chevron_right:",
        query_params={Broadcasting.section.name: "product"},
    )
