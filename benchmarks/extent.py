"""The extent of the measurements: complete, unless the command line asks for less."""

share = 1.0
"""Share of the rounds and seconds; results are recorded only if it is 1."""

only = ""
"""Text that the name of a figure must contain, in benchmarks that can skip figures."""


def rounds(count: int) -> int:
    """The share of `count` rounds, at least two, so that there is a median."""
    return max(2, round(share * count))


def seconds(length: float) -> float:
    """The share of a time in seconds."""
    return share * length


def is_wanted(name: str) -> bool:
    """Whether a figure is to be measured."""
    return only in name
