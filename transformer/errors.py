"""The error whose message is meant for the user: it says what is wrong and what would work."""

import errno
from collections.abc import Iterable

from transformer.limits import MAX_SHOWN


class InputError(ValueError):
    """Something the user gave cannot be used.

    The message is stored separately from its values, so that a page can translate it:
    `translate(error.message).format(**error.values)`.
    """

    def __init__(self, message: str, /, **values: object) -> None:
        """`message` is a literal with `{names}`; `values` fill them in."""
        super().__init__(message.format(**values))
        self.message = message
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the values when pickled or copied, which plain exceptions would lose."""
        return _rebuild, (self.message, self.values)


class Remark:
    """A message to the user that is not an error; `message` and `values` are as in `InputError`."""

    def __init__(self, message: str, /, **values: object) -> None:
        """`message` is a literal with `{names}`; `values` fill them in."""
        self.message = message
        self.values = values

    def __str__(self) -> str:
        """The message in English."""
        return self.message.format(**self.values)


class DamagedError(InputError):
    """A file is damaged, or was not written by this program."""


def unwritable(error: OSError) -> InputError:
    """The error to show if the system refuses to write a file."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return InputError("The disk is full, so nothing can be written. Free some space, then try again.")
    if error.errno == errno.EFBIG:
        return InputError("A file cannot be written: the system allows none as large as it would become.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return InputError("A file cannot be written: this program has no right to write into its folder.")
    reason = error.strerror or type(error).__name__
    return InputError("The run cannot be written to disk: {reason}.", reason=reason)


def brief(value: object) -> str:
    """The `repr` of a value, truncated, since values from files may be of any length."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number with thousands of digits; deeply nested lists
        text = type(value).__name__
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"


def brief_list(values: Iterable[object]) -> str:
    """`brief` of each value, joined by commas and truncated."""
    return ", ".join(map(brief, values))[:MAX_SHOWN]


def _rebuild(message: str, values: dict[str, object]) -> InputError:
    return InputError(message, **values)
