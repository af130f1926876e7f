import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transformer.model.vocabulary import DIGITS, EOS, PAD, SOS, SPECIALS, Vocabulary


def test_digits_have_the_ids_of_the_notes():
    assert (PAD, SOS, EOS) == (0, 1, 2)
    assert len(DIGITS) == 13
    assert [DIGITS.ids[digit] for digit in "0123456789"] == list(range(3, 13))


def test_every_id_has_the_label_it_came_from():
    assert DIGITS.labels(range(len(DIGITS))) == ["PAD", "SOS", "EOS", *"0123456789"]
    assert all(DIGITS.label(index) == word for word, index in DIGITS.ids.items())
    with pytest.raises(IndexError):
        DIGITS.label(len(DIGITS))


likely = st.text(st.sampled_from('PADSOE"\u200d\ufe0fＥ'), min_size=1, max_size=5)
words = st.sets(likely | st.sampled_from([*SPECIALS, '"EOS"', '""EOS""', "ＥＯＳ", "E\u200dOS"]), max_size=30)


def seen(label):
    """What is left of a label for the eye."""
    return "".join(char for char in unicodedata.normalize("NFKC", label) if char not in "\u200d\ufe0f")


@given(words)
@example({"EOS", "PAD", "SOS"})
@example({"EOS", '"EOS"', '""EOS""'})
def test_no_two_ids_have_one_label_and_no_word_looks_like_a_special_token(words):
    vocabulary = Vocabulary(tuple(words))
    labels = vocabulary.labels(range(len(vocabulary)))
    assert len({*labels}) == len(labels)
    assert labels[: len(SPECIALS)] == [*SPECIALS]
    assert not {*map(seen, labels[len(SPECIALS) :])} & {*SPECIALS}
    ids = range(len(SPECIALS), len(vocabulary))
    assert vocabulary.strip(ids) == [*words], "as text a word is what it is"
    assert [vocabulary.ids[word] for word in vocabulary.strip(ids)] == [*ids]


@given(st.lists(st.sampled_from("ab"), max_size=5), st.lists(st.integers(0, 4), max_size=5))
def test_strip_keeps_the_words_before_the_first_eos(words, rest):
    vocabulary = Vocabulary(("a", "b"))
    ids = [vocabulary.ids[word] for word in words]
    assert vocabulary.strip([SOS, *ids, EOS, *rest]) == words
    assert vocabulary.strip([SOS, *ids, PAD]) == words
