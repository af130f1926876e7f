"""The questions that readers of the study notes ask, and the view that answers each with a live tensor.

A page answers with `answer(key, text)` at the place where the question arises; the index of questions links
to that view. A test opens every one and looks for its question.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

import streamlit as st

from ui import hiding
from ui.anchors import place
from ui.i18n import message, t
from ui.pages import BROADCASTING, DECODING, ENCODING, INSIDE, Page


@dataclass(frozen=True)
class Question:
    """One question and the view that answers it."""

    key: str
    text: str
    page: Page
    query: Mapping[str, str] = field(default_factory=dict)
    """The URL parameters of the view."""


def _part(name: str, step: str = "") -> dict[str, str]:
    """The URL parameters of a part of the model on the page `INSIDE`, at the step of that name."""
    return {"part": name} | ({"part_step": step} if step else {})


_ATTENTION = "encoder.0.self_attention"

_QUESTIONS = (
    Question("sos_eos", message("What are SOS and EOS?"), INSIDE, _part("trg")),
    Question("hyperparameters", message("What does each hyperparameter mean?"), INSIDE, _part("src")),
    Question(
        "embedding",
        message("What does `nn.Embedding` do, and is it “word vectors”?"),
        INSIDE,
        _part("encoder.embedding"),
    ),
    Question(
        "pe_slice",
        message("What does `x + self.pe[:, :x.size(1), :]` do?"),
        INSIDE,
        _part("encoder.position"),
    ),
    Question(
        "pe_form",
        message("Why does the positional encoding have this form?"),
        ENCODING,
        {"pe_section": "why"},
    ),
    Question(
        "pad_embedding",
        message("PAD's embedding is zero. So has padding no effect?"),
        ENCODING,
        {"pe_section": "hand"},
    ),
    Question(
        "four_lines", message("What do the four lines of a forward pass do?"), INSIDE, _part("encoder.output")
    ),
    Question(
        "square", message("Why are `fc_q`, `fc_k` and `fc_v` D x D?"), INSIDE, _part(_ATTENTION, "query")
    ),
    Question("energy", message("How is `energy` computed?"), INSIDE, _part(_ATTENTION, "energy")),
    Question(
        "qk_size", message("Do Q and K have to have the same size?"), INSIDE, _part(_ATTENTION, "heads")
    ),
    Question(
        "contiguous",
        message("What does transpose, contiguous, view do?"),
        INSIDE,
        _part(_ATTENTION, "refused"),
    ),
    Question("fc_out", message("What does `fc_out` add?"), INSIDE, _part(_ATTENTION, "output")),
    Question(
        "two_attentions",
        message("Why does the decoder have two attentions?"),
        INSIDE,
        _part("decoder.0.cross_attention"),
    ),
    Question("residual", message("Why `+ query`?"), INSIDE, _part("encoder.0.norm1")),
    Question(
        "layer_norm",
        message("What is LayerNorm, and how does it differ from regularisation?"),
        INSIDE,
        _part("encoder.0.norm1", "normed"),
    ),
    Question(
        "distributions",
        message("Does normalising make all layers' distributions equal?"),
        INSIDE,
        _part("encoder.0.norm2", "normed"),
    ),
    Question(
        "module_list",
        message("What does `nn.ModuleList([... for _ in range(n)])` make?"),
        INSIDE,
        _part("encoder.0.feed_forward"),
    ),
    Question(
        "src_mask", message("What are `src_pad_idx` and `src_mask` for?"), INSIDE, _part(_ATTENTION, "masked")
    ),
    Question(
        "masked_fill",
        message("What does `masked_fill` do before softmax?"),
        INSIDE,
        _part(_ATTENTION, "softmax"),
    ),
    Question("unsqueeze", message("What does `unsqueeze` do?"), BROADCASTING),
    Question(
        "broadcast", message("How does the mask broadcast?"), BROADCASTING, {"mask_step": "over_queries"}
    ),
    Question("long", message("Why `.long()` targets?"), INSIDE, _part("probabilities", "loss")),
    Question(
        "shift",
        message("What are the decoder's input and target, and why are they shifted?"),
        DECODING,
        {"section": "teacher"},
    ),
    Question("mask_or_shift", message("Could masks replace the shift?"), DECODING, {"section": "teacher"}),
    Question(
        "parallel", message("What does “parallel” mean for a Transformer?"), INSIDE, {"inside": "serial"}
    ),
    Question("autoregressive", message("What does autoregressive mean?"), DECODING),
    Question("sos_alone", message("Does SOS alone already yield the first token?"), DECODING),
    Question("input_grows", message("Does the input grow by the model's own output?"), DECODING),
)
"""In the order in which a pass through the model raises them."""


def questions() -> list[Question]:
    """All of them, in this session's language."""
    return [replace(one, text=t(one.text)) for one in _QUESTIONS]


_COLLECTED: ContextVar[dict[str, str] | None] = ContextVar("collected_answers", default=None)


@contextmanager
def collected() -> Iterator[dict[str, str]]:
    """Collect answers in the yielded dictionary, by the key of the question, instead of drawing them."""
    found: dict[str, str] = {}
    before = _COLLECTED.set(found)
    try:
        yield found
    finally:
        _COLLECTED.reset(before)


def answer(key: str, text: str, *, code: str = "") -> None:
    """Draw a question and its answer, or collect the answer; `code` holds lines of numbers to end it with."""
    found = _COLLECTED.get()
    if found is not None:
        found[key] = f"{text}\n\n```text\n{code}\n```" if code else text
        return
    if hiding.hides("answers"):
        return
    asked = next(question.text for question in questions() if question.key == key)
    with place(key):
        st.markdown(f"**{asked}** {text}")
        if code:
            st.code(code, language=None, wrap_lines=True)
