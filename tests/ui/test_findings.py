"""The remark on a mistake follows from the measured figures, whatever was expected."""

from pathlib import Path

import pytest

from transformer import TransformerConfig
from transformer.learning.steps import Evaluation, TrainConfig, TrainStep
from ui.training import findings
from ui.training.shown import ShownRun


def seen(tokens, exact, task="sort", state="finished", **model):
    """A run that ended with these held-out accuracies."""
    step = TrainStep(600, 0.0123, 0.99, 1e-5, 0.1, 1000.0, Evaluation(0.0456, tokens, exact))
    config = TrainConfig(task=task, steps=600)
    return ShownRun("run:x", Path("nowhere"), TransformerConfig(**model), config, [step], [step], state)


@pytest.mark.parametrize(
    ("tokens", "exact", "outcome"),
    [
        (0.99, 0.0, "forced_only"), (0.99, 0.95, "learns"), (0.6, 0.1, "neither"), (0.95, 0.7, None),
        (0.9, 0.9, "learns"),
    ],
)  # fmt: skip
def test_the_outcome_is_what_was_measured(tokens, exact, outcome):
    assert findings.outcome("no_causal_mask", [seen(tokens, exact)]) == outcome
    assert outcome is None or outcome in findings.outcomes("no_causal_mask")


@pytest.mark.parametrize(
    ("sort", "reverse", "outcome"),
    [(0.99, 0.1, "sort_only"), (0.1, 0.99, "reverse_only"), (0.99, 0.99, "both"), (0.1, 0.2, "none")],
)
def test_without_positions_the_outcome_takes_both_tasks(sort, reverse, outcome):
    runs = [seen(0.9, sort, "sort", positions="none"), seen(0.9, reverse, "reverse", positions="none")]
    with_positions = [seen(0.9, 0.99, task) for task in ("sort", "reverse")]
    assert findings.outcome("no_positions", [*runs, *with_positions]) == outcome
    assert findings.outcome("no_positions", [runs[0], *with_positions]) is None


def test_a_reason_is_given_only_for_the_outcome_that_was_seen():
    code = "no_causal_mask"
    expected, against = seen(0.997, 0.012), seen(0.998, 0.987)
    reason = findings._reasons()[code]
    said = findings._why(code, "forced_only", expected, [against])
    assert reason in said
    assert "99.7%" in said[0]
    assert "1.2%" in said[0]
    assert "0.0123" in said[0]
    assert "98.7%" in said[-1]
    said = " ".join(findings._why(code, "learns", against, []))
    assert reason not in said
    assert "98.7%" in said
    assert findings.outcomes(code)["forced_only"] in said


def test_the_table_has_a_row_a_run_and_says_where_there_is_none():
    board = findings.figures_board(["a", "b"], [seen(0.5, 0.25), None])
    (table,) = board["tables"]
    assert table["rows"] == [["a", "600", "0.0123", "0.0456", "50.0%", "25.0%"], ["b", *["–"] * 5]]
    assert len(table["head"]) == 6
    assert board["state"] == "finished -", "which is told, so that the page runs anew once it changes"
