"""The snapshots of a training as frames: attention, similarity of embeddings, answers to samples."""

from collections.abc import Mapping, Sequence

import numpy as np

from transformer import Vocabulary
from transformer.learning.snapshots import SIMILARITIES, Snapshot
from transformer.learning.steps import TrainStep
from transformer.model.places import Attention
from transformer.tasks import Task
from ui.attention_titles import titles
from ui.i18n import figure, sentences, t
from ui.tensor_grid import Array, Frame, Scale, TensorView, Token

NO_NOTE = "\u00a0"
"""The note of tokens that need none: it makes all rows equally high, so nothing moves while stepping."""

Records = Mapping[int, TrainStep]
"""Steps with an evaluation, by their number."""


def attention_frames(
    task: Task, snapshots: Sequence[Snapshot], records: Records, attentions: Sequence[str]
) -> list[Frame]:
    """One frame for each snapshot: the named attentions, all layers and heads, and the predictions."""
    return [
        Frame(
            title=moment(snapshot.step),
            tensors=tuple(_attention(task, snapshot, name) for name in attentions),
            tokens=_predictions(task, snapshot),
            in_columns=True,
            facts=_figures(records.get(snapshot.step)),
            caption=_sharpness(snapshot, attentions),
        )
        for snapshot in snapshots
    ]


def moment(step: int) -> str:
    """The title of a training step on screen, different for every step."""
    return t("after step {step}", step=f"{step:,}") if step else t("before the first step")


def _figures(record: TrainStep | None) -> tuple[tuple[str, str], ...]:
    if record is None or record.evaluation is None:
        return ()
    return (
        (t("training loss"), figure(record.loss, ".4f")),
        (t("held-out loss"), figure(record.evaluation.loss, ".4f")),
        (t("exact match"), figure(record.evaluation.exact_match, ".1%")),
    )


def _attention(task: Task, snapshot: Snapshot, name: str) -> TensorView:
    weights = snapshot.weights[name]  # [layers, H, L, S]
    labels = {
        "source": tuple(task.src_vocabulary.labels(snapshot.source.tolist())),
        "target": tuple(task.trg_vocabulary.labels(snapshot.given.tolist())),
    }
    return TensorView(
        titles()[Attention(name)],
        weights,
        Scale.unit(),
        masked=~snapshot.masks[name],
        row_labels=labels[Attention(name).queries],
        column_labels=labels[Attention(name).keys],
        panel_labels=(
            tuple(t("layer {n}", n=layer) for layer in range(weights.shape[0])),
            tuple(t("head {n}", n=head) for head in range(weights.shape[1])),
        ),
        axis_names=(t("layer"), t("head"), t("query"), t("key")),
    )


def _predictions(task: Task, snapshot: Snapshot) -> tuple[tuple[str, tuple[Token, ...]], ...]:
    """The decoder's most probable next token at each position, marked right or wrong."""
    vocabulary, target = task.trg_vocabulary, snapshot.target.tolist()
    pairs = zip(snapshot.predicted.tolist(), target[1:], snapshot.probability.tolist(), strict=True)
    return (
        (
            t("predicted next"),
            tuple(
                Token(
                    vocabulary.label(token),
                    "right" if token == right else "wrong",
                    figure(probability, ".0%"),
                )
                for token, right, probability in pairs
            ),
        ),
    )


def _sharpness(snapshot: Snapshot, attentions: Sequence[str]) -> str:
    """A sentence on how much of its attention a query gives to one key, on average."""
    rows = [(snapshot.weights[name], snapshot.masks[name]) for name in attentions]
    seen = [mask.any(axis=-1) for _, mask in rows]
    highest = np.concatenate([w.max(axis=-1)[some] for (w, _), some in zip(rows, seen, strict=True)])
    even = np.concatenate([1 / mask.sum(axis=-1)[some] for (_, mask), some in zip(rows, seen, strict=True)])
    if not len(highest):
        return t("The mask lets no query attend to anything.")
    return t(
        "On average a query gives {share} of its attention to a single key; spread evenly it would be "
        "{even}.",
        share=figure(highest.mean(), ".1%"),
        even=figure(even.mean(), ".1%"),
    )


