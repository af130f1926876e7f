"""The curves of several runs on one chart."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from transformer.learning.steps import TrainStep
from ui.training.shown import by_gradient
from ui.training.table import _alike
from viz.curves import thin


def steps(gradients: list[float]) -> list[TrainStep]:
    return [TrainStep(n, 1.0, 0.5, 1e-3, norm, 100.0) for n, norm in enumerate(gradients, start=1)]


def drawn(run: Sequence[TrainStep], upto: int) -> list[int]:
    """The steps drawn from complete blocks."""
    return [record.step for record in _alike(run, 8) if record.step <= upto // 8 * 8]


gradients = st.lists(st.floats(0, 9), min_size=20, max_size=200)


@given(gradients, st.data())
def test_runs_that_went_the_same_way_are_drawn_with_the_same_steps(norms, data):
    whole = steps(norms)
    shorter = whole[: data.draw(st.integers(8, len(whole)))]
    last = {len(shorter)}  # the last step is always drawn
    assert {*drawn(shorter, len(shorter))} - last == {*drawn(whole, len(shorter))} - last


@given(gradients)
def test_a_run_that_is_thinned_already_is_drawn_with_the_same_steps(norms):
    whole = steps(norms)
    assert drawn(thin(whole, by_gradient, len(whole) // 2), len(whole)) == drawn(whole, len(whole))
