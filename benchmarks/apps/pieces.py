"""The empty app with one piece of ours, `?piece=NAME`, to measure how long redrawing it takes."""

import numpy as np
import streamlit as st

from ui.live import component
from ui.tensor_grid import Frame, Scale, TensorView, tensor_grid
from viz.curves import Curve, Panel
from viz.positional import matrix

VALUES = np.sin(np.arange(400.0)).reshape(20, 20)


def plotly(values: np.ndarray) -> None:
    """Draw a heat map."""
    st.plotly_chart(matrix(values, "column"), key="piece")


def curves(values: np.ndarray) -> None:
    """Draw a curve whose axis changes."""
    points = list(enumerate(np.abs(values.ravel()).tolist()))
    panel = Panel("value", (Curve("value", 0, points=points),), log=bool(values[0, 1] < 0))
    component.curves("piece", [panel], None, texts={"step": "step", "hint": "", "thinned": ""}, height=340)


def grid(values: np.ndarray) -> None:
    """Draw a tensor grid."""
    tensor_grid(
        [Frame(f"{values[0, 1]:.3f}", (TensorView("x", values, Scale("diverging", -1, 1)),))], key="piece"
    )


st.set_page_config(page_title="Pieces", layout="wide")
st.title("First")
sign = -1 if st.checkbox("Say it") else 1
{"plotly": plotly, "curves": curves, "grid": grid}[st.query_params.get("piece", "grid")](sign * VALUES)
