"""The browser thins curves as the server does; see also `tests/javascript/live.test.js`."""

import random

from tests.node import run
from transformer.learning.steps import Evaluation, TrainStep
from ui.live.events import COLUMNS, MARKS, span
from ui.live.topics import Log


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
        """import { History } from "./ui/live/js/history.js";
        const drawn = given.cases.map((spans) => {
            const history = new History(given.names, [], []);
            for (const span of spans) history.add(span);
            return [history.rows.map(([step]) => step), history.marks.map(([step]) => step)];
        });
        console.log(JSON.stringify(drawn));""",
        {"names": {"columns": COLUMNS, "marks": MARKS}, "cases": [spans for spans, _, _ in cases]},
    )
    assert grown == [[[row[0] for row in rows], [mark[0] for mark in marks]] for _, rows, marks in cases]
