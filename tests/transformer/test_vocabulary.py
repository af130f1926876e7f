import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.vocabulary import DIGITS, EOS, PAD, SOS, Vocabulary


def test_digits_have_the_ids_of_the_notes():
    assert (PAD, SOS, EOS) == (0, 1, 2)
    assert len(DIGITS) == 13
    assert [DIGITS.ids[digit] for digit in "0123456789"] == list(range(3, 13))


def test_every_id_has_the_label_it_came_from():
    assert DIGITS.labels(range(len(DIGITS))) == ["PAD", "SOS", "EOS", *"0123456789"]
    assert all(DIGITS.label(index) == word for word, index in DIGITS.ids.items())
    with pytest.raises(IndexError):
        DIGITS.label(len(DIGITS))


@given(st.lists(st.sampled_from("ab"), max_size=5), st.lists(st.integers(0, 4), max_size=5))
def test_strip_keeps_the_words_before_the_first_eos(words, rest):
    vocabulary = Vocabulary(("a", "b"))
    ids = [vocabulary.ids[word] for word in words]
    assert vocabulary.strip([SOS, *ids, EOS, *rest]) == words
    assert vocabulary.strip([SOS, *ids, PAD]) == words
