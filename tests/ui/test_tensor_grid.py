"""What the tensor grid sends to the browser, decoded as the browser decodes it."""

import base64
import json
import math
import re
from dataclasses import replace

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.grid import colors as grid_colors
from transformer.grid.export import standalone_html
from ui.tensor_grid import Bar, Frame, Lock, Operand, Scale, TensorView, Token, TokenLink, grid_data
from viz import colors


def test_the_grid_has_the_colours_of_the_charts():
    names = ("SEQUENTIAL", "DIVERGING", "LINES", "MASKED", "PAD", "CHOSEN", "RIGHT", "WRONG")
    assert {name: getattr(grid_colors, name) for name in names} == {
        name: getattr(colors, name) for name in names
    }


def decode(data, place):
    """Array number `place` of a payload, as float64."""
    packed = data["arrays"][place]
    codec, raw = data["codecs"][packed["codec"]], base64.b64decode(packed["data"])
    shape = tuple(packed["shape"])
    kind = codec["kind"]
    if kind == "bits":
        count = math.prod(shape)
        return np.unpackbits(np.frombuffer(raw, np.uint8), count=count, bitorder="little").reshape(shape)
    if kind in ("f32", "f64"):
        return np.frombuffer(raw, f"<f{(kind[1:3] == '32' and 4) or 8}").astype(np.float64).reshape(shape)
    width = codec.get("bytes", 2)
    codes = np.frombuffer(raw, f"<u{width}").astype(np.int64)
    whole = kind == "whole"
    return np.array([whole_value(c, codec) if whole else decimal_value(c, codec) for c in codes]).reshape(
        shape
    )


def whole_value(code, codec):
    return (math.nan, -math.inf, math.inf)[code] if code < 3 else float(code - 3 + codec["low"])


def decimal_value(code, codec):
    if code < 4:
        return (math.nan, -math.inf, math.inf, 0.0)[code]
    digits, place = codec["digits"], int(code) - 4
    sign = 1
    if codec["signed"]:
        place, negative = divmod(place, 2)
        sign = -1 if negative else 1
    decade, mantissa = divmod(place, 9 * 10 ** (digits - 1))
    return sign * float(f"{mantissa + 10 ** (digits - 1)}e{decade + codec['low'] - digits + 1}")


def view(values, **more):
    return TensorView("x", values, Scale("diverging", -1.0, 1.0), **more)


def payload(values, **more):
    return json.loads(json.dumps(grid_data([Frame("one", (view(values, **more),))])))


def sent(values):
    data = payload(values)
    return decode(data, data["frames"][0]["tensors"][0]["values"])


def assert_three_digits(shown, true):
    """`shown` is `true` rounded to three or more significant digits; NaN and infinity are unchanged."""
    special = ~np.isfinite(true)
    np.testing.assert_array_equal(shown[special], true[special])
    shown, true = shown[~special], true[~special]
    assert np.array_equal(shown == 0, true == 0)
    ordinary = true != 0
    unit = 10.0 ** (np.floor(np.log10(np.abs(true[ordinary]))) - 2)
    assert np.all(np.abs(shown[ordinary] - true[ordinary]) <= 0.5 * unit * (1 + 1e-6))


shapes = hnp.array_shapes(min_dims=0, max_dims=4, max_side=5)


@given(hnp.arrays(np.float32, shapes, elements=st.floats(width=32, allow_nan=True, allow_infinity=True)))
def test_any_float32_is_shown_with_three_true_digits(values):
    assert_three_digits(sent(values), values.astype(np.float64))


@given(hnp.arrays(np.float64, shapes, elements=st.floats(allow_nan=True, allow_infinity=True)))
def test_any_float64_is_shown_with_three_true_digits(values):
    assert_three_digits(sent(values), values)


@given(hnp.arrays(np.float64, (3, 40), elements=st.floats(1e-9, 1)))
def test_weights_take_sixteen_bits_and_keep_three_digits(weights):
    data = payload(weights)
    assert data["codecs"][0]["kind"] in ("decimal", "whole")
    assert_three_digits(decode(data, 0), weights)


@given(hnp.arrays(np.int64, shapes, elements=st.integers(-(2**15), 2**15 - 10)))
def test_small_integers_are_exact(values):
    np.testing.assert_array_equal(sent(values), values)


@given(hnp.arrays(np.bool_, shapes))
def test_booleans_are_exact(values):
    np.testing.assert_array_equal(sent(values), values)


def test_whole_scores_stay_exact_beside_minus_infinity():
    scores = np.array([[10.0, 99.0, -np.inf], [np.nan, np.inf, 42.0]])
    data = payload(scores)
    assert data["codecs"][0] == {"kind": "whole", "bytes": 1, "low": 10}
    np.testing.assert_array_equal(decode(data, 0), scores)


