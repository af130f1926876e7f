"""Words and their ids. Three ids mean the same in every vocabulary: PAD, SOS and EOS."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

PAD, SOS, EOS = 0, 1, 2
"""Padding (fills short rows of a batch), start of sequence, end of sequence."""

SPECIALS = ("PAD", "SOS", "EOS")


def until_eos(ids: Sequence[int]) -> list[int]:
    """What stands up to the first EOS, that included; all of it where there is none."""
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
        """V, the three special tokens included."""
        return len(self.words) + len(SPECIALS)

    @cached_property
    def _labels(self) -> tuple[str, ...]:
        return (*SPECIALS, *map(_told_apart, self.words))

    def label(self, index: int) -> str:
        """How one id is written on screen: `PAD`, `SOS`, `EOS`, or its word. No two ids look the same.

        A word that looks like a special token stands between quotation marks: `"EOS"`.
        """
        return self._labels[index]

    def labels(self, ids: Iterable[int]) -> list[str]:
        """`label` of each id."""
        return [self.label(index) for index in ids]

    def strip(self, ids: Sequence[int]) -> list[str]:
        """The words alone: what stands before the first EOS, without SOS and PAD."""
        return [self.words[index - len(SPECIALS)] for index in until_eos(ids) if index not in (PAD, SOS, EOS)]


def _told_apart(word: str) -> str:
    """A word, between quotation marks if nothing but signs tells it from a special token.

    One that has quotation marks already gets another pair, so that no two words become one.
    """
    letters = filter(str.isalnum, unicodedata.normalize("NFKC", word))  # full-width ones are letters, too
    return f'"{word}"' if "".join(letters) in SPECIALS else word


DIGITS = Vocabulary(tuple("0123456789"))
"""Digits 0 to 9 have ids 3 to 12, so that none of them is mistaken for PAD."""
