"""Inside the exit: logits, probabilities, and the loss that training makes small."""

from ui import inputs
from ui.frames.inside.lesson import Lesson, Pass
from ui.i18n import figure, t
from ui.tensor_grid import Frame, Scale, Token


def memory(passed: Pass) -> list[Frame]:
    """The encoder's output: keys and values of every cross-attention."""
    lesson = Lesson(passed)
    code = lesson.run('memory = trace["encoder.output"]  # [B, S, D]')
    return [
        Frame(
            t("the encoder's output"),
            (lesson.vectors("memory", "source"),),
            t(
                "The source, every token rewritten in the light of all others. It is computed once; each of "
                "the decoder's {layers} layers makes its own keys and values of it.",
                layers=lesson.config.num_layers,
            ),
            code,
            facts=lesson.facts("memory"),
        )
    ]


def logits(passed: Pass) -> list[Frame]:
    """`fc_out`: one number for each word of the target vocabulary."""
    lesson = Lesson(passed)
    code = lesson.run(
        "fc_out = model.decoder.fc_out\n"
        "weight, bias = fc_out.weight, fc_out.bias  # [V, D], [V]\n"
        'x = trace["decoder.output"]  # [B, L, D]\n'
        "logits = fc_out(x)  # [B, L, V]\n"
    ) + lesson.compare("logits", "decoder.logits")
    reads = (("x", (0, 1, None)), ("weight", (2, None)), ("bias", (2,)))
    return [
        Frame(
            t("one logit for each word"),
            (
                lesson.vectors("x", "target"),
                lesson.words(lesson.vectors("logits", "target", reads=reads, formula="{0·1} + {2}")),
            ),
            t(
                "The decoder's output is logits, not probabilities: any numbers, here from {low} to {high}. "
                "The largest of a row is the model's choice.",
                low=figure(lesson.number("logits.min()"), ".1f"),
                high=figure(lesson.number("logits.max()"), ".1f"),
            ),
            code,
            facts=lesson.facts("weight", "logits") + lesson.rounding(),
        )
    ]


def probabilities(passed: Pass) -> list[Frame]:
    """softmax over the vocabulary, then the loss."""
    lesson = Lesson(passed)
    return [_softmax(lesson), _loss(lesson)]


def _softmax(lesson: Lesson) -> Frame:
    code = lesson.run(
        'logits = trace["decoder.logits"]  # [B, L, V]\n'
        "largest = logits.amax(dim=-1, keepdim=True)  # [B, L, 1], subtracted so that exp cannot overflow\n"
        "exponentials = (logits - largest).exp()\n"
        "total = exponentials.sum(dim=-1, keepdim=True)  # [B, L, 1]\n"
        "probabilities = exponentials / total  # [B, L, V]: logits.softmax(dim=-1)"
    )
    return Frame(
        t("softmax: next token"),
        (
            lesson.words(lesson.vectors("logits", "target")),
            lesson.words(
                lesson.vectors(
                    "probabilities",
                    "target",
                    scale=Scale.unit(),
                    reads=(("logits", None), ("largest", None), ("total", None)),
                    formula="exp({0} − {1}) / {2}",
                ),
            ),
        ),
        t(
            "Row by row the logits become probabilities that add up to 1. Row SOS tells the first token, "
            "from SOS alone."
        ),
        code,
        facts=lesson.facts("probabilities"),
    )


def _loss(lesson: Lesson) -> Frame:
    code = lesson.run(
        "import torch.nn.functional as F\n"
        "from transformer.experiments.finite import apart\n\n"
        "log_probabilities = logits.log_softmax(dim=-1)  # [B, L, V], even of one too small to be stored\n"
        "right = log_probabilities.gather(-1, trg_target.unsqueeze(-1)).squeeze(-1)  # [B, L]\n"
        "loss_each = -right  # [B, L]\n"
        "probability = right.exp()  # [B, L]\n"
        "real = trg_target != 0  # PAD is not counted: ignore_index\n"
        "loss = loss_each[real].mean()\n"
        "theirs = F.cross_entropy(logits.flatten(0, 1), trg_target.flatten(), ignore_index=0)\n"
        "difference = apart(loss, theirs)  # from PyTorch's own loss: rounding"
    )
    labels = inputs.labels(lesson.passed.checkpoint, lesson.passed.trg_target, target=True)
    widest = Scale("sequential", 0.0, Scale.spanning(lesson["loss_each"].numpy()).high or 1.0)
    pad = t("PAD: not counted")
    return Frame(
        t("the loss"),
        (
            lesson.view("probability", axes="BL", scale=Scale.unit(), masked="real", hatched=pad),
            lesson.view(
                "loss_each",
                axes="BL",
                scale=widest,
                masked="real",
                hatched=pad,
                reads=(("right", None),),
                formula="−({0})",
            ),
        ),
        t(
            "At each place: minus the logarithm of the probability that the right token got. Places whose "
            "target is PAD are left out; the mean of the rest is the loss, {loss} nats per token. All places "
            "are computed in one pass: that is what parallel means in training.",
            loss=figure(lesson.number("loss"), ".2g"),
        ),
        code,
        tokens=tuple(
            (t("sentence {n}", n=n), tuple(Token(label) for label in row)) for n, row in enumerate(labels)
        ),
        facts=lesson.facts("trg_target") + lesson.rounding(),
    )
