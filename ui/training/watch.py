"""The section where the user configures, starts, controls and watches a run."""

from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from transformer import InputError, TransformerConfig
from transformer.learning.steps import Training, exact_match, learning_rate, token_loss
from ui.i18n import explain, t
from ui.layout import Suggestion, controls, notice, show_source, stage, try_this
from ui.live.component import Replay
from ui.state import PRESENTER
from ui.training import (
    buttons,
    charts,
    estimate,
    outcome,
    pairs,
    progress,
    replay,
    samples,
    settings,
    shown,
    wrong_on_purpose,
)
from ui.training.buttons import Configs
from ui.training.shown import ShownRun

HIGH, MIDDLING, LOW = 350, 220, 270
"""Heights in pixels of the curves: usually, below the panel of a mistake, and in presenter size."""

SMALL = 150
"""Height in pixels of the curves that are shown while a prediction is open."""


def draw() -> None:
    """Draw buttons, the configuration of the next run, and the run on the charts; below, explanations."""
    with stage():
        row, setting_up = controls("controls_run"), controls("controls_next_run")
        configs, problem = _set_up(setting_up)
        run = shown.current()
        buttons.draw(run, configs, row)
        if problem:
            st.warning(explain(problem))
        if configs:
            wrong_on_purpose.draw_warning(configs)
        if pairs.are_chosen():
            pairs.draw(unfolded=run is None)
        if run:
            is_open, again = wrong_on_purpose.is_open(run), replay.under_way()
            progress.draw(run, is_open, again)
            wrong_on_purpose.draw_panel(run, is_open)
            _draw_curves(run, is_open, again)
    if run and not is_open:
        wrong_on_purpose.draw_findings(run)
        samples.draw_choice(run)
        samples.draw(run, again)
    if run:
        outcome.describe(run)
    _explain(run, configs)


def _draw_curves(run: ShownRun, is_open: bool, again: Replay | None) -> None:
    """Draw the curves and, beside them, the newest samples."""
    if is_open:
        charts.draw(run, SMALL, is_open, again)
        return
    left, right = st.columns([10, 9] if PRESENTER.value else [10, 7])
    with left:
        charts.draw(run, _height(is_faulty=wrong_on_purpose.fault_of(run) is not None), is_open, again)
    with right:
        samples.draw_newest(run, again)


def _height(is_faulty: bool) -> int:
    """The charts' height in pixels, such that the stage fits on the first screen of a classroom computer."""
    if PRESENTER.value:
        return LOW
    return MIDDLING if is_faulty else HIGH


def _set_up(row: DeltaGenerator) -> tuple[Configs | None, InputError | None]:
    """Draw the controls into `row`; return the configurations, or an error if they are invalid."""
    with row:
        settings.draw_presets()
        wrong_on_purpose.draw_choice()
        problems = settings.draw()
        place = st.container()
    try:
        for problem in problems:
            raise problem
        configs = settings.chosen()
        with place:
            estimate.draw(*configs, settings.task())
    except InputError as error:
        return None, error
    return configs, None


def _explain(run: ShownRun | None, configs: Configs | None) -> None:
    model = run.model if run else configs[0] if configs else TransformerConfig()
    notice(
        t(
            "Tokens are counted teacher forced: each place is given the right tokens before it. Running "
            "free, the model reads its own. One wrong token spoils a whole answer, so the exact match rises "
            "later."
        ),
        t(
            "A model that guesses evenly among {count} tokens has a loss of ln {count} = {loss}. The first "
            "drop below it is learning which tokens are common; the second is learning the task.",
            count=model.trg_vocab_size,
            loss=f"{np.log(model.trg_vocab_size):.2f}",
        ),
        t(
            "The held-out sequences never occur in training. Where the two losses diverge, the model learns "
            "the training sequences by heart."
        ),
    )
    tries: dict[str, dict[str, Any]] = {
        t(
            "Start, then Pause at step 50 or so and make single steps: how much does one step change the "
            "loss?"
        ): {},
        t("A learning rate a hundred times too high: what does the gradient norm do before the loss does?"): {
            "learning_rate": 0.3
        },
        t("Without positions train reverse, then sort. Which one needs to know the order?"): {
            "positions": "none",
            "task": "reverse",
        },
        t("Train with 1 head and then with 4, and put both runs on the chart of all runs."): {"heads": 1},
    }
    try_this(*(Suggestion(text, settings.completed(values)) for text, values in tries.items()))
    show_source(*wrong_on_purpose.source_of(run), Training.take_step, token_loss, exact_match, learning_rate)
