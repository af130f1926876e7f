"""The data of a panel of curves for the browser, and which points of a long run are drawn."""

import json

from hypothesis import given
from hypothesis import strategies as st

from viz.colors import LINES
from viz.curves import DASHES, SHAPES, Curve, Panel, thin, thinning


def test_a_label_travels_as_what_it_is():
    for label in (r"C:\x", r"\*a\*", 'say "hi"', "\\", "<b>x</b>", "{name}"):
        panel = json.loads(json.dumps(Panel("loss", (Curve(label, 0),)).to_dict()))
        assert panel["curves"][0]["label"] == label


def test_curves_are_told_apart_by_more_than_colour():
    looks = [Panel("loss", (Curve("a", style),)).to_dict()["curves"][0] for style in range(len(LINES))]
    for name, known in (("colour", LINES), ("dash", DASHES), ("shape", SHAPES)):
        assert len({str(look[name]) for look in looks}) == len(known) == len(LINES)


@given(st.lists(st.floats(0, 1), max_size=700), st.integers(1, 40))
def test_of_a_long_run_few_points_are_drawn_the_spikes_and_the_last_among_them(values, limit):
    items = list(enumerate(values))
    kept = thin(items, lambda item: item[1], limit)
    assert len(kept) <= limit + 1
    assert list(kept) == sorted(kept)
    if items:
        assert kept[-1] == items[-1]
        assert max(values) in [value for _, value in kept]


@given(st.integers(1, 900), st.integers(1, 40))
def test_nearly_all_points_stay_where_they_are_while_a_run_grows(count, limit):
    items = [(place, (place * 37) % 11) for place in range(count)]
    stride = thinning(count, limit)
    shorter = items[: max(stride, count - count % stride - stride)]
    if thinning(len(shorter), limit) == stride:
        whole = len(shorter) // stride
        before, after = (thin(one, lambda item: item[1], limit) for one in (shorter, items))
        assert list(before)[:whole] == list(after)[:whole]
