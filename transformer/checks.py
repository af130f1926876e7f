"""What counts as a number where a program gives one: NumPy's are numbers too, True and False are none."""

from numbers import Integral, Real


def is_whole(value: object) -> bool:
    """Whether a value is a whole number: 3, but not 3.0, NaN or True."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether a value is a real number, NaN and infinity included."""
    return isinstance(value, Real) and not isinstance(value, bool)
