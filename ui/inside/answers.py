"""Answers to the questions that a part of the model raises, each with numbers of the pass on screen."""

from collections.abc import Callable

import torch
from torch import Tensor

from transformer.model.places import Attention, sublayer, sublayers
from transformer.model.vocabulary import EOS, PAD, SOS
from ui.fault_titles import mistake_title
from ui.frames.inside import attention, norm, parts
from ui.frames.inside.notebook import Notebook, Pass
from ui.i18n import figure, listed, sentences, t
from ui.masks import own_mask_title
from ui.questions import answer

Say = Callable[[Pass, str, int], str]


def draw(passed: Pass, part: str, layer: int) -> None:
    """The questions of a part, answered."""
    for key, said in _of_part(part).items():
        answer(key, said(passed, part, layer))


def _of_part(part: str) -> dict[str, Say]:
    name = part.rpartition(".")[2]
    if name.endswith("_attention"):
        if name == "cross_attention":
            return _ATTENTION | {"two_attentions": _two_attentions}
        reads_target = parts.stack_of(part) == "decoder"
        return {key: said for key, said in _ATTENTION.items() if key != "src_mask" or not reads_target}
    if name in ("norm", "norm1", "norm2"):
        return _NORM
    return _PARTS.get(part, {"module_list": _module_list} if name == "feed_forward" else {})


def _hyperparameters(passed: Pass, part: str, layer: int) -> str:
    config = passed.checkpoint.model.config
    return t(
        "Vocabulary sizes: {source} of the source, {target} of the target, as many rows as their embeddings "
        "have. embed_dim = {width}: numbers per token. num_layers = {layers}: blocks in each stack. heads = "
        "{heads}: attentions side by side, each {head} wide. feed_forward_dim = {wide}. PAD ids of source "
        "and target {pads}: what the masks hide. max_len = {longest}: positions there are codes for.",
        source=config.src_vocab_size,
        target=config.trg_vocab_size,
        width=config.embed_dim,
        layers=config.num_layers,
        heads=config.heads,
        head=config.head_dim,
        wide=config.feed_forward_dim,
        pads=listed([str(config.src_pad_idx), str(config.trg_pad_idx)]),
        longest=config.max_len,
    )


def _sos_eos(passed: Pass, part: str, layer: int) -> str:
    return t(
        "They are two tokens that stand for no word. SOS (id {sos}) gives the decoder something to read "
        "before there is any word. EOS (id {eos}) says that the answer is complete; without it, writing "
        "would never stop. All {count} targets here begin with SOS and end with EOS; the decoder reads them"
        " without their last token.",
        sos=SOS,
        eos=EOS,
        count=passed.trg_input.size(0),
    )


def _embedding(passed: Pass, part: str, layer: int) -> str:
    notebook = Notebook(passed)
    weight = notebook["model.encoder.embed.weight"]
    return t(
        "It picks rows: id {id} gives row {id} of a {shape} weight, the same as multiplying a one-hot "
        "vector with it. They are word vectors, learned here with everything else; int32 ids work too.",
        id=int(passed.src[0, 1]),
        shape=list(weight.shape),
    )


def _pe_slice(passed: Pass, part: str, layer: int) -> str:
    return t(
        "It takes the codes of the first {length} of {longest} positions, [1, {length}, {width}], and adds "
        "them to every sentence of [{batch}, {length}, {width}]. They are a buffer: stored with the model, "
        "not learned (unless positions are `learned`).",
        length=passed.src.size(1),
        longest=passed.checkpoint.model.config.max_len,
        width=passed.checkpoint.model.config.embed_dim,
        batch=passed.src.size(0),
    )


def _four_lines(passed: Pass, part: str, layer: int) -> str:
    trace = passed.trace
    return t(
        "`make_src_mask`: which source tokens are real, {src_mask}. `make_trg_mask`: which target tokens "
        "each place may see, {trg_mask}. `encode`: the source rewritten, {encoded}. `decode`: from target "
        "so far and encoded source to logits, {logits}.",
        src_mask=list(trace["encoder.0.self_attention.mask"].shape),
        trg_mask=list(trace["decoder.0.self_attention.mask"].shape),
        encoded=list(trace["encoder.output"].shape),
        logits=list(trace["decoder.logits"].shape),
    )


def _square(passed: Pass, part: str, layer: int) -> str:
    config = passed.checkpoint.model.config
    return t(
        "{heads} heads with {head} numbers each make {width} again, so the weight is {width} x {width}: "
        "{heads} projections of {width} x {head} side by side. Wider or narrower heads would do as well: "
        "`+ query` needs only that fc_out gives {width} numbers, and it does so for heads of any width.",
        heads=config.heads,
        head=config.head_dim,
        width=config.embed_dim,
    )


