"""The observed effects of a deliberate mistake, from the figures of its run and measurements on its model."""

from collections.abc import Sequence
from typing import cast

import streamlit as st

from transformer.experiments.symptoms import (
    change_by_source,
    exact_match_alone,
    exact_match_filled_up,
    share_looked_up,
)
from transformer.learning.folder import CHECKPOINT
from transformer.learning.steps import Evaluation
from transformer.tasks import Batch, NotShifted, held_out_batch
from ui import models
from ui.i18n import figure, t
from ui.live.topics import State
from ui.state import TrainingPage
from ui.training.shown import ShownRun

LEARNED, FAILED = 0.9, 0.5
"""The accuracy from which a run counts as successful, and the one below which it counts as failed."""

MORE_PADS = 16
UNNOTICED = 1e-3
"""A change of the logits up to this counts as rounding."""

PROBED = 64
"""Number of held-out sequences for the measurements."""

USUAL = {
    "no_causal_mask": "forced_only",
    "no_padding_mask": "learns",
    "tiny_fill": "forced_only",
    "inverted_mask": "forced_only",
    "no_positions": "sort_only",
    "not_shifted": "forced_only",
}
"""The outcome of each mistake with seeds 0 to 3 and the settings of its button."""


def outcomes(code: str) -> dict[str, str]:
    """The possible outcomes of a mistake, from which the user chooses a prediction."""
    if code == "no_positions":
        return {
            "both": t("Both tasks are learned all the same"),
            "sort_only": t("Sorting is learned, reversing is not"),
            "reverse_only": t("Reversing is learned, sorting is not"),
            "none": t("Neither task is learned"),
        }
    return {
        "learns": t("It learns the task: both accuracies rise"),
        "forced_only": t("The loss falls and teacher forced it is right, but running free it fails"),
        "neither": t("Neither accuracy gets far"),
    }


def outcome(code: str, runs: Sequence[ShownRun]) -> str | None:
    """Which of `outcomes` the runs show; None if it is none of them, or not clear yet.

    The first run is the one with the mistake.
    """
    if code == "no_positions":
        return _outcome_of_tasks([run for run in runs if run.model.positions == "none"])
    last = _last(runs[0])
    if last.exact_match >= LEARNED:
        return "learns"
    if last.token_accuracy >= LEARNED:
        return "forced_only" if last.exact_match < FAILED else None
    return "neither"


def _outcome_of_tasks(runs: Sequence[ShownRun]) -> str | None:
    learned = {run.training.task: _last(run).exact_match >= LEARNED for run in runs if run.evaluations}
    if {"sort", "reverse"} - set(learned) or any(run.goes_on for run in runs):
        return None
    words = {(True, True): "both", (True, False): "sort_only", (False, True): "reverse_only"}
    return words.get((learned["sort"], learned["reverse"]), "none")


def _last(run: ShownRun) -> Evaluation:
    return cast(Evaluation, run.evaluations[-1].evaluation)


def figures_board(labels: Sequence[str], runs: Sequence[ShownRun | None], is_open: bool = False) -> State:
    """A table of the figures of runs, and the state of each.

    While a prediction `is_open`, the table has only the steps, which do not give its answer away.
    """
    heads = ["", t("steps"), t("training loss"), t("held-out loss"), t("teacher forced"), t("running free")]
    rows = [_cells(label, run) for label, run in zip(labels, runs, strict=True)]
    shown = 2 if is_open else len(heads)
    table = {"kind": "figures-of-runs", "head": heads[:shown], "rows": [row[:shown] for row in rows]}
    return {"state": " ".join(run.state if run else "-" for run in runs), "tables": [table]}


def _cells(label: str, run: ShownRun | None) -> list[str]:
    if run is None:
        return [label, *["–"] * 5]  # not trained yet
    loss = figure(run.records[-1].loss, ".4f") if run.records else ""
    cells = [label, f"{run.step:,}", loss]
    if not run.evaluations:
        return [*cells, "", "", ""]
    last = _last(run)
    return [
        *cells,
        figure(last.loss, ".4f"),
        figure(last.token_accuracy, ".1%"),
        figure(last.exact_match, ".1%"),
    ]


# --- in words ----------------------------------------------------------------------------------------------


def draw(code: str, run: ShownRun, others: Sequence[ShownRun]) -> None:
    """Draw the figures, their explanation, and measurements that reveal the mistake."""
    seen = outcome(code, [run, *others])
    sentences = [*_why(code, seen, run, others), *_evidence(code, run)]
    st.markdown(f"**{t('What was seen')}**\n\n" + "\n".join(f"- {sentence}" for sentence in sentences))


def draw_verdict(code: str, runs: Sequence[ShownRun]) -> None:
    """Draw the measured outcome and the user's prediction. The first run is the one with the mistake."""
    for sentence in _verdict(code, outcome(code, runs)):
        st.markdown(sentence)


def _verdict(code: str, seen: str | None) -> list[str]:
    options, guess = outcomes(code), TrainingPage.guess.value
    if seen is None:
        return [t("No clear outcome yet.")]
    measured = t("Measured: “{outcome}”.", outcome=options[seen])
    if guess is None:
        return [measured]
    if guess == seen:
        return [measured, t("That is what you predicted.")]
    return [measured, t("You predicted: “{guess}”.", guess=options[guess])]