def test_all_frames_of_a_tensor_share_one_codec():
    frames = [Frame(str(step), (view(np.array([0.5 * 10.0**-step])),)) for step in range(6)]
    data = grid_data(frames)
    assert len(data["codecs"]) == 1
    assert [decode(data, place)[0] for place in range(6)] == [0.5 * 10.0**-step for step in range(6)]


def test_a_mask_leaves_the_values_alone():
    masked = np.array([[True, False]])
    data = payload(np.array([[0.25, 0.5], [0.125, 1.0]]), masked=masked)
    tensor = data["frames"][0]["tensors"][0]
    np.testing.assert_array_equal(decode(data, tensor["masked"]), masked)
    np.testing.assert_array_equal(decode(data, tensor["values"]), [[0.25, 0.5], [0.125, 1.0]])


def test_what_hatching_means_is_sent_where_it_does_not_mean_masked():
    assert payload(np.eye(2))["views"][0]["hatched"] == ""
    assert payload(np.eye(2), hatched="not there yet")["views"][0]["hatched"] == "not there yet"


def test_equal_tensors_labels_and_views_are_sent_once():
    labels = tuple("abc")
    same = view(np.eye(3), row_labels=labels, column_labels=labels)
    data = grid_data([Frame(str(step), (same, same)) for step in range(5)])
    assert [len(data[table]) for table in ("arrays", "views", "labels")] == [1, 1, 1]


def test_operands_read_whole_are_not_sent():
    left, right = np.ones((2, 3)), np.ones((3, 4))
    operands = (Operand("left", left, (0, None)), Operand("right", right, (None, 1)))
    data = payload(left @ right, operands=operands)
    assert len(data["arrays"]) == 1
    assert [operand["axes"] for operand in data["views"][0]["operands"]] == [[0, None], [None, 1]]


def test_twelve_steps_of_twelve_heads_fit_in_59_kilobytes_beside_the_grids_own_texts():
    random = np.random.default_rng(0)
    labels = tuple("abcdefghijkl")
    frames = []
    for step in range(12):
        energy = np.exp(4 * random.standard_normal((3, 4, 12, 12)))
        weights = energy / energy.sum(axis=-1, keepdims=True)
        tensor = view(weights, row_labels=labels, column_labels=labels, masked=np.tri(12, dtype=bool).T)
        frames.append(Frame(f"step {step}", (tensor,), caption="attention while decoding"))
    data = grid_data(frames)
    del data["texts"]
    assert len(json.dumps(data)) < 59_000


def test_side_panels_leave_out_what_is_empty():
    frame = Frame(
        "t",
        tokens=(("written", (Token("5"), Token("3", "wrong", "expected 4"))),),
        bars=(("softmax", (Bar("5", 0.5, "50%", "chosen"),)),),
        facts=(("shape", "[2]"),),
    )
    assert grid_data([frame])["frames"] == [
        {
            "title": "t",
            "tensors": [],
            "tokens": [["written", [{"text": "5"}, {"text": "3", "kind": "wrong", "note": "expected 4"}]]],
            "bars": [["softmax", [{"label": "5", "value": 0.5, "text": "50%", "kind": "chosen"}]]],
            "facts": (("shape", "[2]"),),
        }
    ]


def test_start_is_kept_within_the_frames_and_a_lock_is_passed_on():
    options = grid_data([Frame("a"), Frame("b")], start=7, lock=Lock("x", (0, 1)), report={"lock"})["options"]
    assert options["start"] == 1
    assert options["lock"] == {"tensor": "x", "panel": (0, 1)}
    assert options["report"] == ["lock"]


