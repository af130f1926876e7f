"""Token ids as the tokens of a strip."""

from collections.abc import Sequence

from transformer import PAD, Vocabulary
from transformer.grid.views import Kind
from transformer.model.vocabulary import SPECIALS
from ui.i18n import t
from ui.tensor_grid import Token

NOTHING = Token(" ", "dimmed")
"""An empty place in a strip."""


def kind(token: int) -> Kind:
    """How an id is drawn if it is not judged right or wrong."""
    if token == PAD:
        return "pad"
    return "special" if token < len(SPECIALS) else "plain"


def plain(vocabulary: Vocabulary, token: int, note: str = "") -> Token:
    """An id as a token that is not judged."""
    return Token(vocabulary.label(token), kind(token), note)


def judged(vocabulary: Vocabulary, token: int, right: int | None) -> Token:
    """A written id, marked right or wrong; `right` is the expected id, None if nothing was expected."""
    if token == right:
        return Token(vocabulary.label(token), "right")
    note = t("expected nothing") if right is None else t("expected {token}", token=vocabulary.label(right))
    return Token(vocabulary.label(token), "wrong", note)


def numbers(count: int, now: int) -> tuple[Token, ...]:
    """A strip of the positions 0 to `count` - 1, with `now` marked."""
    return tuple(Token(str(number), "chosen" if number == now else "dimmed") for number in range(count))


def filled(strip: Sequence[Token], width: int) -> tuple[Token, ...]:
    """A strip filled up to `width` tokens: strips in columns must be equally long."""
    return (*strip, *[NOTHING] * (width - len(strip)))
