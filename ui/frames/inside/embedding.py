"""Inside the embedding: tokens become ids, ids pick rows of a weight, the position's code is added."""

from dataclasses import replace

from transformer.model.places import SIDES, StackName, TokenSide
from transformer.model.vocabulary import DIGITS, PAD
from ui import inputs
from ui.frames.inside.notebook import Notebook, Pass, traced
from ui.i18n import t
from ui.tensor_grid import Frame, Scale, Token

IDS: dict[StackName, str] = {"encoder": "src", "decoder": "trg_input"}
LETTERS: dict[TokenSide, str] = {"source": "S", "target": "L"}


def tokens(passed: Pass, stack: StackName) -> list[Frame]:
    """The ids that enter a stack."""
    side, ids = SIDES[stack], IDS[stack]
    notebook = Notebook(passed, "embedding")
    dtype = str(notebook[ids].dtype).removeprefix("torch.")
    code = notebook.cell("ids", tokens=f"{ids}  # [B, {LETTERS[side]}], {dtype}")
    caption = t(
        "Each word has a whole number, its id: PAD is 0, SOS 1, EOS 2, then the words. Shorter sentences are "
        "filled up with PAD, so that all fit into one tensor."
    )
    if side == "target":
        caption = t(
            "The decoder reads the right answer without its last token and has to write it without its "
            "first: at each position, the next token."
        )
    strips = tuple(
        (t("sentence {n}", n=n), tuple(Token(label) for label in labels))
        for n, labels in enumerate(inputs.labels(passed.checkpoint, notebook[ids], target=side == "target"))
    )
    view = notebook.view("tokens", axes="BL" if side == "target" else "BS", scale=_ids(notebook))
    ids_frame = Frame(
        t("tokens as ids"), (view,), caption, code, tokens=strips, facts=notebook.facts("tokens")
    )
    return [ids_frame, _vocabulary(notebook, side), *([_shift(notebook)] if side == "target" else [])]


def _vocabulary(notebook: Notebook, side: TokenSide) -> Frame:
    """Every word with its id."""
    size = "trg_vocab_size" if side == "target" else "src_vocab_size"
    code = notebook.cell("vocabulary", ids=f"torch.arange(model.config.{size}).unsqueeze(0)")
    words = inputs.vocabulary_labels(notebook.passed.checkpoint, target=side == "target")
    view = replace(
        notebook.view("ids", axes="1V", scale=Scale("sequential", 0.0, float(len(words)))),
        column_labels=words,
    )
    return Frame(
        t("the vocabulary"),
        (view,),
        t(
            "All {V} words this side of the model knows, each above its id. The first three are no words: "
            "PAD fills up, SOS begins, EOS ends.",
            V=len(words),
        ),
        code,
        facts=notebook.facts("ids"),
    )


def _shift(notebook: Notebook) -> Frame:
    """The notes' example of input and target, in the ids of this project's digits."""
    code = notebook.cell("shift")
    shown = ("trg", "read", "write")
    strips = tuple(
        (name, tuple(Token(label) for label in DIGITS.labels(notebook[name][0].tolist()))) for name in shown
    )
    scale = Scale("sequential", 0.0, float(len(DIGITS)))
    return Frame(
        t("the shift, by hand"),
        tuple(notebook.view(name, axes="BL", scale=scale) for name in shown),
        t(
            "An example: one target, cut twice. Below each token that is read stands the one to be "
            "written after it."
        ),
        code,
        tokens=strips,
    )


def _ids(notebook: Notebook) -> Scale:
    return Scale("sequential", 0.0, float(notebook["tokens"].max().item() or 1))


def lookup(passed: Pass, stack: StackName) -> list[Frame]:
    """`nn.Embedding`: a row of the weight for each id."""
    side, ids = SIDES[stack], IDS[stack]
    notebook = Notebook(passed, "embedding")
    embed = passed.checkpoint.model.get_submodule(stack).embed
    code = notebook.cell(
        "lookup",
        embed=f"model.{stack}.embed  # {embed!r}",
        scale=f"model.{stack}.scale",
        x=f"weight[{ids}] * scale",
    ) + notebook.compare("x", f"{stack}.embedding")
    zeros = int((notebook["weight"][PAD] == 0).all())
    caption = t(
        "nn.Embedding({V}, {D}) is a table with one row of {D} numbers for each of {V} words; an id picks "
        "its row. They start at random and are learned with the rest: word vectors of this task alone.",
        V=notebook["weight"].size(0),
        D=notebook["weight"].size(1),
    )
    if zeros:
        caption += "\n" + t(
            "`padding_idx` keeps the row of PAD at zero. That does not make padding harmless: with its "
            "position added it is not zero any more. Only the mask hides it."
        )
    words = inputs.vocabulary_labels(passed.checkpoint, target=side == "target")
    table = replace(notebook.view("weight", axes="Vd"), row_labels=words)
    return [
        Frame(
            t("the rows that are picked"),
            (table, notebook.vectors("x", side, reads=((ids, (0, 1)),), formula=_picked(notebook))),
            caption,
            code,
            facts=notebook.facts("weight", "x") + notebook.rounding(),
        )
    ]


def _picked(notebook: Notebook) -> str:
    """The formula that says which number of the weight a cell is; `{0}` is the id."""
    scale = float(notebook.script.names["scale"])
    return "weight[{0}, d]" + (f" × {scale:g}" if scale != 1 else "")


def position(passed: Pass, stack: StackName) -> list[Frame]:
    """`x + self.pe[:, :x.size(1), :]`."""
    side = SIDES[stack]
    notebook = Notebook(passed, "embedding")
    x, pe, letter = traced(f"{stack}.embedding"), traced(f"{stack}.position"), LETTERS[side]
    code = notebook.cell(
        "position",
        x=f"{x}  # [B, {letter}, D]",
        pe=pe,
    ) + notebook.compare("total", f"{stack}.input")
    return [
        Frame(
            "x + pe[:, :L, :]",
            (
                notebook.vectors("x", side),
                notebook.view("pe", axes="1pd"),
                notebook.vectors("total", side, reads=(("x", None), ("pe", None)), formula="{0} + {1}"),
            ),
            t(
                "`pe` holds a code for every position up to max_len; the slice takes as many as there are "
                "tokens, and the batch axis of size 1 is stretched: every sentence gets the same codes. "
                "Until here equal tokens were equal vectors; now their places tell them apart."
            ),
            code,
            facts=notebook.facts("x", "pe", "total") + notebook.rounding(),
        )
    ]