def _in_layer(part: str, layer: int) -> str:
    """The place of a part, which the map names after layer 0."""
    stack, _, name = part.split(".")
    return f"{stack}.{layer}.{name}"


def _at(passed: Pass, part: str, layer: int) -> attention.Place:
    return attention.place(passed.checkpoint.model.config, _in_layer(part, layer))


def _energy(passed: Pass, part: str, layer: int) -> str:
    at = _at(passed, part, layer)
    q, k, energy = (passed.trace[f"{at.name}.{name}"] for name in ("query", "key", "energy"))
    dot = float(q[0, 0, 0] @ k[0, 0, 0])
    return t(
        "`Q Kᵀ / √Dh`, head by head. Query 0 and key 0 of head 0: their {count} products add up to {dot}, "
        "divided by √{count} that is {energy}.",
        count=q.size(-1),
        dot=figure(dot, ".4g"),
        energy=figure(energy[0, 0, 0, 0].item(), ".4g"),
    )


def _qk_size(passed: Pass, part: str, layer: int) -> str:
    at = _at(passed, part, layer)
    q, k = passed.trace[f"{at.name}.query"], passed.trace[f"{at.name}.key"]
    return t(
        "Their last axis, yes: {q} and {k} meet over {width} numbers. Their lengths, no: {queries} queries, "
        "{keys} keys.",
        q=list(q.shape),
        k=list(k.shape),
        width=q.size(-1),
        queries=q.size(2),
        keys=k.size(2),
    )


def _contiguous(passed: Pass, part: str, layer: int) -> str:
    context = passed.trace[f"{_at(passed, part, layer).name}.context"]
    return t(
        "It puts the heads side by side again. The transpose only swaps strides, {before} to {after}; "
        "`view` needs neighbours in memory, so `contiguous` writes the numbers down in the new order first. "
        "With one query, as in a cached step, `view` works without it.",
        before=list(context.stride()),
        after=list(context.transpose(1, 2).stride()),
    )


def _fc_out(passed: Pass, part: str, layer: int) -> str:
    config = passed.checkpoint.model.config
    return t(
        "Side by side, head 0 only ever fills columns 0 to {last} of {width}. fc_out lets every output "
        "number draw on all {heads} heads.",
        last=config.head_dim - 1,
        width=config.embed_dim,
        heads=config.heads,
    )


def _src_mask(passed: Pass, part: str, layer: int) -> str:
    config = passed.checkpoint.model.config
    padded = t(
        "The batch is padded to {length} tokens; {count} of them are PAD (id {pad}).",
        length=passed.src.size(1),
        count=int((passed.src == PAD).sum()),
        pad=config.src_pad_idx,
    )
    if config.mistake in ("none", "no_causal_mask"):
        hides = t(
            "The mask says so, and no real token attends to them: what a sentence gives does not depend on "
            "how far it was padded."
        )
        return sentences(padded, hides)
    return sentences(
        padded,
        t(
            "The mask is there to hide them. This model was trained with a mistake ({mistake}): its real "
            "tokens attend to PAD, and what a sentence gives depends on how far it was padded.",
            mistake=mistake_title(config.mistake),
        ),
    )


def _masked_fill(passed: Pass, part: str, layer: int) -> str:
    weights = passed.trace[f"{_at(passed, part, layer).name}.weights"]
    mask = passed.trace[f"{_at(passed, part, layer).name}.mask"].expand_as(weights)
    mistaken = passed.checkpoint.model.config.mistake == "tiny_fill"
    return sentences(
        t("It overwrites the scores that may not count with -∞, so that exp makes them exactly 0."),
        t("This model was trained with a mistake: it overwrites them with 1e-20, and exp makes that 1.")
        if mistaken
        else "",
        _largest_masked(weights[~mask]),
        t("Filled after softmax, the rows would no longer add up to 1."),
    )


def _largest_masked(masked: Tensor) -> str:
    count, largest = masked.numel(), float(masked.amax()) if masked.numel() else 0.0
    if largest == 0:
        return t("Here all {count} masked weights are 0.", count=count)
    return t(
        "Here {count} weights are masked, and the largest of them is {largest}.",
        count=count,
        largest=figure(largest, "g"),
    )


