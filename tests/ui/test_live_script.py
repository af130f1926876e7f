"""The browser's part of live data, run by Node: curves thin as the server thins them, axes are labelled."""

import json
import random
import shutil
import subprocess
from pathlib import Path

import playwright
import pytest

from transformer.learning.steps import Evaluation, TrainStep
from ui.live.component import SCRIPT
from ui.live.events import COLUMNS, MARKS, span
from ui.live.topics import Log

FRAME = "globalThis.document = { addEventListener() {} }; globalThis.addEventListener = () => {};\n"


def run(code: str, given: object) -> object:
    """What `code` makes of `given`, with everything of the component at hand."""
    own = Path(playwright.__file__).parent / "driver" / "node"
    node = shutil.which("node") or str(own)
    program = SCRIPT.replace("export default ", "").replace("setInterval(", "(() => {})(")
    program = f"{FRAME}{program}\nconst given = {json.dumps(given)};\n{code}"
    done = subprocess.run([node, "-"], input=program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def steps(count: int, seed: int) -> list[TrainStep]:
    draw = random.Random(seed)
    return [
        TrainStep(n, 1.0, 0.5, 1e-3, draw.random(), 1.0, Evaluation(1.0, 0.0, 0.0) if n % 5 == 0 else None)
        for n in range(1, count + 1)
    ]


def log(records: list[TrainStep]) -> Log:
    return Log(records, [one for one in records if one.evaluation])


def test_a_run_that_grew_in_the_browser_is_drawn_as_one_that_is_opened_now():
    cases = []
    for seed, cuts in enumerate(
        [[0, 5, 40], [299, 300, 301, 302, 650], [0, 280, 500, 790, 1000, 1250, 1300]]
    ):
        records = steps(cuts[-1], seed)
        spans = [
            span(log(records[:cut]), before) for before, cut in zip([0, *cuts[:-1]], cuts, strict=True) if cut
        ]
        whole = span(log(records), 0)
        cases.append(([one.to_dict() for one in spans], whole.rows, whole.marks))
    grown = run(
        """const drawn = given.cases.map((spans) => {
            const history = new History(given.names, [], []);
            for (const span of spans) history.add(span);
            return [history.rows.map(([step]) => step), history.marks.map(([step]) => step)];
        });
        console.log(JSON.stringify(drawn));""",
        {"names": {"columns": COLUMNS, "marks": MARKS}, "cases": [spans for spans, _, _ in cases]},
    )
    assert grown == [[[row[0] for row in rows], [mark[0] for mark in marks]] for _, rows, marks in cases]


@pytest.mark.parametrize(
    ("low", "high", "count", "expected"),
    [
        (0, 1500, 3, [0, 500, 1000, 1500]),
        (1000, 4800, 2, [2000, 4000]),
        (0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (3, 3, 4, [3]),
    ],
)
def test_an_axis_has_round_numbers(low, high, count, expected):
    code = "console.log(JSON.stringify(ticks(...given)));"
    assert run(code, [low, high, count]) == pytest.approx(expected)


def test_an_axis_of_steps_has_whole_numbers_and_a_logarithmic_one_powers():
    code = "console.log(JSON.stringify([ticks(1, 4, 9, 1), logTicks(2e-4, 30), logTicks(1.2, 7)]));"
    assert run(code, None) == [[1, 2, 3, 4], pytest.approx([1e-3, 1e-2, 0.1, 1, 10]), pytest.approx([2, 5])]


def test_numbers_are_short_on_axes_and_exact_where_they_are_read():
    code = """console.log(JSON.stringify([
        numberText(0.0005, "number"), numberText(0.25, "share"), numberText(0.2512, "share", true),
        numberText(12345, "short"), numberText(1.23456, "number", true), numberText(null, "number"),
        numberText(12345, "step")]));"""
    assert run(code, None) == ["5e-4", "25 %", "25.1 %", "12.3K", "1.2346", "–", "12,345"]


def test_of_steps_told_twice_each_is_heard_once():
    code = """const heard = [];
    const topic = { kind: "steps", words: {} };
    stream.listeners.add({ topic, after: 3, hear: (news) => heard.push(news.rows.map(([step]) => step)) });
    const span = (after, to) => ({ after, to, marks: [], rows: Array.from({ length: to - after }, (_, i) => [after + 1 + i]) });
    for (const one of [span(0, 5), span(2, 5), span(5, 6), span(0, 8)]) stream.tell([{ topic }], { 0: one });
    console.log(JSON.stringify(heard));"""  # noqa: E501
    assert run(code, None) == [[4, 5], [6], [7, 8]]
