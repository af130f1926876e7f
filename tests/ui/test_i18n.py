"""Every message is translated, and every translation can be filled in."""

import ast
import re
import string

import polib
import pytest

from tests.messages import CATALOGUES, COMMENT, WORDS, calls, literals, messages, sources
from ui.i18n import LANGUAGES, commented, speaking
from ui.misconceptions import misconceptions

CATALOGUE = {entry.msgid: entry.msgstr for entry in polib.pofile(str(CATALOGUES / "zh.po"))}
PASSED_ON = re.compile(
    r"(\w+\.)?message|\w+\['message'\]|(\w+\.)?page\.(title|purpose|group|sections\[\w+\])"
    r"|self\.(title|belief|fact|question|why)|option|one\.text"
)
"""Arguments that are literals elsewhere: messages of an `InputError`, and of the registries of pages, common
mistakes and questions."""


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_but_english_has_a_catalogue():
    assert {path.stem for path in CATALOGUES.glob("*.po")} == set(LANGUAGES) - {"en"}


def test_every_message_is_translated_and_no_translation_is_left_over():
    wanted = messages()
    missing = {text: files for text, files in wanted.items() if not CATALOGUE.get(text, "").strip()}
    assert not missing, "no Chinese for these"
    differing = [text for text in wanted if placeholders(CATALOGUE[text]) != placeholders(text)]
    assert not differing, "the translation has other placeholders"
    assert set(CATALOGUE) <= set(wanted)


def test_messages_are_literals_so_that_they_can_be_collected():
    made = [
        f"{path}:{call.lineno}"
        for path in sources()
        for call in calls(path)
        if call.args and not literals(call.args[0]) and not PASSED_ON.fullmatch(ast.unparse(call.args[0]))
    ]
    assert not made


GLOSSARY = {
    "屏蔽": r"遮[住盖蔽挡罩]|掩盖",
    "批次": r"批(?![次量])",
    "序列": r"句子|语句",
    "故意出错": r"故意(弄|犯|写)错",
    "看不到任何键": r"什么都不能看|没有任何键",
    "实际存储": r"实存",
    "应写出": r"所求",
    "部件": r"(这个|某个)部分",
    "缺少": r"无(因果|填充)掩码",
    "自由生成": r"自己写的时候|自由(运行|书写)",
    "从右往左对齐": r"从右(边)?对齐",
}
"""For each Chinese term a pattern of other words for the same thing, which must not be used."""


@pytest.mark.parametrize("term", GLOSSARY)
def test_one_thing_has_one_name(term):
    others = {message: said for message, said in CATALOGUE.items() if re.search(GLOSSARY[term], said)}
    assert not others, f"say {term}"


def test_comments_in_code_are_in_the_language_of_the_page():
    code = "x = 1  # the same memory\n# the target is one token longer\ny = '#2'  # L = 3"
    with speaking("en"):
        assert commented(code) == code
    with speaking("zh"):
        assert not WORDS.search(commented(code).replace("x = 1", ""))
        assert commented(code).endswith("y = '#2'  # L = 3")


@pytest.mark.parametrize("key", [misconception.key for misconception in misconceptions()])
def test_no_comment_of_a_mistake_is_left_in_english(key):
    misconception = next(misconception for misconception in misconceptions() if misconception.key == key)
    with speaking("zh"):
        shown = commented(f"{misconception.code}\n{misconception.right}")
    assert not [comment for comment, _ in COMMENT.findall(shown) if WORDS.search(comment)]
