"""Search over the questions, their answers and the common mistakes, in all languages at once.

The answers' texts are read from the source code, so names such as `{count}` stand in place of their numbers.
"""

import ast
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from ui.i18n import LANGUAGES, commented, speaking, t
from ui.misconceptions import Misconception, misconceptions
from ui.questions import Question, questions

ALIKE = 0.74
"""Similarity from which `difflib` matches two words: one letter in four may differ."""

SHORTEST_GUESSED = 4
"""Fewest letters of a word to guess for: shorter ones resemble too many others. One fewer in Chinese."""

SYNONYMS = (
    ("mask", "masking", "掩码", "遮罩", "蒙版", "屏蔽"),
    ("-inf", "-∞", "−∞", "负无穷", "minus infinity", "negative infinity"),
    ("nan", "not a number", "非数"),
    ("stride", "strides", "步长", "跨度", "步幅"),
    ("multi-head", "multihead", "multi head", "heads", "多头", "各个头"),
    ("serial", "sequential", "串行", "parallel", "并行"),
    (
        "teacher forcing",
        "teacher-forced",
        "teacher forced",
        "教师强制",
        "trg_input",
        "trg_target",
        "shift",
        "错位",
    ),
    ("padding", "pad", "填充"),
    ("causal", "look-ahead", "因果", "triangle", "三角", "tril", "triu"),
    ("embedding", "word vector", "嵌入", "词向量"),
    ("positional encoding", "position codes", "位置编码", "pe"),
    ("residual", "skip connection", "残差", "+ query"),
    ("layernorm", "layer_norm", "layer norm", "layer normalization", "层归一化"),
    ("start token", "bos", "sos", "起始"),
    ("end token", "eos", "结束"),
    ("broadcast", "broadcasting", "广播", "expand", "扩展"),
    ("softmax", "归一化指数"),
    ("energy", "scores", "得分", "注意力分数", "打分"),
    ("target", "label", "目标", "标签"),
    ("cross-attention", "encoder-decoder attention", "交叉注意力"),
    ("self-attention", "自注意力"),
    ("autoregressive", "自回归", "逐个 token", "逐个生成"),
    ("dtype", "data type", "类型", "int64", "long"),
    ("leak", "leaks", "泄漏"),
)
"""Groups of synonyms: a search for one word of a group finds the others, too."""


@dataclass(frozen=True)
class Found:
    """The results of a search, best first."""

    questions: tuple[Question, ...]
    misconceptions: tuple[Misconception, ...]
    guessed: tuple[tuple[str, str], ...]
    """Words that occur nowhere, each with the word that was searched for instead."""

    @property
    def count(self) -> int:
        """The number of results."""
        return len(self.questions) + len(self.misconceptions)


def find(typed: str) -> Found:
    """Questions and mistakes that contain all typed terms, in any language; an empty search finds all."""
    terms, guessed = _terms(typed)
    ranked = {key: rank for key, entry in _entries().items() if (rank := _rank(entry, terms)) is not None}
    asked = [one for one in questions() if ("question", one.key) in ranked]
    claims = [one for one in misconceptions() if ("misconception", one.key) in ranked]
    asked.sort(key=lambda one: ranked["question", one.key])
    claims.sort(key=lambda one: ranked["misconception", one.key])
    return Found(tuple(asked), tuple(claims), guessed)


def suggestions() -> list[str]:
    """Terms to search for, in this session's language; each has results."""
    return [t("mask"), t("padding"), "softmax", "NaN", "-inf", "stride", "SOS", "LayerNorm", "unsqueeze"]


def folded(text: str) -> str:
    """Text normalized for comparison: without differences of case and width, without Markdown characters."""
    plain = unicodedata.normalize("NFKC", text.replace("−", "-")).casefold()
    return " ".join(re.sub(r"[`*“”\"']", " ", plain).split())


@dataclass(frozen=True)
class _Entry:
    """The text of a question or a mistake, folded, in all languages: its title, and everything."""

    title: str
    all: str


def _rank(entry: _Entry, terms: Sequence[tuple[str, ...]]) -> int | None:
    """How many of the terms the title lacks; None if the entry as a whole lacks one."""
    if not all(_says(entry.all, term) for term in terms):
        return None
    return sum(not _says(entry.title, term) for term in terms)


def _says(text: str, term: Sequence[str]) -> bool:
    return any(re.search(_beginning(word), text) for word in term)


