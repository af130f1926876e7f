"""A batch decoded step by step: what was written, what else was likely, and where every head looked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from transformer import EOS, PAD, Checkpoint, Transformer, Vocabulary
from transformer.decoding.loop import DecodeStep, decode
from transformer.decoding.sampling import Sampling
from transformer.grid.views import Kind
from transformer.limits import MAX_PAIR_TOKENS
from transformer.model.places import Attention
from transformer.model.vocabulary import until_eos
from ui.frames import attention_heads, candidates
from ui.i18n import figure, sentences, t
from ui.remembered import remembered
from ui.tensor_grid import Frame, TensorView, Token, TokenLink

SPARE_STEPS = 4
"""A model that writes no EOS is stopped this many steps past the right answer's length."""

Strips = tuple[tuple[str, tuple[Token, ...]], ...]


@dataclass(frozen=True)
class Walk:
    """Sources decoded as one batch, with all steps of the run."""

    checkpoint: Checkpoint
    src: Tensor
    """[B, S]"""
    sampling: Sampling | None
    """How tokens were drawn; None for greedy decoding."""
    max_new_tokens: int
    answers: tuple[list[int] | None, ...]
    """Each right answer from SOS to EOS; None where none is known."""
    steps: tuple[DecodeStep, ...]

    def written(self, row: int) -> list[int]:
        """All tokens of a sequence, from SOS to EOS, or to the last one if there is no EOS."""
        tokens: list[int] = self.steps[-1].tokens[row].tolist()
        return until_eos(tokens)

    def first_wrong(self, row: int) -> int | None:
        """The first step whose token is not the right one; None if all are, or if no right one is known."""
        answer = self.answers[row]
        if answer is None:
            return None
        written = [*self.written(row)[1:], PAD]
        right = [*answer[1:], PAD, *[PAD] * len(written)]
        return next(
            (step for step, pair in enumerate(zip(written, right, strict=False)) if len({*pair}) > 1), None
        )

    def source(self, row: int) -> str:
        """A source as a user would type it."""
        task = self.checkpoint.task
        return task.join(task.src_vocabulary.strip(self.src[row].tolist()))


def walk(checkpoint: Checkpoint, src: Tensor, sampling: Sampling | None = None) -> Walk:
    """Decode sources [B, S] with a trace of every step."""
    answers = tuple(checkpoint.task.answer(row) for row in src.tolist())
    longest = max(MAX_PAIR_TOKENS if answer is None else len(answer) for answer in answers)
    limit = longest + SPARE_STEPS
    return Walk(checkpoint, src, sampling, limit, answers, _steps(checkpoint.model, src, limit, sampling))


@remembered
def _steps(model: Transformer, src: Tensor, limit: int, sampling: Sampling | None) -> tuple[DecodeStep, ...]:
    return tuple(decode(model, src, max_new_tokens=limit, trace=True, sampling=sampling))


def frames(walk: Walk, row: int, attentions: Sequence[str], *, judged: bool = False) -> list[Frame]:
    """One frame for each step: one sequence in full, the tokens of all, its candidates, the named attentions.

    Only the last frame says whether the answer is right, so that a class can judge first; if `judged`,
    every frame marks right and wrong tokens.
    """
    *others, end = walk.steps
    drawn = [_frame(walk, row, step, attentions, judged) for step in others]
    last = _frame(walk, row, end, attentions, judged=True)
    return [*drawn, replace(last, caption=sentences(last.caption, verdict(walk)))]


def verdict(walk: Walk) -> str:
    """A sentence on whether the answers are right."""
    wrong = [walk.first_wrong(row) for row in range(len(walk.src))]
    known = sum(answer is not None for answer in walk.answers)
    if not known:
        return t("No right answer is known.")
    if len(wrong) > 1:
        right = known - sum(step is not None for step in wrong)
        return t("{right} of {known} answers are right.", right=right, known=known)
    if wrong[0] is None:
        return t("The answer is right after {count} steps.", count=len(walk.steps))
    decode = walk.checkpoint.task.decode
    return t(
        "The answer is wrong from step {step} on; {expected} was expected.",
        step=wrong[0] + 1,
        expected=decode(walk.answers[0] or []) or t("nothing (an empty answer)"),
    )


def _frame(walk: Walk, row: int, step: DecodeStep, attentions: Sequence[str], judged: bool) -> Frame:
    vocabulary = walk.checkpoint.task.trg_vocabulary
    written = vocabulary.label(int(step.tokens[row, -1]))
    return Frame(
        title=t("step {n}: {token}", n=step.step + 1, token=written),
        tensors=_tensors(walk, row, step, attentions),
        tokens=(*_one(walk, row, step, judged), *_all(walk, row, step)),
        in_columns=True,
        bars=candidates.columns(vocabulary, step, row, walk.sampling),
        caption=_caption(walk, row, step, written),
        facts=(
            (t("decoder input"), str([len(walk.src), step.step + 1])),
            (t("logits of the last position"), str(list(step.logits.shape))),
        ),
        link=_link(walk, row, step),
    )


