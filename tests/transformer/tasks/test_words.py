"""Number words, against a spelling of the tests' own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer import TASKS, InputError, generate_batch
from transformer.tasks import held_out_sources

WORDS = TASKS["words"]
FIRST = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
SMALL = [*FIRST.split(), "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
numbers = st.integers(0, 9999)


def english(number, link=" "):
    """As one says it; `link` stands between hundreds and what is below."""
    if number < 20:
        return SMALL[number]
    if number < 100:
        return TENS[number // 10] + (f"-{SMALL[number % 10]}" if number % 10 else "")
    if number < 1000:
        return f"{SMALL[number // 100]} hundred" + (link + english(number % 100) if number % 100 else "")
    rest = number % 1000
    between = link if rest < 100 else " "
    return f"{SMALL[number // 1000]} thousand" + (between + english(rest, link) if rest else "")


def chinese(number):
    """Digit, power, digit, power; then zeros are drawn together, and those at the end dropped."""
    written = "".join(
        "零一二三四五六七八九"[int(digit)] + ("" if digit == "0" else power)
        for digit, power in zip(f"{number:04d}", "千百十 ", strict=True)
    ).replace(" ", "")
    while "零零" in written:
        written = written.replace("零零", "零")
    written = written.strip("零") or "零"
    return written.removeprefix("一") if written.startswith("一十") else written


def read(text):
    return WORDS.decode(WORDS.answer(WORDS.encode(text)))


def digits(number):
    return " ".join(str(number))


@given(numbers)
def test_english_with_and_without_and(number):
    assert read(english(number)) == read(english(number, " and ")) == digits(number)
    assert read(english(number).replace("-", " ").upper()) == digits(number)


@given(numbers)
def test_chinese_with_er_and_liang(number):
    text = chinese(number)
    assert read(text) == digits(number)
    for typed in (text.replace("二百", "两百"), text.replace("二千", "两千"), text.replace("零", "〇")):
        assert read(typed) == digits(number)
    if text.startswith("十"):
        assert read("一" + text) == digits(number)


def numbers_of(rows):
    """What many sources mean, by the task itself."""
    return [int("".join(WORDS.trg_vocabulary.strip(row))) for row in WORDS.answers(rows).tolist()]


def test_every_spelling_that_is_drawn_is_the_tests_own():
    for pattern in WORDS.patterns:
        rows = WORDS.draw(pattern, 2000, np.random.default_rng(0))
        for number, row in zip(numbers_of(rows), rows.tolist(), strict=True):
            text = WORDS.source_text(row)
            if pattern == "english":
                assert text in {english(number, link).replace("-", " ") for link in (" ", " and ")}
            else:
                assert text.replace("两百", "二百").replace("两千", "二千") == chinese(number)


@pytest.mark.parametrize(
    "text",
    [
        *("three three", "hundred", "three hundred and", "zero one", "and", "twenty eleven"),
        *("two thousand hundred", "eleven hundred"),
        *("一百零", "百", "零一", "两", "十十", "一千一十百", "两十", "三 hundred", "一 一 十", "十 hundred"),
        *("*three*", "<b>one</b>", "312", "minus one", "ten thousand", "一万", ""),
    ],
)  # fmt: skip
def test_what_nobody_says_is_refused(text):
    with pytest.raises(InputError):
        WORDS.encode(text)


def test_lengths_vary_and_every_word_is_drawn():
    batch = generate_batch(WORDS, 2000, np.random.default_rng(0))
    assert set(batch.src.flatten().tolist()) == {*range(len(WORDS.src_vocabulary))}
    lengths = (batch.trg != 0).sum(dim=1)
    assert lengths.bincount().tolist()[3:] == pytest.approx([500] * 4, rel=0.2)


def test_a_number_is_held_out_in_both_languages_and_none_that_is_a_single_word_up_to_nineteen():
    apart = {
        number for pattern in WORDS.patterns for number in numbers_of(held_out_sources(WORDS, pattern, 2000))
    }
    assert 0.08 < len(apart) / 10_000 < 0.12
    assert min(apart) >= 20
    for number in sorted(apart)[:50]:
        for text in (english(number), english(number, " and "), chinese(number)):
            assert WORDS.holds_out(np.array([WORDS.encode(text)[1:-1]])).all()
