"""Curves as Vega-Lite specifications."""

import json

from viz.curves import Curve, curve_chart


def tooltip_titles(label: str) -> list[str]:
    chart = curve_chart([Curve("a", label, 0)], x_title="step", y_title="loss")
    (rule,) = [layer for layer in chart["layer"] if "tooltip" in layer["encoding"]]
    return [field["title"] for field in rule["encoding"]["tooltip"]]


def test_a_label_is_itself_again_once_vega_has_read_it_as_a_literal():
    for label in (r"C:\x", r"\*a\*", 'say "hi"', "\\", r"a\" + now() + \""):
        title = tooltip_titles(label)[1]
        literal = '"' + title.replace('"', r"\"") + '"'  # what Vega-Lite makes of it
        assert json.loads(literal) == label


def test_no_step_stands_twice_on_an_axis():
    chart = curve_chart([Curve("a", "a", 0)], x_title="step", y_title="loss")
    for layer in chart["layer"]:
        axis = layer["encoding"]["x"]["axis"]
        assert axis["tickMinStep"] == 1, "labels are whole numbers, and so has to be what they label"
