"""A double click acts only once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ui.callbacks import REMEMBERED, made_once


def test_a_second_click_gets_what_the_first_one_is_still_making():
    made, first_is_at_it = [], threading.Event()

    def make():
        first_is_at_it.set()
        time.sleep(0.05)
        made.append(object())
        return made[-1]

    with ThreadPoolExecutor() as threads:
        first = threads.submit(made_once, "a drawing", make)
        first_is_at_it.wait()
        assert made_once("a drawing", make) is first.result()
    assert len(made) == 1
    assert made_once("another drawing", make) is not made[0]


def test_what_failed_is_made_again():
    def fail():
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        made_once("failing", fail)
    assert made_once("failing", lambda: 3) == 3


def test_old_clicks_are_forgotten():
    for number in range(REMEMBERED + 1):
        made_once(f"drawing {number}", lambda: None)
    assert made_once("drawing 0", lambda: "made again") == "made again"