def _beginning(word: str) -> str:
    """A pattern that finds a word at the beginning of a word, or of a part of a name: `mask` in `src_mask`.

    Words shorter than `SHORTEST_GUESSED` must match as a whole.
    """
    before = r"(?<![a-z0-9])" if word[0].isascii() and word[0].isalnum() else ""
    after = r"(?![a-z0-9])" if len(word) < SHORTEST_GUESSED and word.isascii() and word.isalnum() else ""
    return before + re.escape(word) + after


def _terms(typed: str) -> tuple[list[tuple[str, ...]], tuple[tuple[str, str], ...]]:
    """The search terms, each with its synonyms; and the words that had to be guessed, with the guess."""
    rest, terms, guessed = folded(typed), [], []
    for group in sorted(SYNONYMS, key=lambda names: -max(map(len, names))):
        for name in sorted(group, key=len, reverse=True):
            whole = re.compile(_beginning(name) + (r"(?![a-z0-9])" if name.isascii() else ""))
            if whole.search(rest):
                rest = whole.sub(" ", rest)
                terms.append(group)
    for word in re.split(r"[\s,;，。；、？?！!]+", rest):
        if not word:
            continue
        known = any(_says(entry.all, (word,)) for entry in _entries().values())
        near = word if known else _nearest(word)
        if near != word:
            guessed.append((word, near))
        terms.append(next((group for group in SYNONYMS if near in group), (near,)))
    return terms, tuple(guessed)


def _nearest(word: str) -> str:
    """The existing word most similar to a word that does not occur; the word itself if none is similar."""
    ascii_only = word.isascii()
    if len(word) < SHORTEST_GUESSED - (not ascii_only):
        return word
    if ascii_only:
        return next(iter(get_close_matches(word, _words(), n=1, cutoff=ALIKE)), word)
    wrong = {piece: sum(a != b for a, b in zip(piece, word, strict=True)) for piece in _pieces(len(word))}
    return next((piece for piece, count in wrong.items() if count == 1), word)


@cache
def _words() -> list[str]:
    """All words in Latin letters that occur, including synonyms."""
    texts = [entry.all for entry in _entries().values()] + [name for group in SYNONYMS for name in group]
    return sorted({word for text in texts for word in re.findall(r"[a-z][a-z0-9]{2,}", text)})


@cache
def _pieces(length: int) -> list[str]:
    """All substrings of `length` Chinese characters that occur."""
    runs = [run for entry in _entries().values() for run in re.findall(r"[\u4e00-\u9fff]+", entry.all)]
    return sorted({run[at : at + length] for run in runs for at in range(len(run) - length + 1)})


@cache
def _entries() -> dict[tuple[str, str], _Entry]:
    """The entries by kind ("question" or "misconception") and key."""
    titles: dict[tuple[str, str], list[str]] = {}
    texts: dict[tuple[str, str], list[str]] = {}
    for language in LANGUAGES:
        with speaking(language):
            said = answers()
            for question in questions():
                titles.setdefault(("question", question.key), []).append(question.text)
                texts.setdefault(("question", question.key), []).extend(map(t, said[question.key]))
            for one in misconceptions():
                titles.setdefault(("misconception", one.key), []).append(one.title)
                told = [
                    one.belief,
                    one.question,
                    *(option for option, _ in one.options),
                    one.why,
                ]
                told += map(commented, (one.code, one.right))
                texts.setdefault(("misconception", one.key), []).extend(told)
    return {
        key: _Entry(folded(" | ".join(title)), folded(" | ".join([*title, *texts[key]])))
        for key, title in titles.items()
    }


@cache
def answers() -> dict[str, tuple[str, ...]]:
    """The English texts of the answer to each question, by its key.

    They are the literals in `answer(key, ...)`, or in the function that a dictionary of answers names for the
    key.
    """
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "import answer" in source:
            for key, texts in _answers_in(ast.parse(source)):
                found[key] = found.get(key, ()) + texts
    return found


def _answers_in(module: ast.Module) -> Iterator[tuple[str, tuple[str, ...]]]:
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Name(id="answer"), args=[ast.Constant(value=str(key)), text]):
                yield key, _literals(text)
            case ast.Dict(keys=keys, values=values):
                for name, value in zip(keys, values, strict=True):
                    if isinstance(name, ast.Constant) and isinstance(value, ast.Name):
                        yield str(name.value), _literals(functions[value.id])


def _literals(node: ast.AST) -> tuple[str, ...]:
    """The messages inside calls of `t`, which are shown in the page's language."""
    calls = [call for call in ast.walk(node) if isinstance(call, ast.Call) and call.args]
    said = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "t"]
    return tuple(str(text.value) for text in said if isinstance(text, ast.Constant))
