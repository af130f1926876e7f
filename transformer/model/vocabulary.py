"""Words and their ids. PAD, SOS and EOS have the same ids in every vocabulary."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

PAD, SOS, EOS = 0, 1, 2
"""Padding (fills short rows of a batch), start of sequence, end of sequence."""

SPECIALS = ("PAD", "SOS", "EOS")


def until_eos(ids: Sequence[int]) -> list[int]:
    """The ids up to and including the first EOS; all of them if there is none."""
    whole = list(ids)
    return whole[: whole.index(EOS) + 1] if EOS in whole else whole


@dataclass(frozen=True)
class Vocabulary:
    """The words of one language, in the order of their ids after the three special ones."""

    words: tuple[str, ...]

    @cached_property
    def ids(self) -> dict[str, int]:
        """Word to id."""
        return {word: index for index, word in enumerate(self.words, start=len(SPECIALS))}

    def __len__(self) -> int:
        """V, including the three special tokens."""
        return len(self.words) + len(SPECIALS)

    @cached_property
    def _labels(self) -> tuple[str, ...]:
        return (*SPECIALS, *map(_told_apart, self.words))

    def label(self, index: int) -> str:
        """How one id is shown: `PAD`, `SOS`, `EOS`, or its word. No two ids have the same label.

        A word that looks like a special token is put in quotation marks: `"EOS"`.
        """
        return self._labels[index]

    def labels(self, ids: Iterable[int]) -> list[str]:
        """`label` of each id."""
        return [self.label(index) for index in ids]

    def strip(self, ids: Sequence[int]) -> list[str]:
        """The words before the first EOS, without SOS and PAD."""
        return [self.words[index - len(SPECIALS)] for index in until_eos(ids) if index not in (PAD, SOS, EOS)]


def _told_apart(word: str) -> str:
    """The word, in quotation marks if it differs from a special token at most in punctuation.

    A word that already has quotation marks gets another pair, so that labels stay distinct.
    """
    letters = filter(str.isalnum, unicodedata.normalize("NFKC", word))  # full-width ones are letters, too
    return f'"{word}"' if "".join(letters) in SPECIALS else word


DIGITS = Vocabulary(tuple("0123456789"))
"""Digits 0 to 9 have the ids 3 to 12, so that none of them is mistaken for PAD."""
