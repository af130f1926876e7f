"""The empty app with one piece of ours on it, `?piece=NAME`: what drawing that anew costs by itself."""

import numpy as np
import streamlit as st

from ui.tensor_grid import Frame, Scale, TensorView, tensor_grid
from viz.curves import Curve, curve_chart
from viz.positional import matrix

VALUES = np.sin(np.arange(400.0)).reshape(20, 20)


def plotly(values: np.ndarray) -> None:
    """A heatmap."""
    st.plotly_chart(matrix(values, "column"), key="piece")


def vega(values: np.ndarray) -> None:
    """A curve whose axis changes."""
    spec = curve_chart([Curve("value", "value", 0)], x_title="step", y_title="value", log=values[0, 1] < 0)
    st.vega_lite_chart({"step": np.arange(400), "value": np.abs(values.ravel())}, spec, key="piece")


def grid(values: np.ndarray) -> None:
    """A tensor."""
    tensor_grid(
        [Frame(f"{values[0, 1]:.3f}", (TensorView("x", values, Scale("diverging", -1, 1)),))], key="piece"
    )


st.set_page_config(page_title="Pieces", layout="wide")
st.title("First")
sign = -1 if st.checkbox("Say it") else 1
{"plotly": plotly, "vega": vega, "grid": grid}[st.query_params.get("piece", "grid")](sign * VALUES)
