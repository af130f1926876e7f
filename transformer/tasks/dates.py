"""Dates: "Nov 20, 2026", "20 November 2026", "20/11/2026" and "2026年11月20日" all become 2026-11-20."""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from transformer.errors import InputError
from transformer.model.vocabulary import DIGITS, PAD, Vocabulary
from transformer.tasks.task import Ids, Task, compact, digit_columns, is_held_out

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
SHORT_MONTHS = tuple(name[:3] for name in MONTHS)
NAMES = tuple(dict.fromkeys(MONTHS + SHORT_MONTHS))
"""Each is one token; May is its own abbreviation."""

FIRST_DAY, LAST_DAY = np.datetime64("1900-01-01"), np.datetime64("2099-12-31")

Numbers = NDArray[np.int64]


class Dates(Task):
    """Write the date as year, month and day. In 20/11/2026 the day comes first.

    Each digit is a token, and so is each month name. Month names are short or full; numbers between slashes
    have a leading zero or not. A held-out day is held out in every form.
    """

    name = "dates"
    src_vocabulary = Vocabulary((*DIGITS.words, *NAMES, *"/,年月日"))
    trg_vocabulary = Vocabulary((*DIGITS.words, "-"))
    patterns = ("month_first", "day_first", "slashes", "chinese")
    max_length = 11
    longest_target = 10
    examples = ("Nov 20, 2026", "2026年11月20日")

    def draw(self, pattern: str, count: int, rng: np.random.Generator) -> Ids:
        """Days of the years 1900 to 2099, each equally likely, written in one pattern."""
        days = FIRST_DAY + rng.integers(0, int((LAST_DAY - FIRST_DAY).astype(int)) + 1, count)
        return write_dates(pattern, *calendar(days), rng.integers(0, 2, count))

    def answers(self, sources: Ids) -> Ids:
        """The dates as `2026-11-20`, token by token."""
        year, month, day = self.calendar(sources)
        zero, dash = self.trg_vocabulary.ids["0"], np.full((len(sources), 1), self.trg_vocabulary.ids["-"])
        parts = [
            digit_columns(year, 4, zero, padded=True),
            dash,
            digit_columns(month, 2, zero, padded=True),
            dash,
            digit_columns(day, 2, zero, padded=True),
        ]
        return np.where(year[:, None] > 0, np.concatenate(parts, axis=1), PAD)

    def calendar(self, sources: Ids) -> tuple[Numbers, Numbers, Numbers]:
        """Year, month and day of each source, 0 if it is not a date: [N, width] -> three [N]."""
        year, month, day, pattern = _read(sources)
        real = (day > 0) & (day <= month_lengths(year, month))
        year, month, day = (np.where(real, part, 1) for part in (np.clip(year, 1900, 2099), month, day))
        width = self.max_length
        padded = np.pad(sources, ((0, 0), (0, max(width - sources.shape[1], 0))))
        written = (padded[:, width:] == PAD).all(axis=1)
        forms = np.stack([write_dates(name, year, month, day, _is_long(sources)) for name in self.patterns])
        written &= (forms[pattern, np.arange(len(sources))] == padded[:, :width]).all(axis=1)
        year, month, day = (np.where(real & written, part, 0) for part in (year, month, day))
        return year, month, day

    def holds_out(self, sources: Ids) -> NDArray[np.bool_]:
        """Whether each day is held out, in whatever form it is written."""
        year, month, day, _ = _read(sources)
        return is_held_out(np.stack([year, month, day], axis=1))

    def tokenize(self, text: str) -> list[str]:
        """See `Task.tokenize`. Month names may be short or full, in any case, with or without a dot.

        Leading zeros are kept only where training has them: if both numbers between slashes have two digits.
        """
        text = unicodedata.normalize("NFKC", text).casefold().replace("号", "日").replace("sept ", "sep ")
        text = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text)
        if not re.fullmatch(r"\d\d/\d\d/\d{4}", re.sub(r"\s", "", text)):
            text = re.sub(r"(?<!\d)0(?=\d)", "", text)
        names = {name.casefold(): name for name in NAMES}
        found = re.findall(r"[^\W\d_年月日]+|[^\s.]", text)
        words = [names.get(word, word) for word in found]
        if words and words[0] in NAMES and "," not in words and len(words) > 5:
            words.insert(-4, ",")  # Nov 20 2026
        return words

    def join(self, words: Sequence[str]) -> str:
        """Text with blanks around month names and after a comma."""
        return "".join(
            f" {word} " if word in NAMES else ", " if word == "," else word for word in words
        ).strip()

    def encode(self, text: str) -> list[int]:
        """See `Task.encode`. Also raises `InputError` if the text is not an existing date."""
        ids = super().encode(text)
        if self.answer(ids) is None:
            raise InputError(
                "“{text}” is no date from 1900 to 2099 in a form that is known: Nov 20, 2026, "
                "20 November 2026, 20/11/2026 (day before month) or 2026年11月20日.",
                text=text.strip()[:60],
            )
        return ids


