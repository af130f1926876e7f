"""Token ids as the tokens of a strip."""

from collections.abc import Sequence

from transformer import PAD, Vocabulary
from transformer.grid.views import Kind
from transformer.model.vocabulary import SPECIALS
from ui.i18n import t
from ui.tensor_grid import Token

NOTHING = Token(" ", "dimmed")
"""A place where nothing stands (yet)."""


def kind(token: int) -> Kind:
    """How an id is drawn that is neither right nor wrong."""
    if token == PAD:
        return "pad"
    return "special" if token < len(SPECIALS) else "plain"


def plain(vocabulary: Vocabulary, token: int, note: str = "") -> Token:
    """An id as it is."""
    return Token(vocabulary.label(token), kind(token), note)


def judged(vocabulary: Vocabulary, token: int, right: int | None) -> Token:
    """A written id beside the one expected there; None if nothing was."""
    if token == right:
        return Token(vocabulary.label(token), "right")
    note = t("expected nothing") if right is None else t("expected {token}", token=vocabulary.label(right))
    return Token(vocabulary.label(token), "wrong", note)


def numbers(count: int, now: int) -> tuple[Token, ...]:
    """A row of positions, the one that is looked at marked."""
    return tuple(Token(str(number), "chosen" if number == now else "dimmed") for number in range(count))


def filled(strip: Sequence[Token], width: int) -> tuple[Token, ...]:
    """A strip as long as the others above and below it: strips in columns must be of one length."""
    return (*strip, *[NOTHING] * (width - len(strip)))
