"""Titles of the exercises and of the parts of their pictures on screen."""

from transformer.exercises import Problem
from ui.i18n import t


def titles() -> dict[str, str]:
    """The titles of the exercises by name, in the order of the list."""
    return {
        "padding": t("Paint a padding mask"),
        "decoder_mask": t("Paint the decoder's mask"),
        "placement": t("Which mask goes where"),
        "broadcast": t("The shape of a sum"),
        "convert": t("Write a mask for PyTorch"),
        "softmax": t("Softmax with a masked score"),
        "position": t("The code of a position"),
        "shift": t("The decoder's input and target"),
        "beam": t("A step of beam search"),
        "look": t("Where will the head look?"),
    }


def axis_title(axis: str) -> str:
    """The title of an axis of a picture."""
    return {
        "sentence": t("sentence"),
        "head": t("head"),
        "query": t("query"),
        "key": t("key"),
        "sequence": t("sequence"),
        "number": t("number"),
        "choice": t("choice"),
    }[axis]


def column_title(column: str) -> str:
    """A column's heading: translated, or unchanged if it is a token."""
    return {
        "sum of log p": t("sum of log p"),
        "log p so far": t("log p so far"),
        "log p of the token": t("log p of the token"),
        "stays": t("stays"),
    }.get(column, column)


def truth(code: str) -> str:
    """What True means in a mask."""
    return {"keeps": t("True keeps"), "masks": t("True masks out"), "": ""}[code]


def what_to_do(problem: Problem) -> str:
    """How to enter the answer; empty if it is typed."""
    if problem.paint is None:
        return ""
    if problem.is_row:
        return t("Click the key in “{name}”.", name=problem.paint.name)
    return t("Click or drag over the cells of “{name}” that are True.", name=problem.paint.name)
