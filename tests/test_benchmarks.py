"""How the benchmarks evaluate their measurements. No test asserts how fast anything is."""

import json

import pytest

from benchmarks import results
from benchmarks.__main__ import main
from benchmarks.measure import OURS, Comparison, Result, Speed, compare, summary
from benchmarks.report import as_json, as_text, table


def comparison(**peers):
    speeds = {OURS: Speed(300, 290, 310)} | {
        name: Speed(speed, speed, speed) for name, speed in peers.items()
    }
    ratios = {name: Speed(300 / speed, 1, 9) for name, speed in peers.items()}
    return Comparison("batch 1", "steps/s", speeds, ratios, target=2.0)


def test_the_ratio_is_that_to_the_fastest_peer():
    assert comparison(slow=100, fast=200).ratio == 1.5
    assert comparison().ratio is None


def test_a_table_names_every_contender_and_says_whether_the_aim_is_met():
    text = as_text(Result((comparison(slow=100, fast=200), comparison(slow=100)), ("something is missing",)))
    assert "1.50 times the fastest peer; aim 2, missed" in text
    assert "3.00 times the fastest peer; aim 2, met" in text
    assert all(word in text for word in (OURS, "slow", "fast", "290.0 to 310.0", "something is missing"))
    assert "no peer" in as_text(Result((comparison(),)))


def test_records_with_a_target_are_shown_too():
    records = [{"name": "step", "value": 3.5, "unit": "ms", "target": 16, "met": True}]
    assert as_text(records).split() == ["value", "target", "met", "step", "3.5", "ms", "<", "16", "met"]
    assert as_json(records) == records


def test_results_survive_the_way_through_json():
    result = Result((comparison(fast=200),), ("note",))
    plain = json.loads(json.dumps(as_json(result)))
    assert plain["notes"] == ["note"]
    assert plain["comparisons"][0]["ratio"] == 1.5
    assert plain["comparisons"][0]["speeds"][OURS] == {"median": 300, "low": 290, "high": 310}


def test_columns_line_up():
    assert table([["", "value"], ["a", "1"], ["long", "12345678"]]).splitlines() == [
        "         value",
        "a            1",
        "long  12345678",
    ]


def test_a_summary_is_median_and_quartiles():
    assert summary([5, 1, 4, 2, 3]) == Speed(3, 2, 4)
    assert summary([7]) == Speed(7, 7, 7)


def test_contenders_take_turns_and_each_begins_as_often():
    calls = []
    contenders = {name: (lambda name=name: calls.append(name)) for name in (OURS, "peer")}
    found = compare("case", "calls/s", contenders, target=1.0, rounds=4, seconds=0.0)
    assert calls[-8:] == [OURS, "peer", "peer", OURS, OURS, "peer", "peer", OURS]
    assert set(found.speeds) == {OURS, "peer"}
    assert set(found.ratios) == {"peer"}


def test_an_unknown_benchmark_is_refused(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["nonsense"])
    assert caught.value.code == 2
    assert "training, decoding" in capsys.readouterr().err


def test_what_a_figure_is_made_of_is_shown_where_it_is_known():
    plain = {"name": "step", "value": 3.5, "unit": "ms", "target": 16, "met": True}
    text = as_text([plain, {**plain, "name": "click", "detail": "picture 70 ms, empty 35 ms"}])
    assert "made of" in text
    assert text.splitlines()[-1].endswith("picture 70 ms, empty 35 ms")


ORDER = ("training", "latency", "load")


def test_a_benchmark_run_again_replaces_its_own_section_and_no_other():
    first = {
        name: results.section(name, {"date": "then"}, f"table of {name}") for name in ("load", "latency")
    }
    old = results.updated("", first, ORDER)
    new = results.updated(old, {"load": results.section("load", {"date": "now"}, "better")}, ORDER)
    assert old.index("## latency") < old.index("## load")
    assert old.split("## load")[0] == new.split("## load")[0]
    assert "better" in new
    assert "table of load" not in new
    assert new.count("date: then") == new.count("date: now") == 1
    assert results.updated(new, {}, ORDER) == new


def test_a_section_that_no_benchmark_has_any_more_goes():
    old = results.updated("", {"gone": "x", "load": "y"}, (*ORDER, "gone"))
    assert "gone" not in results.updated(old, {}, ORDER)


def test_results_say_command_and_machine(tmp_path):
    path = tmp_path / "RESULTS.md"
    results.record(
        "load", results.section("load", {"machine": "a box", "cores": 2, "x": None}, "t"), ORDER, path
    )
    text = path.read_text()
    assert "`python -m benchmarks load --results`; machine: a box, cores: 2\n" in text
    assert "```\nt\n```" in text


def test_the_program_writes_results_when_it_is_asked_to(tmp_path, monkeypatch, capsys):
    path = tmp_path / "RESULTS.md"
    found = [{"name": "step", "value": 3.5, "unit": "ms", "target": 16, "met": True}]
    monkeypatch.setattr("benchmarks.__main__._run", lambda name: found)
    monkeypatch.setattr("benchmarks.results.RESULTS", path)
    assert main(["latency"]) == 0
    assert not path.exists()
    assert main(["latency", "--results"]) == 0
    assert "## latency" in path.read_text()
    assert "3.5 ms" in capsys.readouterr().out
