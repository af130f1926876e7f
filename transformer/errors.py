"""The one error that is meant for a person: it says what is wrong and what would do."""

import errno
from collections.abc import Iterable

from transformer.limits import MAX_SHOWN


class InputError(ValueError):
    """Something the user gave cannot be used.

    The message is kept apart from its values, so that a page can show it in another language:
    `translate(error.message).format(**error.values)`.
    """

    def __init__(self, message: str, /, **values: object) -> None:
        """`message` is a literal with `{names}`; `values` fill them in."""
        super().__init__(message.format(**values))
        self.message = message
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling and copying with the values, which plain exceptions lose."""
        return _rebuild, (self.message, self.values)


class Remark:
    """What a person is told that is no error; `message` and `values` as of an `InputError`."""

    def __init__(self, message: str, /, **values: object) -> None:
        """`message` is a literal with `{names}`; `values` fill them in."""
        self.message = message
        self.values = values

    def __str__(self) -> str:
        """In English."""
        return self.message.format(**self.values)


class DamagedError(InputError):
    """A file is not what was written, or nothing that this program writes."""


def unwritable(error: OSError) -> InputError:
    """What to tell a person whose files the system refuses to write."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return InputError("The disk is full, so nothing can be written. Free some space, then try again.")
    if error.errno == errno.EFBIG:
        return InputError("A file cannot be written: the system allows none as large as it would become.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return InputError("A file cannot be written: this program has no right to write into its folder.")
    reason = error.strerror or type(error).__name__
    return InputError("The run cannot be written to disk: {reason}.", reason=reason)


def brief(value: object) -> str:
    """A value as Python writes it, cut if it is long: what comes from a file may be of any length."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, lists in lists in lists
        text = type(value).__name__
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"


def brief_list(values: Iterable[object]) -> str:
    """`brief` of each, cut if they are many."""
    return ", ".join(map(brief, values))[:MAX_SHOWN]


def _rebuild(message: str, values: dict[str, object]) -> InputError:
    return InputError(message, **values)
