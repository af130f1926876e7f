"""The error that pages show if the model's numbers are NaN or infinite: which, since when, what is left."""

from contextlib import suppress
from pathlib import Path

import streamlit as st
import torch

from transformer import InputError
from transformer.experiments.finite import NotFinite, first_step_not_finite, not_finite
from transformer.learning.folder import CHECKPOINT
from transformer.learning.runs import Run
from ui import models
from ui.i18n import code_span, sentences, t
from ui.pages import Page


def remark(page: Page) -> None:
    """Draw the error above a page that uses the current model; nothing if the model's numbers are finite."""
    if not page.shows_model:
        return
    with suppress(InputError, OSError):  # if no model can be read, the page itself says so
        name = models.current_name()
        path = models.folder_of(name) / CHECKPOINT
        found, step = _examine(name, path, path.stat().st_mtime_ns)
        if found:
            st.error(sentences(_what(found), _since(step), _what_is_left(found)))


@st.cache_resource(max_entries=64, show_spinner=False)
def _examine(name: str, path: Path, changed: int) -> tuple[NotFinite | None, int | None]:
    """What is not finite, and since which training step. `changed` is only part of the cache key."""
    checkpoint = models.named(name)
    src = torch.tensor([checkpoint.task.encode(checkpoint.task.examples[0])])
    found = not_finite(checkpoint.model, src[:, : checkpoint.model.config.max_len])
    return found, first_step_not_finite(Run(path.parent).metrics()) if found else None


def _what(found: NotFinite) -> str:
    if found.weights:
        return t(
            "{count} of this model's {size} weights are NaN or infinite, the first of them in {name}.",
            count=f"{sum(found.weights.values()):,}",
            size=f"{found.size:,}",
            name=code_span(next(iter(found.weights))),
        )
    return t("This model's weights are finite, but so large that the sums computed with them overflow.")


def _since(step: int | None) -> str:
    if step is None:
        return ""
    return t("In its training the loss or the gradient was first NaN or infinite at step {step}.", step=step)


def _what_is_left(found: NotFinite) -> str:
    if not found.place:
        return t("A pass over the example input meets none of them: its numbers are all finite.")
    return t(
        "In a pass over the example input the first such number is in {place}: what is computed before is "
        "finite, what is computed from it is not. Tokens, masks, shapes and code are as in any other model.",
        place=code_span(found.place),
    )
