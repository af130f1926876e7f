"""Which notebook opens which box of the architecture map."""

from dataclasses import replace

from transformer.model.places import StackName, sublayer
from ui.architecture_map import Architecture, Link, Part, Stack
from ui.frames import overview
from ui.frames.inside import attention, embedding, feed_forward, norm, output
from ui.frames.inside.notebook import Pass
from ui.i18n import t
from ui.pages import INSIDE
from ui.tensor_grid import Frame


def stack_of(part: str) -> StackName:
    """`encoder` or `decoder`, for a part's name."""
    return "encoder" if part == "src" or part.startswith("encoder") else "decoder"


def is_in_layer(part: str) -> bool:
    """Whether every layer has this part; the map names it after layer 0."""
    return ".0." in part


def architecture(passed: Pass) -> Architecture:
    """The map with the shapes of a pass; each box opens its notebook."""
    shapes = {name: tuple(tensor.shape) for name, tensor in passed.trace.items()}
    shapes |= {
        "src": tuple(passed.src.shape),
        "trg": tuple(passed.trg_input.shape),
        "probabilities": shapes["decoder.logits"],
    }
    seen = overview.Tour("", passed.checkpoint.model.config, (), (), shapes)
    drawn = overview.architecture(seen)
    return Architecture(_opening(drawn.encoder), _opening(drawn.decoder))


def _opening(stack: Stack) -> Stack:
    def opening(parts: tuple[Part, ...]) -> tuple[Part, ...]:
        link = Link(INSIDE, hint=t("Opens this part."))
        return tuple(replace(part, link=link) for part in parts)

    return replace(
        stack, before=opening(stack.before), layer=opening(stack.layer), after=opening(stack.after)
    )


def order(drawn: Architecture) -> list[str]:
    """The parts' names in the order in which a pass reaches them."""
    return [part.name for part in drawn.parts]


def frames(passed: Pass, part: str, layer: int) -> list[Frame]:
    """The frames of a part; `layer` chooses among the layers if every layer has it."""
    config = passed.checkpoint.model.config
    stack, name = stack_of(part), part.rpartition(".")[2]
    if name in ("src", "trg"):
        return embedding.tokens(passed, stack)
    if name in ("embedding", "position"):
        return (embedding.lookup if name == "embedding" else embedding.position)(passed, stack)
    if name.endswith("_attention"):
        return attention.frames(passed, attention.place(config, f"{stack}.{layer}.{name}"))
    if name == "feed_forward":
        return feed_forward.frames(passed, stack, layer)
    if part == f"{stack}.norm":
        return norm.norm(passed, norm.last(config, stack))
    if name.startswith(("norm", "residual")):
        one = sublayer(config, f"{stack}.{layer}.{name}")
        residual, normed = norm.residual(passed, one), norm.norm(passed, norm.of_sublayer(one))
        if one.is_pre_norm:
            return normed if name.startswith("norm") else residual
        return residual + normed
    return {"output": output.memory, "logits": output.logits, "probabilities": output.probabilities}[name](
        passed
    )
