"""Positional encoding: how a token learns where it stands."""

import streamlit as st

from transformer import PositionalEncoding, positional
from ui import inputs, models
from ui.frames import positions
from ui.i18n import t
from ui.layout import explained, notice, page_head, show_source, try_this
from ui.state import PRESENTER, Encoding
from ui.tensor_grid import tensor_grid
from viz import positional as figures

page_head(
    "encoding",
    t("Positional encoding"),
    t("Attention does not see order. So each position has a code of its own, which is added to the token."),
)

dim, length, base, position = st.columns(4)
dim.slider(t("dimensions D"), 1, 256, key=Encoding.embed_dim.name)
length.slider(t("positions"), 2, 200, key=Encoding.length.name)
base.select_slider(t("base"), [10, 100, 1000, 10000, 100000], key=Encoding.base.name)
Encoding.position.set(min(Encoding.position.value, Encoding.length.value - 1))
position.slider(t("chosen position"), 0, Encoding.length.value - 1, key=Encoding.position.name)

frequencies = positional.frequencies(Encoding.embed_dim.value, Encoding.base.value).numpy()
codes = positional.sinusoidal_encoding(
    Encoding.length.value, Encoding.embed_dim.value, Encoding.base.value
).numpy()
chosen = Encoding.position.value
shown = sorted({0, *(2 * (Encoding.embed_dim.value // share) for share in (16, 8, 4))})

numbers = ", ".join(f"{number:.4f}" for number in codes[chosen][:8])
more = ", ..." if Encoding.embed_dim.value > 8 else ""
st.code(f"PE({chosen}) = [{numbers}{more}]", language=None)

left, right = st.columns(2)
left.subheader(t("The codes"), anchor=False)
left.plotly_chart(figures.heatmap(codes, chosen, (t("dimension"), t("position"))), key="codes")
right.subheader(t("Some dimensions as waves"), anchor=False)
right.plotly_chart(
    figures.waves(codes, shown, chosen, (t("position"), t("value")), t("dimension {n}", n="{n}")), key="waves"
)
left, right = st.columns(2)
left.subheader(t("Positions per full turn"), anchor=False)
left.plotly_chart(
    figures.wavelengths(
        frequencies, Encoding.length.value, (t("dimension"), t("positions per turn")), t("positions shown")
    ),
    key="wavelengths",
)
right.subheader(t("How alike two positions are"), anchor=False)
right.plotly_chart(figures.similarity(codes, t("position")), key="similarity")

st.subheader(t("In the current model"), anchor=False)
with explained():
    checkpoint = models.current()
    inputs.fit_example(checkpoint, Encoding.text)
    st.text_input(t("Input"), key=Encoding.text.name, max_chars=200)
    source = inputs.read_source(checkpoint, Encoding.text.value)
    tensor_grid([positions.sum_frame(checkpoint, source)], key="sum_grid", presenter=PRESENTER.value)

slow = len(frequencies) - 1
notice(
    t(
        "Low dimensions turn fast, high ones slowly: dimension 0 needs {fast} positions for a full turn, "
        "dimension {dim} needs {slow}.",
        fast=f"{2 * 3.141592653589793 / frequencies[0]:.3g}",
        dim=2 * slow,
        slow=f"{2 * 3.141592653589793 / frequencies[slow]:,.0f}",
    ),
    t("Each even dimension is a sine, the odd one after it the cosine of the same angle."),
    t(
        "Similarity depends on the distance alone: PE(p) · PE(p) = {own} at every p, less to both sides.",
        own=f"{float(codes[chosen] @ codes[chosen]):.3g}",
    ),
)
try_this(
    t("Set D = 4: PE(3) is [0.1411, -0.9900, 0.0300, 0.9996], the row to compute by hand."),
    t("Lower the base: codes repeat within the positions shown, and far positions look alike."),
    t("Choose an odd D: the last sine has no cosine beside it."),
)
show_source(positional.frequencies, positional.sinusoidal_encoding, PositionalEncoding)
