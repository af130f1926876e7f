"""Number words: "three hundred twelve" and "三百一十二" are both read as 3 1 2."""

import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from transformer.errors import InputError
from transformer.model.vocabulary import DIGITS, PAD, Vocabulary
from transformer.tasks.task import Ids, Task, compact, digit_columns, is_held_out

UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMERALS = "零一二三四五六七八九"

VALUES = {word: value for value, word in enumerate(UNITS)}
VALUES |= {word: 20 + 10 * place for place, word in enumerate(TENS)}
VALUES |= {numeral: value for value, numeral in enumerate(NUMERALS)} | {"两": 2}
"""Words whose values are added: `twenty` `one` is 21."""

POWERS = {"hundred": 100, "thousand": 1000, "十": 10, "百": 100, "千": 1000}
"""Words that multiply the words before them."""

CHINESE = frozenset(NUMERALS) | frozenset("两十百千")
HIGHEST = 9999


class Words(Task):
    """Write a number's digits.

    In English, `and` after the hundreds is optional; in Chinese, 两 may replace 二 before 百 and 千. Training
    has all these spellings. A held-out number is held out in every spelling.
    """

    name = "words"
    src_vocabulary = Vocabulary((*dict.fromkeys([*UNITS, *TENS, "hundred", "thousand", "and"]),
                                 *NUMERALS, *"两十百千"))  # fmt: skip
    trg_vocabulary = DIGITS
    patterns = ("english", "chinese")
    max_length = 7
    longest_target = 4
    examples = ("three hundred twelve", "两千零五")

    def draw(self, pattern: str, count: int, rng: np.random.Generator) -> Ids:
        """Random numbers of one to four digits, each length equally likely, in random spellings."""
        digits = rng.integers(1, 5, count)
        numbers = rng.integers(np.where(digits == 1, 0, 10 ** (digits - 1)), 10**digits)
        table = _spellings(pattern)
        return table[rng.integers(0, len(table), count), numbers]

    def answers(self, sources: Ids) -> Ids:
        """The number's digits."""
        numbers = self.numbers(sources)
        return compact(np.where(numbers[:, None] >= 0, digit_columns(numbers, 4, DIGITS.ids["0"]), PAD))

    def numbers(self, sources: Ids) -> NDArray[np.int64]:
        """The numbers that the words spell, -1 if they spell none up to 9999: [N, width] -> [N]."""
        numbers = np.minimum(_add_up(sources), HIGHEST)
        width = self.max_length
        padded = np.pad(sources, ((0, 0), (0, max(width - sources.shape[1], 0))))
        spelled = (padded[:, width:] == PAD).all(axis=1)
        spellings = np.concatenate([_spellings(pattern)[:, numbers] for pattern in self.patterns])
        spelled &= (spellings == padded[:, :width]).all(axis=2).any(axis=0)
        return np.where(spelled, numbers, -1)

    def holds_out(self, sources: Ids) -> NDArray[np.bool_]:
        """Whether each number is held out, in whatever spelling; never one from 0 to 19."""
        numbers = _add_up(sources)
        return is_held_out(numbers[:, None]) & (numbers >= len(UNITS))

    def tokenize(self, text: str) -> list[str]:
        """English words in any case, with hyphens or blanks between them; Chinese characters.

        〇, 兩 and a leading 一十 are read as 零, 两 and 十.
        """
        text = unicodedata.normalize("NFKC", text).lower()
        for typed, meant in (("-", " "), (",", " "), ("〇", "零"), ("兩", "两")):
            text = text.replace(typed, meant)
        spaced = "".join(f" {char} " if char in CHINESE else char for char in text)
        words = spaced.split()
        return words[1:] if words[:2] == ["一", "十"] else words

    def join(self, words: Sequence[str]) -> str:
        """Text with blanks between words, except between Chinese numerals."""
        return ("" if all(word in CHINESE for word in words) else " ").join(words)

    def encode(self, text: str) -> list[int]:
        """See `Task.encode`. Also raises `InputError` if the words do not spell a number."""
        ids = super().encode(text)
        if self.answer(ids) is None:
            raise InputError(
                "“{text}” is no number from 0 to 9999 as one spells it; type something like {example}.",
                text=text.strip()[:60],
                example=self.example,
            )
        return ids


_IDS = Words.src_vocabulary.ids
_LABELS = [Words.src_vocabulary.label(index) for index in range(len(Words.src_vocabulary))]
_VALUE_OF = np.array([VALUES.get(label, 0) for label in _LABELS])
_POWER_OF = np.array([POWERS.get(label, 0) for label in _LABELS])


def _add_up(sources: Ids) -> NDArray[np.int64]:
    """The value of the words, by one rule for both languages: [N, width] -> [N].

    Values are added, and a power multiplies the sum since the last power, or 1 if there is none, as in 十二.
    """
    total, since = np.zeros((2, len(sources)), dtype=np.int64)
    for column in sources.T:
        power = _POWER_OF[column]
        total = np.where(power > 0, total + np.maximum(since, 1) * power, total)
        since = np.where(power > 0, 0, since + _VALUE_OF[column])
    return total + since


@cache
def _spellings(pattern: str) -> Ids:
    """All numbers in all spellings of a language: [spellings, 10000, width]."""
    spell = {"english": spell_english, "chinese": spell_chinese}.get(pattern)
    if spell is None:
        raise InputError("There is no pattern “{name}”.", name=pattern)
    table = np.full((2 if pattern == "english" else 4, HIGHEST + 1, Words.max_length), PAD, dtype=np.int64)
    for variant in range(len(table)):
        for number in range(HIGHEST + 1):
            words = spell(number, variant)
            table[variant, number, : len(words)] = [_IDS[word] for word in words]
    return table


def spell_english(number: int, variant: int = 0) -> list[str]:
    """The words of a number up to 9999; variant 1 has `and`, as in `three hundred and twelve`."""
    if number >= 1000:
        thousands = [UNITS[number // 1000], "thousand"]
        rest = number % 1000
        link = ["and"] if variant and 0 < rest < 100 else []
        return thousands + link + (spell_english(rest, variant) if rest else [])
    if number >= 100:
        rest = number % 100
        link = ["and"] if variant and rest else []
        return [UNITS[number // 100], "hundred"] + link + (spell_english(rest) if rest else [])
    if number < 20:
        return [UNITS[number]]
    return [TENS[number // 10 - 2]] + ([UNITS[number % 10]] if number % 10 else [])


def spell_chinese(number: int, variant: int = 0) -> list[str]:
    """The characters of a number up to 9999; variants 1 and 3 use 两百, variants 2 and 3 use 两千.

    Zeros between other digits become a single 零, those at the end are omitted; 10 to 19 begin with 十.
    """
    if number == 0:
        return ["零"]
    words: list[str] = []
    for power, name, use_liang in (
        (1000, "千", variant & 2),
        (100, "百", variant & 1),
        (10, "十", 0),
        (1, "", 0),
    ):
        digit = number // power % 10
        if digit == 0:
            if words and words[-1] != "零":
                words.append("零")
            continue
        if not (power == 10 and number < 20):
            words.append("两" if use_liang and digit == 2 else NUMERALS[digit])
        if name:
            words.append(name)
    return words[:-1] if words[-1] == "零" else words
