"""Home: what this is, the architecture as a map, where to start."""

import streamlit as st

from ui import models
from ui.frames import overview
from ui.i18n import t
from ui.layout import explained
from ui.state import Home

st.title(t("See a Transformer work"), anchor=False)
st.markdown(
    t(
        "An encoder-decoder Transformer, written from scratch in PyTorch and trained to sort digits. Every mask, "
        "weight and probability on these pages comes from a forward pass that has just run."
    )
)

checkpoint = models.current()
with explained():
    st.text_input(t("Give it an input"), key=Home.text.name, max_chars=200)
    tour = overview.tour(checkpoint, Home.text.value)
st.markdown(t("It reads"))
st.code(" ".join(tour.source), language=None)
st.markdown(t("and writes"))
st.code(" ".join(tour.output), language=None)

st.subheader(t("The architecture"), anchor=False)
st.caption(t("The shapes are those of the input above. Choose a part to see it at work."))
encoder, decoder = st.columns(2)


def part(label: str, shape: str, page: str = "", **query: str) -> None:
    """One part of the map: its name, what comes out of it, and the page that shows it."""
    name, size = st.columns([3, 2], vertical_alignment="center")
    if page:
        name.page_link(page, label=label, query_params=query)
    else:
        name.markdown(label)
    size.markdown(f"`{shape}`")


BROADCASTING, ENCODING = "pages/masks/broadcasting.py", "pages/positions/encoding.py"
DECODING, TRAINING = "pages/decoding/decoding.py", "pages/training/training.py"
with encoder.container(border=True):
    st.markdown(f"**{t('Encoder')}**")
    part(t("source tokens"), tour.shape("src"))
    part(t("embedding + positional encoding"), tour.shape("encoder.input"), ENCODING, tokens=Home.text.value)
    with st.container(border=True):
        st.caption(t("{n} layers", n=checkpoint.model.config.num_layers))
        part(
            t("self-attention, padding mask"),
            tour.shape("encoder.0.self_attention.weights"),
            BROADCASTING,
            **{"from": "model", "attention": "encoder", "inputs": Home.text.value},
        )
        part(t("feed-forward"), tour.shape("encoder.0.feed_forward"))
    part(t("encoder output"), tour.shape("encoder.output"))
with decoder.container(border=True):
    st.markdown(f"**{t('Decoder')}**")
    part(t("target tokens so far"), tour.shape("trg"), DECODING, input=Home.text.value)
    part(t("embedding + positional encoding"), tour.shape("decoder.input"), ENCODING, tokens=Home.text.value)
    with st.container(border=True):
        st.caption(t("{n} layers", n=checkpoint.model.config.num_layers))
        part(
            t("self-attention, causal mask"),
            tour.shape("decoder.0.self_attention.weights"),
            BROADCASTING,
            **{"from": "model", "attention": "self", "inputs": Home.text.value},
        )
        part(
            t("cross-attention, the source's mask"),
            tour.shape("decoder.0.cross_attention.weights"),
            BROADCASTING,
            **{"from": "model", "attention": "cross", "inputs": Home.text.value},
        )
        part(t("feed-forward"), tour.shape("decoder.0.feed_forward"))
    part(t("logits, softmax, next token"), tour.shape("decoder.logits"), DECODING, input=Home.text.value)
