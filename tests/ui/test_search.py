"""Searching finds what answers say, in all languages, whatever the case, the width or a typo."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import search
from ui.i18n import LANGUAGES, speaking, t
from ui.questions import questions

RIGHT = {
    "NaN": {"empty_rows", "triangle"},
    "-inf": {"masked_fill", "overflow", "tiny"},
    "stride": {"contiguous", "broadcast", "view"},
    "步长": {"contiguous", "broadcast", "view"},
    "multi-head": {"square", "fc_out", "true", "lengths"},
    "多头": {"square", "fc_out"},
    "serial": {"parallel"},
    "串行": {"parallel"},
    "trg_input": {"shift", "mask_or_shift"},
    "teacher forcing": {"shift", "mask_or_shift"},
    "教师强制": {"shift", "mask_or_shift"},
    "掩码": {"src_mask", "masked_fill", "broadcast", "mask_or_shift", "columns"},
    "causal mask": {"two_attentions", "parallel", "triangle"},
    "layer norm": {"layer_norm"},
    "hyperparameter": {"hyperparameters"},
    "int32": {"embedding", "int32"},
}
"""Searches, and the answers that each must find among others."""


def keys(found: search.Found) -> set[str]:
    return {one.key for one in found.questions} | {one.key for one in found.misconceptions}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("typed", RIGHT)
def test_what_is_typed_finds_what_answers_it_in_either_language(typed, language):
    with speaking(language):
        assert RIGHT[typed] <= keys(search.find(typed))


@pytest.mark.parametrize("typed", RIGHT)
def test_case_and_width_of_letters_play_no_part(typed):
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in typed)
    assert keys(search.find(typed)) == keys(search.find(typed.upper())) == keys(search.find(wide))


WORDS = ["softmax", "stride", "contiguous", "unsqueeze", "padding", "embedding", "autoregressive", "logits"]


@given(st.sampled_from(WORDS), st.integers(0, 20), st.sampled_from(["leave", "double", "swap", "other"]))
def test_a_word_with_one_wrong_letter_finds_what_the_right_one_finds(word, at, slip):
    at %= len(word) - 1
    typed = {
        "leave": word[:at] + word[at + 1 :],
        "double": word[:at] + word[at] + word[at:],
        "swap": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        "other": word[:at] + "q" + word[at + 1 :],
    }[slip]
    found = search.find(typed)
    assert keys(search.find(word)) <= keys(found), (typed, found.guessed)


def test_a_wrong_chinese_character_is_guessed_too():
    found = search.find("位置编马")
    assert found.guessed == (("位置编马", "位置编码"),)
    assert keys(found) == keys(search.find("位置编码")) != set()


def test_the_title_counts_more_than_the_answer():
    assert [one.key for one in search.find("mask").questions][:2] == ["src_mask", "masked_fill"]


def test_nothing_typed_finds_all_and_nonsense_nothing():
    assert len(search.find(" ").questions) == len(questions())
    assert search.find("qqqqqq").count == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_suggested_finds_something(language):
    with speaking(language):
        assert all(search.find(word).count for word in search.suggestions())


@given(st.text(max_size=40))
def test_anything_can_be_typed(text):
    assert search.find(text).count >= 0


@pytest.mark.parametrize("key", [question.key for question in questions()])
def test_what_every_answer_says_is_known(key):
    for message in search.answers()[key]:
        with speaking("zh"):
            assert t(message) != message