def test_scales():
    values = np.array([-3.0, 1.0, np.nan, -np.inf])
    assert Scale.spanning(values) == Scale("sequential", -3.0, 1.0)
    assert Scale.around_zero(values) == Scale("diverging", -3.0, 3.0)
    assert Scale.around_zero(np.zeros(3)) == Scale("diverging", -1.0, 1.0)
    assert Scale.spanning(np.full(2, np.nan)) == Scale("sequential", 0.0, 0.0)


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (view(np.zeros((1,) * 7)), "7 axes; at most 6"),
        (view(np.zeros((2, 3)), masked=np.zeros((3, 2), bool)), "does not broadcast"),
        (view(np.zeros((1, 3)), masked=np.zeros((2, 3), bool)), "does not broadcast"),
        (view(np.zeros((2, 3)), masked=np.zeros((2, 3))), "must be boolean"),
        (view(np.zeros((2, 3)), row_labels=("a",)), "1 labels for an axis of 2"),
        (
            view(np.zeros((2, 1, 1, 3)), column_labels=(("a", "b", "c"),)),
            "1 groups for a first panel",
        ),
        (view(np.zeros((2, 3)), axis_names=("query",)), "1 axis names"),
        (view(np.zeros((2, 3, 1, 1)), panel_labels=(("a",), ())), "1 labels for an axis of 2"),
        (view(np.zeros((2, 3)), operands=(Operand("mask", np.zeros((2, 2))),)), "operand 'mask'"),
        (view(np.zeros((2, 3)), operands=(Operand("left", np.zeros((2, 2)), (0,)),)), "1 axes given"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_reason(tensor, message):
    with pytest.raises(ValueError, match=message):
        grid_data([Frame("one", (tensor,))])


def test_what_json_cannot_hold_is_refused_or_left_out():
    bars = (("logits", (Bar("5", np.float32(0.5)), Bar("3", -math.inf, "−∞"))),)
    sent = json.dumps(grid_data([Frame("cut", bars=bars)]), allow_nan=False)
    assert [bar["value"] for bar in json.loads(sent)["frames"][0]["bars"][0][1]] == [0.5, None]
    endless = TensorView("x", np.zeros(2), Scale("sequential", -math.inf, 0.0))
    with pytest.raises(ValueError, match="finite ends"):
        grid_data([Frame("one", (endless,))])


def test_no_frames_are_refused():
    with pytest.raises(ValueError, match="at least one frame"):
        grid_data([])


@pytest.mark.parametrize("shape", [(), (3,), (0,), (2, 0), (0, 2, 3, 3), (1, 2, 3, 1, 2, 3)])
def test_any_rank_up_to_six_and_empty_tensors_are_accepted(shape):
    assert payload(np.zeros(shape))["arrays"][0]["shape"] == list(shape)


def linked(rows):
    strips = (("from", (Token("a"), Token("b"))), ("to", (Token("c"), Token("d"), Token("e"))))
    return Frame("one", tokens=strips, link=TokenLink(0, 1, (view(np.ones((1, 1, rows, 3))),), (0, 0)))


def test_a_link_shares_its_numbers_with_the_tensor_that_is_drawn():
    frame = linked(2)
    data = grid_data([replace(frame, tensors=frame.link.weights)])
    sent = data["frames"][0]
    assert sent["link"]["weights"][0]["values"] == sent["tensors"][0]["values"]
    assert (sent["link"]["pointed"], sent["link"]["coloured"], list(sent["link"]["panel"])) == (0, 1, [0, 0])


def test_a_link_whose_weights_do_not_fit_its_strips_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        grid_data([linked(3)])


def test_notes_are_one_number_a_panel():
    data = payload(np.zeros((2, 1, 3, 3)), panel_notes=("mean", np.array([[0.5], [1.25]])))
    assert data["frames"][0]["tensors"][0]["notes"] == ["0.50", "1.25"]
    assert data["views"][0]["noteName"] == "mean"
    with pytest.raises(ValueError, match="panel notes"):
        payload(np.zeros((2, 1, 3, 3)), panel_notes=("mean", np.zeros(2)))


def test_an_exported_page_carries_its_data_and_no_tag_of_a_user_ends_the_script():
    page = standalone_html(grid_data([Frame("</script><b>x")]), "<i>title", "en")
    assert page.count("</script>") == 2
    assert "<b>x" not in page
    assert "<i>" not in page
    found = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)
    assert json.loads(found[1])["frames"][0]["title"] == "</script><b>x"


def test_a_view_that_frames_share_is_sent_once_and_each_frame_says_its_row():
    shared = view(np.eye(3), curves=(0, 2))
    data = grid_data([Frame(str(row), (shared,), row=row) for row in range(3)])
    assert [frame["row"] for frame in data["frames"]] == [0, 1, 2]
    assert len(data["views"]) == len(data["arrays"]) == 1
    assert data["views"][0]["curves"] == (0, 2)
    assert "row" not in grid_data([Frame("one", (shared,))])["frames"][0]


@pytest.mark.parametrize(
    ("values", "curves"), [(np.eye(3), (3,)), (np.eye(3), (-1,)), (np.zeros((2, 3, 3)), (0,))]
)
def test_curves_are_columns_of_a_matrix(values, curves):
    with pytest.raises(ValueError, match="has no columns"):
        payload(values, curves=curves)


@pytest.mark.parametrize(
    "frame", [Frame(""), Frame("", (view(np.zeros(2)),)), Frame("", bars=(("", (Bar("", 0.0),)),))]
)
def test_what_the_browser_reads_without_asking_is_always_sent(frame):
    sent = grid_data([frame])["frames"][0]
    assert sent.keys() >= {"title", "tensors"}
    assert all(bar.keys() >= {"label", "value"} for _, bars in sent.get("bars", []) for bar in bars)


@pytest.mark.parametrize(
    ("scale", "hatched", "flows"),
    [
        (Scale.unit(), "", True),
        (Scale.unit(), "not there yet", False),
        (Scale("sequential", 0, 2), "", False),
    ],
)
def test_only_shares_flow_where_a_mask_forbids_them(scale, hatched, flows):
    tensor = TensorView("x", np.zeros(2), scale, hatched=hatched)
    assert grid_data([Frame("one", (tensor,))])["views"][0]["flows"] is flows
