"""The positional encoding page: the numbers of the notes, every section, what is measured."""

import base64
import json
import re

import numpy as np
import pytest

from tests.messages import ROOT
from tests.pages.conftest import keyed
from transformer.experiments.position_interventions import CHANGE_KINDS, SIDES
from transformer.model.alibi import alibi_slopes
from transformer.model.positional import frequencies, sinusoidal_encoding
from ui import models
from ui.positions import in_model, kinds

EXAMPLE = json.loads((ROOT / "tests/data/worked_examples.json").read_text())["positional_encoding_d4"]
SECTIONS = ["codes", "likeness", "hand", "why", "model", "kinds", "relative"]


def figure(app, key):
    """The traces of the chart with this key."""
    chart = next(chart for chart in app.get("plotly_chart") if key in chart.proto.id)
    return json.loads(chart.proto.spec)["data"]


def numbers(array):
    """An array as Plotly sends it."""
    if isinstance(array, dict):
        flat = np.frombuffer(base64.b64decode(array["bdata"]), dtype=array["dtype"])
        shape = [int(size) for size in array.get("shape", str(len(flat))).split(",")]
        return flat.reshape(shape)
    return np.array(array)


def said(app):
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.code])


def test_the_table_of_the_notes_can_be_read_by_hand_to_six_decimals(open_page):
    app = open_page("encoding", pe_section="hand")
    table = app.dataframe[0].value
    assert table.iloc[:, 0].tolist() == [str(p) for p in range(5)]
    assert np.allclose(table.iloc[:, 1:].astype(float), EXAMPLE["pe"], atol=1e-6)
    terms = next(code.value for code in app.code if code.value.startswith("div_term"))
    assert np.allclose(json.loads(terms.split("= ")[1]), EXAMPLE["div_term"])


def test_the_slips_of_the_notes_are_named_with_the_true_numbers(open_page):
    text = said(open_page("encoding", pe_section="hand"))
    assert "[0.1411, -0.9900, 0.0300, 0.9996]" in text
    assert "[-0.7568, -0.6536, 0.0400, 0.9992]" in text
    assert "0.9999500004" in text


@pytest.mark.parametrize("dim", [1, 2, 3, 7, 64, 255, 256])
def test_every_width_can_be_drawn(open_page, dim):
    for section in ("codes", "likeness", "why"):
        app = open_page("encoding", dim=str(dim), pe_section=section)
        assert not app.exception
        assert not app.warning


def test_the_chosen_position_stays_among_those_shown(open_page):
    app = open_page("encoding", position="150", length="200")
    app.slider(key="length").set_value(5).run()
    assert not app.exception
    assert app.session_state["position"] == 4


@pytest.mark.parametrize(("dim", "base"), [(64, 10000), (7, 100), (32, 100000)])
def test_low_dimensions_turn_fast_and_high_ones_slowly_as_the_page_says(open_page, dim, base):
    app = open_page("encoding", dim=str(dim), base=str(base), length="200", pe_section="likeness")
    sentence = next(text.value for text in app.markdown if "Low dimensions turn fast" in text.value)
    fast, last, slow = re.search(
        r"dimension 0 needs ([\d.]+) positions.*dimension (\d+) needs ([\d,]+)", sentence
    ).groups()
    codes, steps = sinusoidal_encoding(200, dim, base).numpy(), frequencies(dim, base).numpy()
    assert int(last) == 2 * (len(steps) - 1)
    assert float(fast) == pytest.approx(2 * np.pi, rel=1e-2)
    assert float(slow.replace(",", "")) == pytest.approx(2 * np.pi / steps[-1], rel=1e-2)
    moved = np.abs(np.diff(codes, axis=0)).sum(axis=0)  # how far each dimension goes up and down in all
    assert moved[0] == moved[0::2].max()
    assert (np.diff(moved[0::2]) <= 1e-3).all()
    table = app.dataframe[0].value
    assert np.allclose(table["div_term"].astype(float), steps, rtol=1e-5)
    assert (np.diff(numbers(figure(app, "wavelengths")[0]["y"])) > 0).all()