def _two_attentions(passed: Pass, part: str, layer: int) -> str:
    return t(
        "The first looks at what has been written ({target} tokens) and needs a causal mask; here it has: "
        "{own}. The second looks at what was read ({source} tokens; mask: {cross}): queries from the "
        "decoder, keys and values from the encoder.",
        own=own_mask_title(Attention.SELF, passed.checkpoint.model.config.mistake),
        cross=own_mask_title(Attention.CROSS, passed.checkpoint.model.config.mistake),
        target=passed.trg_input.size(1),
        source=passed.src.size(1),
    )


def _residual(passed: Pass, part: str, layer: int) -> str:
    config = passed.checkpoint.model.config
    if parts.is_in_layer(part):
        one = sublayer(config, _in_layer(part, layer))
        before, total = passed.trace[one.entered], passed.trace[one.total]
    else:  # the last norm of a pre-norm stack has no residual sum
        before = total = passed.trace[norm.last(config, parts.stack_of(part)).given]
    alike = float(torch.nn.functional.cosine_similarity(before, total, dim=-1).mean())
    return t(
        "So that the part only has to give the change, and the gradient can bypass it. After the sum a "
        "vector still points roughly where the query pointed: their mean cosine is {cosine}.",
        cosine=figure(alike, ".2f"),
    )


def _layer_norm(passed: Pass, part: str, layer: int) -> str:
    config = passed.checkpoint.model.config
    if parts.is_in_layer(part):
        place = sublayer(config, _in_layer(part, layer)).norm_given
    else:
        place = norm.last(config, parts.stack_of(part)).given
    numbers = passed.trace[place][0, 0]
    return t(
        "It brings each token's {width} numbers to mean 0 and variance 1. Token 0 had mean {mean} and "
        "variance {variance}. Regularisation is another thing: it keeps weights small or outputs unsure, so "
        "that the model does not learn by heart; LayerNorm keeps numbers in range, so that it learns at all.",
        width=config.embed_dim,
        mean=figure(float(numbers.mean()), ".3f"),
        variance=figure(float(numbers.var(unbiased=False)), ".3f"),
    )


def _distributions(passed: Pass, part: str, layer: int) -> str:
    config = passed.checkpoint.model.config
    stack = parts.stack_of(part)
    places = [sublayers(config, stack, i)[-1].normed for i in range(config.num_layers)]
    spreads = listed(figure(passed.trace[place].std().item(), ".2f") for place in places)
    return t(
        "No: a learned weight and bias follow, for each of the {width} places. The spread after the last "
        "norm of each layer here: {spreads}.",
        width=config.embed_dim,
        spreads=spreads,
    )


def _module_list(passed: Pass, part: str, layer: int) -> str:
    config = passed.checkpoint.model.config
    layers = config.num_layers
    stack = parts.stack_of(part)
    networks = (sublayers(config, stack, i)[-1].module for i in (0, layers - 1))
    first, last = (passed.checkpoint.model.get_parameter(f"{path}.0.weight") for path in networks)
    if layers == 1:
        return t(
            "A list of blocks, each with weights of its own, which the list registers, so that the optimiser "
            "finds them. This model has one block only."
        )
    return t(
        "{layers} blocks with weights of their own, and the list registers them, so that the optimiser "
        "finds them. First and last layer's weights here differ by up to {difference}. ([block] * {layers} "
        "would be one block {layers} times.)",
        layers=layers,
        difference=figure((first - last).abs().max().item(), ".2f"),
    )


def _long(passed: Pass, part: str, layer: int) -> str:
    return t(
        "Cross-entropy picks, of {words} log-probabilities at a place, that of the right token: its id is "
        "an index, and an index is a whole number. The targets here are `{dtype}`, which is what `.long()` "
        "gives.",
        words=passed.checkpoint.model.config.trg_vocab_size,
        dtype=str(passed.trg_target.dtype),
    )


_ATTENTION: dict[str, Say] = {
    "square": _square,
    "energy": _energy,
    "qk_size": _qk_size,
    "src_mask": _src_mask,
    "masked_fill": _masked_fill,
    "contiguous": _contiguous,
    "fc_out": _fc_out,
}
_NORM: dict[str, Say] = {
    "residual": _residual,
    "layer_norm": _layer_norm,
    "distributions": _distributions,
}
_PARTS: dict[str, dict[str, Say]] = {
    "src": {"hyperparameters": _hyperparameters},
    "trg": {"sos_eos": _sos_eos},
    "encoder.embedding": {"embedding": _embedding},
    "encoder.position": {"pe_slice": _pe_slice},
    "encoder.output": {"four_lines": _four_lines},
    "probabilities": {"long": _long},
}