_IDS = Dates.src_vocabulary.ids
_LABELS = [Dates.src_vocabulary.label(index) for index in range(len(Dates.src_vocabulary))]
_DIGIT_OF = np.array([int(label) if label in DIGITS.words else -1 for label in _LABELS])
_MONTH_OF = np.array([SHORT_MONTHS.index(label[:3]) + 1 if label in NAMES else 0 for label in _LABELS])
_LONG = np.array([0, *(_IDS[name] for name in MONTHS)])
_SHORT = np.array([0, *(_IDS[name] for name in SHORT_MONTHS)])


def calendar(days: NDArray[np.datetime64]) -> tuple[Numbers, Numbers, Numbers]:
    """Year, month and day of the month: [N] -> three [N]."""
    months = days.astype("datetime64[M]")
    since_1970 = months.astype(np.int64)
    return since_1970 // 12 + 1970, since_1970 % 12 + 1, (days - months).astype(np.int64) + 1


def month_lengths(year: Numbers, month: Numbers) -> Numbers:
    """The number of days of each month, 0 if there is no such month: two [N] -> [N]."""
    exists = (month >= 1) & (month <= 12) & (year >= 1900) & (year <= 2099)
    start = np.where(exists, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    first, next_first = start.astype("datetime64[D]"), (start + 1).astype("datetime64[D]")
    days: Numbers = np.where(exists, (next_first - first).astype(np.int64), 0)
    return days


def write_dates(pattern: str, year: Numbers, month: Numbers, day: Numbers, long: Numbers) -> Ids:
    """Dates as source ids: four [N] -> [N, width]. `long` is 1 for full names and leading zeros."""
    zero = _IDS["0"]

    def token(word: str) -> Ids:
        return np.full((len(year), 1), _IDS[word])

    def two(number: Numbers) -> Ids:
        padded = digit_columns(number, 2, zero, padded=True)
        return np.where(long[:, None] == 1, padded, short(number))

    def short(number: Numbers) -> Ids:
        return digit_columns(number, 2, zero)

    four = digit_columns(year, 4, zero)
    name = np.where(long == 1, _LONG[month], _SHORT[month])[:, None]
    if pattern == "month_first":
        parts = [name, short(day), token(","), four]
    elif pattern == "day_first":
        parts = [short(day), name, four]
    elif pattern == "slashes":
        parts = [two(day), token("/"), two(month), token("/"), four]
    elif pattern == "chinese":
        parts = [four, token("年"), short(month), token("月"), short(day), token("日")]
    else:
        raise InputError("There is no pattern “{name}”.", name=pattern)
    columns = np.concatenate(parts, axis=1)
    return compact(np.pad(columns, ((0, 0), (0, Dates.max_length - columns.shape[1]))))


def _read(sources: Ids) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Year, month, day and the index of the pattern: [N, width] -> four [N]. Arbitrary if it is not a date.

    It collects the numbers between other tokens; a month name or 年 tells which of them is which.
    """
    rows = np.arange(len(sources))
    found = np.zeros((len(sources), 3), dtype=np.int64)
    place, month = np.zeros((2, len(sources)), dtype=np.int64)
    for column in sources.T:
        digit, now = _DIGIT_OF[column], found[rows, place]
        found[rows, place] = np.where(digit >= 0, np.minimum(now * 10 + digit, 10_000), now)
        place = np.minimum(place + ((digit < 0) & (column != PAD) & (now > 0)), 2)
        month = np.maximum(month, _MONTH_OF[column])
    first, second, third = found.T
    chinese, named = (sources == _IDS["年"]).any(axis=1), month > 0
    pattern = np.where(named, np.where(_MONTH_OF[sources[:, 0]] > 0, 0, 1), np.where(chinese, 3, 2))
    return (
        np.where(named, second, np.where(chinese, first, third)),
        np.where(named, month, second),
        np.where(chinese, third, first),
        pattern,
    )


def _is_long(sources: Ids) -> Numbers:
    """1 for rows with a full month name or with a leading zero, else 0: [N, width] -> [N]."""
    zero = sources == _IDS["0"]
    begins = np.ones_like(zero)
    begins[:, 1:] = sources[:, :-1] == _IDS["/"]
    long: Numbers = (np.isin(sources, _LONG[1:]) | (zero & begins)).any(axis=1).astype(np.int64)
    return long
