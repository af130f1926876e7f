"""Dates, against `datetime`."""

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer import EOS, PAD, SOS, TASKS, InputError, generate_batch

DATES = TASKS["dates"]
days = st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31))


def forms(day):
    """Every way of writing a day that training shows, by pattern."""
    d, m, y = day.day, day.month, day.year
    names = [day.strftime("%B"), day.strftime("%b")]
    return {
        "month_first": {f"{name} {d}, {y}" for name in names},
        "day_first": {f"{d} {name} {y}" for name in names},
        "slashes": {f"{d}/{m}/{y}", f"{d:02}/{m:02}/{y}"},
        "chinese": {f"{y}年{m}月{d}日"},
    }


def read(text):
    return DATES.decode(DATES.answer(DATES.encode(text)))


@given(days)
def test_every_form_gives_the_iso_date(day):
    for texts in forms(day).values():
        for text in texts:
            assert read(text) == day.isoformat()
            assert DATES.source_text(DATES.encode(text)) == text


@pytest.mark.parametrize("pattern", DATES.patterns)
def test_every_form_that_is_drawn_is_one_of_them(pattern):
    seen = set()
    for row in DATES.draw(pattern, 500, np.random.default_rng(0)).tolist():
        day = datetime.date.fromisoformat(DATES.decode(DATES.answer([SOS, *row, EOS])))
        text = DATES.source_text(row)
        assert text in forms(day)[pattern]
        seen.add(day.year)
    assert min(seen) < 1910
    assert max(seen) > 2089


@pytest.mark.parametrize(
    "text",
    [
        *("nov 20, 2026", "NOV. 20th, 2026", "November 20 2026", "Nov 20 , 2026", "20th november 2026"),
        *("20 NOV 2026", "20 / 11 / 2026", "２０/１１/２０２６", "2026年11月20号", "2026 年 11 月 20 日"),
    ],
)  # fmt: skip
def test_what_people_type_is_read(text):
    assert read(text) == "2026-11-20"


@pytest.mark.parametrize(
    "text",
    [
        *("29/2/1900", "29/02/2023", "31/4/2000", "11/20/2026", "0/1/2000", "1/0/2000", "32 May 2000"),
        *("Nov 20, 1899", "Nov 20, 2100", "2026年13月1日", "2026年2月30日", "1/2/99999999999999999999"),
        *("2026-11-20", "Nov", "20", "////", ", ,", "20/11", "1/1/2000/", "Nov Nov 2000",
          "年月日", "Nov 2026 20"),
        *("001/1/2000", "Mai 1, 2000", "", "日", "1日2月2000年"),
    ],
)  # fmt: skip
def test_what_is_no_date_or_in_no_known_form_is_refused(text):
    with pytest.raises(InputError):
        DATES.encode(text)


def test_the_day_comes_before_the_month():
    assert read("1/2/2026") == read("01/02/2026") == "2026-02-01"


@pytest.mark.parametrize(
    "text", ["1/02/2026", "01/2/2026", "Feb 01, 2026", "01 February 2026", "2026年02月01日"]
)
def test_leading_zeros_do_no_harm(text):
    assert read(text) == "2026-02-01"


@given(days)
def test_a_day_is_held_out_in_every_form_or_in_none(day):
    texts = [text for pattern in forms(day).values() for text in pattern]
    apart = [DATES.holds_out(np.array([DATES.encode(text)[1:-1]]))[0] for text in texts]
    assert len(set(apart)) == 1


def test_lengths_vary_and_every_token_is_drawn():
    batch = generate_batch(DATES, 2000, np.random.default_rng(0))
    assert set(batch.src.flatten().tolist()) == {*range(len(DATES.src_vocabulary))}
    assert len({int(length) for length in (batch.src != PAD).sum(dim=1)}) >= 5
