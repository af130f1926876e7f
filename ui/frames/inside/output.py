"""Inside the output: logits, probabilities, and the loss that training minimises."""

from ui import inputs
from ui.frames.inside.notebook import Notebook, Pass
from ui.i18n import figure, t
from ui.tensor_grid import Frame, Scale, Token


def memory(passed: Pass) -> list[Frame]:
    """The encoder's output: keys and values of every cross-attention."""
    notebook = Notebook(passed, "output")
    code = notebook.cell("memory")
    return [
        Frame(
            t("the encoder's output"),
            (notebook.vectors("memory", "source"),),
            t(
                "The source, every token rewritten in the light of all others. It is computed once; each of "
                "the decoder's {layers} layers makes its own keys and values of it.",
                layers=notebook.config.num_layers,
            ),
            code,
            facts=notebook.facts("memory"),
        )
    ]


def logits(passed: Pass) -> list[Frame]:
    """`fc_out`: one number for each word of the target vocabulary."""
    notebook = Notebook(passed, "output")
    code = notebook.cell("logits") + notebook.compare("logits", "decoder.logits")
    reads = (("x", (0, 1, None)), ("weight", (2, None)), ("bias", (2,)))
    return [
        Frame(
            t("one logit for each word"),
            (
                notebook.vectors("x", "target"),
                notebook.words(notebook.vectors("logits", "target", reads=reads, formula="{0·1} + {2}")),
            ),
            t(
                "The decoder's output is logits, not probabilities: any numbers, here from {low} to {high}. "
                "The largest of a row is the model's choice.",
                low=figure(notebook.number("logits.min()"), ".1f"),
                high=figure(notebook.number("logits.max()"), ".1f"),
            ),
            code,
            facts=notebook.facts("weight", "logits") + notebook.rounding(),
        )
    ]


def probabilities(passed: Pass) -> list[Frame]:
    """softmax over the vocabulary, then the loss."""
    notebook = Notebook(passed, "output")
    return [_softmax(notebook), _loss(notebook).named("loss")]


def _softmax(notebook: Notebook) -> Frame:
    code = notebook.cell("softmax")
    return Frame(
        t("softmax: next token"),
        (
            notebook.words(notebook.vectors("logits", "target")),
            notebook.words(
                notebook.vectors(
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
        facts=notebook.facts("probabilities"),
    )


def _loss(notebook: Notebook) -> Frame:
    code = notebook.cell("loss")
    labels = inputs.labels(notebook.passed.checkpoint, notebook.passed.trg_target, target=True)
    widest = Scale("sequential", 0.0, Scale.spanning(notebook["loss_each"].numpy()).high or 1.0)
    pad = t("PAD: not counted")
    return Frame(
        t("the loss"),
        (
            notebook.view("probability", axes="BL", scale=Scale.unit(), masked="real", hatched=pad),
            notebook.view(
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
            loss=figure(notebook.number("loss"), ".2g"),
        ),
        code,
        tokens=tuple(
            (t("sentence {n}", n=n), tuple(Token(label) for label in row)) for n, row in enumerate(labels)
        ),
        facts=notebook.facts("trg_target") + notebook.rounding(),
    )