def similarity_frames(
    task: Task, snapshots: Sequence[Snapshot], records: Records, table: str, remark: str
) -> list[Frame]:
    """One frame for each snapshot: the cosines between all words (`embed`) or positions (`position`)."""
    names = [name for name in SIMILARITIES if name.endswith(table)]
    if all(len({snapshot.similarity[name].tobytes() for name in names}) == 1 for snapshot in snapshots):
        names = names[:1]  # encoder and decoder have the same, as with sinusoidal positions
    return [
        Frame(
            title=moment(snapshot.step),
            tensors=tuple(_similarity(task, snapshot, name, alone=len(names) == 1) for name in names),
            facts=_figures(records.get(snapshot.step)),
            caption=sentences(
                *(_closest(task, snapshot, name, alone=len(names) == 1) for name in names), remark
            ),
        )
        for snapshot in snapshots
    ]


def _similarity(task: Task, snapshot: Snapshot, name: str, alone: bool) -> TensorView:
    cosines = snapshot.similarity[name]
    labels = _similar_labels(task, name, len(cosines))
    empty = np.diagonal(cosines) == 0
    return TensorView(
        _similarity_title(name, alone),
        cosines,
        Scale("diverging", -1.0, 1.0),
        masked=empty[:, None] | empty,
        row_labels=labels,
        column_labels=labels,
        axis_names=(t("row"), t("column")),
        hatched=t("a zero vector, which has no direction"),
    )


def _similarity_title(name: str, alone: bool) -> str:
    return {
        "encoder.embed": t("words of the source"),
        "decoder.embed": t("words of the target"),
        "encoder.position": t("all positions") if alone else t("positions in the encoder"),
        "decoder.position": t("positions in the decoder"),
    }[name]


def _similar_labels(task: Task, name: str, count: int) -> tuple[str, ...]:
    if name.endswith("position"):
        return tuple(str(position) for position in range(count))
    vocabulary = task.src_vocabulary if name.startswith("encoder") else task.trg_vocabulary
    return tuple(vocabulary.labels(range(count)))


def _closest(task: Task, snapshot: Snapshot, name: str, alone: bool) -> str:
    """A sentence on the two most similar rows of a table; empty if no two can be compared."""
    cosines = snapshot.similarity[name]
    empty = ~(np.diagonal(cosines) > 0)  # zero vectors, and NaN
    left_out = np.eye(len(cosines), dtype=bool) | empty[:, None] | empty
    if left_out.all():
        return ""
    others: Array = np.where(left_out, -np.inf, cosines)
    first, second = np.unravel_index(others.argmax(), others.shape)
    labels = _similar_labels(task, name, len(cosines))
    return t(
        "Most alike in “{table}”: “{first}” and “{second}”, cosine {cosine}.",
        table=_similarity_title(name, alone),
        first=labels[first],
        second=labels[second],
        cosine=figure(others.max(), ".2f"),
    )


def sample_frames(task: Task, sources: Sequence[Sequence[int]], records: Sequence[TrainStep]) -> list[Frame]:
    """One frame for each evaluation: every sample's answer, with the right token below each wrong one."""
    expected = [task.answer(source) or [] for source in sources]
    labels = [task.join(task.src_vocabulary.strip(source)) for source in sources]
    frames = []
    for record in records:
        written = record.evaluation.samples if record.evaluation else ()
        pairs = list(zip(written, expected, strict=False))
        frames.append(
            Frame(
                title=moment(record.step),
                tokens=tuple(
                    (label, judged(task.trg_vocabulary, *pair))
                    for label, pair in zip(labels, pairs, strict=False)
                ),
                in_columns=True,
                facts=_figures(record),
                caption=t(
                    "{right} of {count} samples are right. Below a wrong token stands the right one.",
                    right=sum(list(answer) == right for answer, right in pairs),
                    count=len(pairs),
                ),
            )
        )
    return frames


def judged(vocabulary: Vocabulary, written: Sequence[int], expected: Sequence[int]) -> tuple[Token, ...]:
    """An answer's tokens without SOS, marked right or wrong; a wrong one has the right one in its note."""
    tokens = []
    for place, token in enumerate(written[1:], start=1):
        right = expected[place] if place < len(expected) else None
        note = "–" if right is None else vocabulary.label(right)
        if token == right:
            tokens.append(Token(vocabulary.label(token), "right", NO_NOTE))
        else:
            tokens.append(Token(vocabulary.label(token), "wrong", note))
    return tuple(tokens)