def _tensors(walk: Walk, row: int, step: DecodeStep, attentions: Sequence[str]) -> tuple[TensorView, ...]:
    """One attention beside its average, or several side by side."""
    of_step = (walk.checkpoint, walk.src, step, row)
    if len(attentions) == 1:
        return attention_heads.heads(*of_step, attentions[0]), attention_heads.average(
            *of_step, attentions[0]
        )
    return tuple(attention_heads.heads(*of_step, name) for name in attentions)


def _link(walk: Walk, row: int, step: DecodeStep) -> TokenLink:
    """Lets a written token colour the source by its row of the cross-attention.

    That row belongs to the query one position earlier, which predicted the token.
    """
    of_step = (walk.checkpoint, walk.src, step, row, Attention.CROSS.path)
    last_layer = walk.checkpoint.model.config.num_layers - 1
    views = (attention_heads.average(*of_step), attention_heads.heads(*of_step))
    plain = tuple(replace(view, operands=(), panel_notes=None) for view in views)
    return TokenLink(2, 0, plain, (last_layer, 0))


def _one(walk: Walk, row: int, step: DecodeStep, judged: bool) -> Strips:
    """The sequence shown in full: below each token that the decoder reads, the one that it writes."""
    task = walk.checkpoint.task
    tokens = step.tokens[row].tolist()
    written = _tokens(task.trg_vocabulary, tokens[1:])
    if judged:
        written = tuple(_judged(walk, row, tokens, place) for place in range(len(tokens) - 1))
    return (
        (t("source"), _tokens(task.src_vocabulary, walk.src[row].tolist())),
        (t("decoder reads"), _tokens(task.trg_vocabulary, tokens[:-1])),
        (t("and writes"), written),
    )


def _all(walk: Walk, row: int, step: DecodeStep) -> Strips:
    """The tokens of all sequences so far, where there are several."""
    if len(walk.src) == 1:
        return ()
    vocabulary = walk.checkpoint.task.trg_vocabulary
    return tuple(
        (("▸ " if number == row else "") + t("sequence {n}", n=number), _tokens(vocabulary, tokens))
        for number, tokens in enumerate(step.tokens.tolist())
    )


def _tokens(vocabulary: Vocabulary, ids: Sequence[int]) -> tuple[Token, ...]:
    return tuple(Token(vocabulary.label(token), _kind(token)) for token in ids)


def _kind(token: int) -> Kind:
    if token == PAD:
        return "pad"
    return "special" if token < 3 else "plain"


def _judged(walk: Walk, row: int, tokens: Sequence[int], step: int) -> Token:
    """The token of a step. The first wrong token is marked; while all are right, the newest."""
    vocabulary = walk.checkpoint.task.trg_vocabulary
    token, answer, wrong = tokens[step + 1], walk.answers[row], walk.first_wrong(row)
    if step == wrong:
        return Token(vocabulary.label(token), "wrong", _expected(vocabulary, answer or [], step))
    newest = step == len(tokens) - 2
    if answer is None or not newest or token == PAD or (wrong is not None and step > wrong):
        return Token(vocabulary.label(token), _kind(token))
    return Token(vocabulary.label(token), "right")


def _expected(vocabulary: Vocabulary, answer: Sequence[int], step: int) -> str:
    if step + 1 < len(answer):
        return t("expected {token}", token=vocabulary.label(answer[step + 1]))
    return t("expected nothing")


def _caption(walk: Walk, row: int, step: DecodeStep, written: str) -> str:
    token = int(step.tokens[row, -1])
    if candidates.was_finished(step, row):
        return t(
            "This sequence is complete. PAD fills its row until the longest one of the batch is done; what "
            "the model computes for it meanwhile is thrown away."
        )
    if step.logits[row].isnan().any():
        return t(
            "The logits hold NaN, so no token is the most probable one: that “{token}” is written says "
            "nothing about the input. It is appended, and the next step reads it too.",
            token=written,
        )
    if step.candidates is not None:
        return _caption_of_drawn(step, row, written, figure(candidates.chance(step, row), ".1%"))
    share = figure(candidates.probability(step, row), ".1%")
    if token == EOS:
        return t("The model writes EOS (probability {p}): the answer is complete.", p=share)
    if step.step == 0:
        return t(
            "The decoder read SOS alone and gives “{token}” the highest probability, {p}. It is appended, "
            "and the next step reads it too.",
            token=written,
            p=share,
        )
    return t(
        "The decoder read {count} tokens and gives “{token}” the highest probability, {p}. It is "
        "appended, and the next step reads it too.",
        count=step.step + 1,
        token=written,
        p=share,
    )


def _caption_of_drawn(step: DecodeStep, row: int, written: str, chance: str) -> str:
    assert step.candidates is not None
    if int(step.tokens[row, -1]) == EOS:
        return t("EOS is drawn (its chance was {chance}): the answer is complete.", chance=chance)
    return t(
        "{kept} of {size} tokens are left to draw from; “{token}” is drawn, whose chance was {chance}. It is "
        "appended, and the next step reads it too.",
        kept=int(step.candidates.kept[row].sum()),
        size=step.logits.size(1),
        token=written,
        chance=chance,
    )