def test_the_waves_are_those_of_the_dimensions_chosen(open_page):
    app = open_page("encoding", dim="16", length="30", pe_waves="1,6,99")
    waves = app.multiselect(key="pe_waves_choice")
    assert waves.value == [1, 6]
    waves.set_value([2]).run()
    assert app.query_params["pe_waves"] == "2"
    assert open_page("encoding", dim="2", pe_waves="7").multiselect(key="pe_waves_choice").value == [0]


@pytest.mark.parametrize(("dim", "k", "length"), [(64, 3, 50), (5, 50, 10), (256, 1, 200)])
def test_the_matrix_moves_the_codes_by_k_up_to_rounding(open_page, dim, k, length):
    app = open_page("encoding", dim=str(dim), length=str(length), pe_shift=str(k), pe_section="why")
    matrix = numbers(figure(app, "shift_matrix")[0]["z"])
    codes = sinusoidal_encoding(400, dim).double().numpy()[:, : dim // 2 * 2]
    assert np.allclose(codes[:300] @ matrix.T, codes[k : 300 + k], atol=1e-6)
    code = next(code.value for code in app.code if "shift_matrix" in code.value)
    assert 0 < float(code.rsplit("# ", 1)[1]) < 1e-6


def test_the_arrows_on_the_circles_are_the_codes(open_page):
    app = open_page("encoding", dim="4", length="9", pe_section="why")
    chart = next(chart for chart in app.get("plotly_chart") if "circles" in chart.proto.id)
    spec = json.loads(chart.proto.spec)
    codes = sinusoidal_encoding(12, 4).numpy()
    assert len(spec["frames"]) == 9
    for p, frame in enumerate(spec["frames"]):
        for arrow, position in zip(frame["data"], (p, p + 3), strict=True):
            up = [arrow["y"][1], arrow["y"][4]]
            assert np.allclose(up, codes[position, 0::2], atol=1e-4)


@pytest.mark.parametrize(
    ("section", "beginning", "query"),
    [
        ("codes", "Draw dimensions 0 and 1", {"pe_waves": "0,1"}),
        ("codes", "Choose an odd D", {"dim": "63"}),
        ("likeness", "Lower the base", {"base": "10", "pe_section": "likeness"}),
        ("why", "D = 2", {"dim": "2", "pe_section": "why"}),
        (
            "model",
            "Set all codes to zero",
            {"pe_change": "zero", "pe_side": "encoder", "pe_section": "model"},
        ),
        ("relative", "Distance 0", {"pe_distance": "0", "pe_section": "relative"}),
    ],
)
def test_what_is_suggested_is_one_click_away_and_in_the_address(open_page, section, beginning, query):
    app = open_page("encoding", pe_section=section)
    next(button for button in app.button if button.label.startswith(beginning)).click().run()
    assert not app.exception
    assert {name: app.query_params[name] for name in query} == query


def test_44_positions_are_seven_full_turns_as_the_suggestion_says():
    turns = 44 * frequencies(64).numpy() / (2 * np.pi)
    assert turns[0] == pytest.approx(7, abs=0.01)
    assert (abs(turns[1:8] - turns[1:8].round()) > 0.01).all()


def test_numbers_of_rotary_suggestions_are_true():
    distance, scores = np.arange(50)[:, None], {}
    for base in (10, 10000):
        scores[base] = np.cos(distance * frequencies(8, base).numpy()).sum(axis=1)
    assert scores[10].min() < 0 < scores[10000].min(), "below 0 at some distances with base 10 only"
    assert alibi_slopes(8).tolist() == [2.0**-n for n in range(1, 9)]


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_section_runs_in_every_language(open_page, section, lang):
    for scheme in ("rotary", "alibi") if section == "relative" else ("rotary",):
        app = open_page("encoding", pe_section=section, pe_scheme=scheme, lang=lang)
        assert not app.exception
        assert not app.warning


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("kind", ["learned", "rotary", "alibi", "none"])
def test_every_section_works_on_a_model_of_every_kind(open_page, section, kind):
    app = open_page("encoding", pe_section=section, pe_scheme="alibi", model=f"positions:{kind}-reverse")
    assert not app.exception
    assert not app.warning


@pytest.mark.parametrize("kind", CHANGE_KINDS)
@pytest.mark.parametrize("side", SIDES)
def test_every_change_is_tried_on_one_input_at_once(open_page, kind, side):
    app = open_page("encoding", pe_section="model", pe_change=kind, pe_side=side, tokens="7 2 8")
    assert not app.exception
    table = app.dataframe[0].value
    assert table["right answer"].tolist() == ["2 7 8", "8 2 7"]
    assert table["with its own codes"].tolist() == ["2 7 8", "8 2 7"]
    right = table["with the altered codes"] == table["right answer"]
    assert [verdict.startswith("✓") for verdict in table["verdict"]] == right.tolist()


def test_swapping_two_positions_of_the_encoder_swaps_two_digits_of_the_reversed_answer(open_page):
    app = open_page("encoding", pe_section="model", pe_side="encoder", tokens="5 3 9 1 4")
    assert app.dataframe[0].value["with the altered codes"].tolist() == ["1 3 4 5 9", "4 1 9 5 3"]


def test_what_cannot_be_read_is_answered_by_a_sentence(open_page):
    for section in ("hand", "model", "relative"):
        app = open_page("encoding", pe_section=section, tokens="x")
        assert not app.exception
        assert app.warning


def test_the_survey_is_measured_on_a_click_and_kept_until_something_changes(open_page, monkeypatch):
    monkeypatch.setattr(in_model, "INPUTS", 30)
    in_model._exact_match.clear()
    app = open_page("encoding", pe_section="model", pe_side="encoder")
    next(button for button in app.button if button.label.startswith("Measure")).click()
    app.run()
    assert not app.exception
    bars = {bar["name"]: numbers(bar["y"]) for bar in figure(app, "survey")}
    sort, reverse = bars["sort digits (shipped)"], bars["reverse digits (shipped)"]
    assert sort[0] == reverse[0] == 1, "as trained"
    assert sort[1] > reverse[1] == 0, "without codes in the encoder"
    app.selectbox(key="pe_side").set_value("decoder").run()
    assert not any("survey" in chart.proto.id for chart in app.get("plotly_chart"))
    in_model._exact_match.clear()


def test_the_kinds_are_compared_on_a_click_and_can_be_used_on_all_pages(open_page, monkeypatch):
    monkeypatch.setattr(in_model, "INPUTS", 20)
    monkeypatch.setattr(kinds, "INPUTS", 20)
    monkeypatch.setattr(kinds, "EACH", 5)
    monkeypatch.setattr(kinds, "LENGTHS", (3, 70))
    chosen = "positions:rotary-reverse,positions:none-reverse"
    app = open_page("encoding", pe_section="kinds", pe_models=chosen)
    next(button for button in app.button if button.label.startswith("Measure")).click()
    app.run()
    assert not app.exception
    rotary, none = (numbers(curve["y"]) for curve in figure(app, "lengths"))
    assert rotary[0] == 1
    assert none[0] < 0.7
    assert np.isnan(float(rotary[1] or "nan")), "no room for 70 digits"
    shares = app.dataframe[0].value.iloc[:, -1].tolist()
    assert shares[0] == "100.0%"
    app.button(key="use_positions:rotary-reverse").click().run()
    assert app.session_state["model"] == "positions:rotary-reverse"
    for cache in (in_model._exact_match, kinds._at_length):
        cache.clear()


@pytest.mark.parametrize(
    ("query", "widget", "chosen"),
    [
        ({"pe_section": "kinds", "pe_models": "sort,reverse,sort"}, "pe_models_choice", ["sort", "reverse"]),
        ({"pe_waves": "3,3,5"}, "pe_waves_choice", [3, 5]),
    ],
)
def test_what_a_link_names_twice_is_there_once(open_page, query, widget, chosen):
    app = open_page("encoding", **query)
    assert not app.exception
    assert keyed(app.multiselect, widget).value == chosen


def test_there_is_a_small_model_of_every_kind():
    reversing = [name for name in models.small() if name.endswith("-reverse")]
    found = [models.named(name).model.config.positions for name in reversing]
    assert found == ["sinusoidal", "learned", "rotary", "alibi", "none"]


def test_the_score_of_query_and_key_stays_while_both_move(open_page):
    app = open_page("encoding", pe_section="relative")
    chart = next(chart for chart in app.get("plotly_chart") if "rotary_circles" in chart.proto.id)
    labels = [step["label"] for step in json.loads(chart.proto.spec)["layout"]["sliders"][0]["steps"]]
    assert len(labels) == 40
    assert len({label.split("score ")[1] for label in labels}) == 1