def _why(code: str, seen: str | None, run: ShownRun, others: Sequence[ShownRun]) -> list[str]:
    figures = t(
        "After {step} steps the training loss is {loss} and the held-out loss {held_out}. Teacher forced "
        "{tokens} of the tokens are right, running free {exact} of the answers.",
        step=f"{run.step:,}",
        loss=figure(run.records[-1].loss, ".4f"),
        held_out=figure(_last(run).loss, ".4f"),
        tokens=figure(_last(run).token_accuracy, ".1%"),
        exact=figure(_last(run).exact_match, ".1%"),
    )
    if seen is None:
        return [figures]
    if seen != USUAL[code]:
        tried = t(
            "When this mistake was tried with four seeds, the outcome was another: “{usual}”. What this run "
            "shows is true of this run: other sizes, or more or fewer steps, may be why.",
            usual=outcomes(code)[USUAL[code]],
        )
        return [figures, tried]
    return [figures, _reasons()[code], *_beside_the_right_one(code, run, others)]


def _reasons() -> dict[str, str]:
    """Explanations of the usual outcomes; shown only if a run has that outcome."""
    return {
        "no_causal_mask": t(
            "In what the decoder reads, the right token for each position stands at the next position, and "
            "no mask hides it: copying it is easier than sorting. When the model writes on its own, the "
            "next position is still empty, and what it learned is of no use. The loss cannot tell these two"
            " cases apart, only free running can."
        ),
        "no_padding_mask": t(
            "The curves look as they should: the batches it trains on and the one it is measured on are "
            "filled up in the same way. But PAD has become a word to it."
        ),
        "tiny_fill": t(
            "1e-20 is as good as 0, and a score of 0 is an average one: after softmax the hidden token keeps "
            "a weight like any other. So the causal mask hides nothing, and the answer can be looked up as "
            "if it were not there. What was meant is -1e20, or better -inf."
        ),
        "inverted_mask": t(
            "Each position sees exactly what comes after it, above all the right token, and of the source "
            "only the PADs. So the model learned to copy the answer and never reads the source. When it "
            "writes on its own, nothing comes after the newest token, so it sees nothing. (A row without "
            "any key gives zeros here; with a plain softmax it would be NaN.)"
        ),
        "no_positions": t(
            "Attention takes its keys as a set: without positions a source and the same source shuffled are "
            "one and the same to the encoder. Sorting asks only which digits there are and how often; "
            "reversing asks where they stand."
        ),
        "not_shifted": t(
            "The token to be written is the one that is read at the same position, so the model learned "
            "only to copy. Running free it begins with SOS, which it never read in training, and then "
            "repeats its own tokens."
        ),
    }


def _beside_the_right_one(code: str, run: ShownRun, others: Sequence[ShownRun]) -> list[str]:
    """The figures of the same configuration without the mistake, if it has been trained."""
    if code == "no_positions" or not others or not others[0].evaluations:
        return []
    right = _last(others[0])
    return [
        t(
            "Without the mistake, after {step} steps: held-out loss {held_out}, teacher forced {tokens}, "
            "running free {exact}.",
            step=f"{others[0].evaluations[-1].step:,}",
            held_out=figure(right.loss, ".4f"),
            tokens=figure(right.token_accuracy, ".1%"),
            exact=figure(right.exact_match, ".1%"),
        )
    ]


# --- what gives it away ------------------------------------------------------------------------------------


def _evidence(code: str, run: ShownRun) -> list[str]:
    """Measurements on the run's latest checkpoint; empty without one."""
    path = run.path / CHECKPOINT
    if not path.is_file():
        return []
    changed = path.stat().st_mtime_ns
    if code == "no_padding_mask":
        as_trained, alone, filled_up = _by_padding(run.choice, run.training.evaluation_size, changed)
        return [
            t(
                "The answers depend on how much padding a row happens to have: {trained} are right with as "
                "much as in training, {alone} with no PAD after the input, {filled} with {count} more PADs."
                " Use the model on the decoding page: a single input has no PAD.",
                trained=figure(as_trained, ".1%"),
                alone=figure(alone, ".1%"),
                filled=figure(filled_up, ".1%"),
                count=MORE_PADS,
            )
        ]
    if code == "no_positions":
        return [_turned_round(run.choice, changed)]
    looked_up = t(
        "The test: put another token where the right one stands in what the decoder reads. {share} of the "
        "predictions change; with a causal mask and a shifted target not one could.",
        share=figure(_looked_up(run.choice, run.training.shift_target, changed), ".1%"),
    )
    return [looked_up, _turned_round(run.choice, changed)] if code == "inverted_mask" else [looked_up]


def _turned_round(choice: str, changed: int) -> str:
    change = _change_by_source(choice, changed)
    if change > UNNOTICED:
        return t(
            "The test: turn every source round. Its logits change by up to {change}.",
            change=figure(change, ".2g"),
        )
    return t(
        "The test: turn every source round. Its logits change by {change} at most: it does not notice.",
        change=figure(change, ".1g"),
    )


def _probed(choice: str, count: int) -> Batch:
    return held_out_batch(models.named(choice).task, count)


@st.cache_data(max_entries=100, show_spinner=False)
def _by_padding(choice: str, count: int, changed: int) -> tuple[float, float, float]:
    model, batch = models.named(choice).model, _probed(choice, count)
    as_trained = exact_match_filled_up(model, batch, 0)
    return as_trained, exact_match_alone(model, batch), exact_match_filled_up(model, batch, MORE_PADS)


@st.cache_data(max_entries=100, show_spinner=False)
def _looked_up(choice: str, shifted: bool, changed: int) -> float:
    batch = _probed(choice, PROBED)
    batch = batch if shifted else NotShifted(batch.src, batch.trg)
    return share_looked_up(models.named(choice).model, batch)


@st.cache_data(max_entries=100, show_spinner=False)
def _change_by_source(choice: str, changed: int) -> float:
    return change_by_source(models.named(choice).model, _probed(choice, PROBED))
