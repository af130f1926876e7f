"""What all views of broadcasting share: aligned shapes, facts about storage, the stretching of an axis.

Making a frame runs its code, and the drawn tensors are those that the code defined. A view's name is an
expression: evaluated after the code of all frames so far, it gives the drawn tensor.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from transformer.experiments.broadcasting import Script, Shape, Storage, Verdict, align, broadcast, stretches
from transformer.grid.views import Kind
from ui.i18n import t
from ui.tensor_grid import Frame, Operand, TensorView, Token

Strips = tuple[tuple[str, tuple[Token, ...]], ...]
Draw = Callable[..., TensorView]
"""`draw(name, values, *operands)` makes the view of a tensor, with its labels and scale."""


@dataclass(frozen=True)
class Named:
    """The expression that gives a tensor of a script, and the tensor's shape."""

    name: str
    shape: Shape


def alignment(first: Named, second: Named, axes: Sequence[str]) -> Strips:
    """Two shapes one above the other, aligned from the right, with a verdict and the result on each axis."""
    aligned = align(first.shape, second.shape)
    result = broadcast(first.shape, second.shape)
    return (
        (t("axis"), tuple(Token(_axis(name)) for name in axes[len(axes) - len(aligned) :])),
        (first.name, _sizes([axis.sizes[0] for axis in aligned])),
        (second.name, _sizes([axis.sizes[1] for axis in aligned])),
        (t("verdict"), tuple(Token(verdict(axis.verdict), _KINDS[axis.verdict]) for axis in aligned)),
        (t("result"), _sizes([axis.result for axis in aligned], none="✗") if not result else _sizes(result)),
    )


def _axis(letter: str) -> str:
    """The letter of an axis, followed by what it counts if it is an axis of the scores."""
    words = {"B": t("sentence"), "N": t("sentence"), "H": t("head"), "L": t("query"), "S": t("key")}
    return f"{letter} {words[letter]}" if letter in words else letter


_KINDS: dict[Verdict, Kind] = {
    "equal": "right",
    "stretched": "chosen",
    "missing": "chosen",
    "incompatible": "wrong",
}


def verdict(found: Verdict) -> str:
    """A verdict in words."""
    return {
        "equal": t("equal"),
        "stretched": t("stretched"),
        "missing": t("missing, counts as 1"),
        "incompatible": t("incompatible"),
    }[found]


def _sizes(sizes: Sequence[int | None], none: str = "–") -> tuple[Token, ...]:
    return tuple(Token(none if size is None else str(size)) for size in sizes)


def facts(tensor: Tensor, copied: Tensor | None = None) -> tuple[tuple[str, str], ...]:
    """Labels and values for the shape, type and storage of a tensor, and for the storage of `copied`.

    `copied` is the same tensor made by `repeat`, to compare `expand` with.
    """
    own = Storage.of(tensor)
    stored = _stored(own)
    if copied is not None:
        beside = zip(stored, _stored(Storage.of(copied)), strict=True)
        stored = [(label, f"expand: {one}\nrepeat: {other}") for (label, one), (_, other) in beside]
    return (
        (t("shape"), str(list(own.shape))),
        (t("type"), str(tensor.dtype).removeprefix("torch.")),
        (t("elements, logical"), f"{own.logical:,}"),
        *stored,
    )


def _stored(storage: Storage) -> list[tuple[str, str]]:
    return [
        (t("stride"), str(storage.stride)),
        (t("elements, stored"), f"{storage.stored:,}"),
        (t("bytes, stored"), f"{storage.bytes:,}"),
    ]


@dataclass(frozen=True)
class Stretch:
    """The texts about the stretching of one axis."""

    variable: str
    """The name of the stretched tensor."""
    title: str
    caption: str


def stretched(
    script: Script,
    stored: Named,
    other: Named,
    axes: Sequence[str],
    draw: Draw,
    words: Callable[[int], Stretch],
) -> Iterator[Frame]:
    """One frame for each axis on which `stored` is stretched to fit `other`, from the right."""
    target = broadcast(stored.shape, other.shape) or ()
    before = stored.name
    for back, shape in stretches(stored.shape, target):
        said = words(back)
        code = script.run(_stretching_code(script, said.variable, before, shape))
        tensor = script[said.variable]
        yield Frame(
            title=said.title,
            tokens=alignment(Named(said.variable, shape), other, axes),
            in_columns=True,
            tensors=(
                draw(stored.name, script[stored.name]),
                draw(said.variable, tensor, Operand(stored.name, script[stored.name].numpy())),
            ),
            caption=said.caption,
            code=code,
            facts=facts(tensor, script["copied"]),
            name=said.variable,
        )
        before = said.variable


def _stretching_code(script: Script, variable: str, before: str, shape: Shape) -> str:
    own = (*[1] * (len(shape) - script[before].dim()), *script[before].shape)
    times = [size // had for size, had in zip(shape, own, strict=True)]
    expand = f"{variable} = {before}.expand({_listed(shape)})"
    repeat = f"copied = {before}.repeat({_listed(times)})"
    return f"# a view: nothing is copied\n{expand}\n# the same values, copied in memory\n{repeat}"


def _listed(sizes: Sequence[int]) -> str:
    return ", ".join(str(size) for size in sizes)


def letters(rank: int) -> tuple[str, ...]:
    """Index letters for axes without a meaning; the last axis always has the same letter."""
    return tuple("ghijkl"[6 - rank :])


def axis_names(rank: int) -> tuple[str, ...]:
    """Names of axes without a meaning: index letter and place from the right, such as `l (-1)`."""
    return tuple(f"{letter} ({place})" for letter, place in zip(letters(rank), range(-rank, 0), strict=True))
