"""A run is followed line by line: wherever its file is cut off, each step arrives once."""

import json
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from transformer.learning.folder import METRICS
from transformer.learning.follow import Follower
from transformer.learning.steps import Evaluation, TrainStep


def step(number: int) -> TrainStep:
    evaluation = Evaluation(0.5, 0.25, 0.125, ((1, 4, 2),)) if number % 3 == 0 else None
    return TrainStep(number, float("nan") if number == 2 else 1 / number, 0.5, 1e-3, 0.1, 1000.0, evaluation)


def line(record: TrainStep) -> bytes:
    return json.dumps(record.to_dict()).encode() + b"\n"


def plain(records: tuple[TrainStep, ...]) -> list[str]:
    return [json.dumps(record.to_dict()) for record in records]


@given(count=st.integers(0, 12), cuts=st.lists(st.integers(0, 4000), max_size=12), junk=st.integers(0, 12))
def test_whatever_is_written_between_two_looks_each_step_comes_once(count, cuts, junk):
    lines = [line(step(number)) for number in range(1, count + 1)]
    lines.insert(min(junk, count), b'{"step": \xff}\n')
    content = b"".join(lines)
    with tempfile.TemporaryDirectory() as name:
        follower, seen = Follower(Path(name)), [()]
        assert follower.look() == ()
        for cut in [*sorted(min(cut, len(content)) for cut in cuts), len(content)]:
            (Path(name) / METRICS).open("ab").close()
            with (Path(name) / METRICS).open("r+b") as file:
                file.write(content[:cut])
            seen.append(follower.look())
            assert plain(seen[-1])[: len(seen[-2])] == plain(seen[-2]), "what was told stays"
    assert plain(seen[-1]) == plain(tuple(map(step, range(1, count + 1))))


def test_a_torn_line_that_a_resumed_run_cuts_off_is_never_told(tmp_path):
    follower, path = Follower(tmp_path), tmp_path / METRICS
    path.write_bytes(line(step(1)) + line(step(2))[:20])
    assert len(follower.look()) == 1
    path.open("r+b").truncate(len(line(step(1))))
    with path.open("ab") as file:
        file.write(line(step(2)) + line(step(3)))
    assert [one.step for one in follower.look()] == [1, 2, 3]


def test_a_folder_that_goes_and_one_that_comes_in_its_place(tmp_path):
    follower, path = Follower(tmp_path), tmp_path / METRICS
    path.write_bytes(b"".join(line(step(number)) for number in (1, 2, 3)))
    assert len(follower.look()) == 3
    path.unlink()
    assert follower.look() == ()
    path.write_bytes(line(step(1)))
    assert [one.step for one in follower.look()] == [1]
