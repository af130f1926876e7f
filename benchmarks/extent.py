"""How much is measured: all of it, unless the command line asks for less."""

share = 1.0
"""Of the rounds and seconds; figures of less than all of them are not recorded."""

only = ""
"""What the name of a figure has to contain, where a benchmark can leave others out."""


def rounds(count: int) -> int:
    """So many of `count` rounds, at least two: of one there is no median."""
    return max(2, round(share * count))


def seconds(length: float) -> float:
    """So much of a time."""
    return share * length


def is_wanted(name: str) -> bool:
    """Whether a figure is to be measured."""
    return only in name
