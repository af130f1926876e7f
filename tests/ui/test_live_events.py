"""Events of a stream: each step of a run arrives exactly once, wherever the stream breaks off."""

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from transformer.learning.steps import Evaluation, TrainStep
from ui.live.events import COLUMNS, ROWS, read_id, span, write_id
from ui.live.stream import Telling
from ui.live.topics import Log


def step(number: int, gradient: float = 0.1) -> TrainStep:
    evaluation = Evaluation(0.5, 0.25, 0.125) if number % 5 == 0 else None
    return TrainStep(number, 1 / number, 0.5, 1e-3, gradient, 1000.0, evaluation)


RECORDS = [step(number) for number in range(1, 121)]


def log(count: int, is_open: bool = False) -> Log:
    records = RECORDS[:count]
    return Log(records, [record for record in records if record.evaluation], is_open)


@given(looks=st.lists(st.integers(0, 120), max_size=12), lost=st.sets(st.integers(0, 11)))
def test_wherever_a_stream_breaks_off_each_step_and_measurement_arrives_once(looks, lost):
    """The event sent when the connection breaks is lost, and the browser keeps the id of the one before."""
    telling, known, rows, marks = Telling([], [0]), "0", [], []
    for place, count in enumerate([*sorted(looks), 120]):
        data = telling.news([log(count)])
        if place in lost and place < len(looks):
            telling = Telling([], read_id(known, 1))
        elif data:
            event = json.loads(data)
            known = event["id"]
            rows += event["news"]["0"]["rows"]
            marks += event["news"]["0"]["marks"]
    assert [row[0] for row in rows] == list(range(1, 121))
    assert [(mark[0], mark[1]) for mark in marks] == [(5 * n + 5, n) for n in range(24)]
    assert telling.news([log(120)]) is None, "nothing twice"


@given(count=st.integers(ROWS + 1, 5000))
def test_who_lags_gets_the_newest_and_no_backlog(count):
    records = [step(number, gradient=9.0 if number == 77 else 0.1) for number in range(1, count + 1)]
    told = span(Log(records, []), 0)
    assert told is not None
    steps = [row[0] for row in told.rows]
    assert len(steps) <= ROWS + 1
    assert (told.after, told.to, steps[-1]) == (0, count, count)
    assert 77 in steps, "what stands out is among them"
    assert span(Log(records, []), count) is None


def test_a_state_is_told_when_it_changes_and_when_it_is_gone():
    telling = Telling([], [0, 0])
    assert json.loads(telling.news(['{"a":1}', None]))["news"] == {"0": {"a": 1}, "1": None}
    assert telling.news(['{"a":1}', None]) is None
    assert json.loads(telling.news(['{"a":2}', None]))["news"] == {"0": {"a": 2}}
    assert json.loads(telling.news([None, None]))["news"] == {"0": None}


def test_what_answers_an_open_prediction_is_not_told():
    told = span(log(10, is_open=True), 0)
    hidden = [COLUMNS.index(name) for name in ("loss", "token_accuracy")]
    assert told.marks == []
    assert all(row[at] is None for row in told.rows for at in hidden)
    assert told.rows[3][COLUMNS.index("learning_rate")] == 1e-3


def test_what_is_no_number_is_none_in_json():
    odd = TrainStep(1, math.nan, 0.5, 1e-3, math.inf, 1.0, Evaluation(math.nan, 0.0, 0.0))
    told = span(Log([odd], [odd]), 0)
    assert json.loads(json.dumps(told.to_dict(), allow_nan=False))["rows"] == [
        [1, None, 0.5, 1e-3, None, 1.0]
    ]


@given(text=st.text(max_size=40), count=st.integers(1, 8))
def test_any_id_that_is_sent_is_read(text, count):
    told = read_id(text, count)
    assert len(told) == count
    assert read_id(write_id(told), count) == told
