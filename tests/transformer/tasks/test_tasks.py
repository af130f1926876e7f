import itertools
import unicodedata

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from transformer import EOS, PAD, SOS, TASKS, InputError, generate_batch, generate_patterned_sequence
from transformer.tasks import (
    draw_digits,
    held_out_batch,
    held_out_sources,
    is_held_out,
    make_batch,
    pad_batch,
    task_named,
)

DIGIT_TASKS = ["sort", "reverse", "copy"]
RULES = {"sort": sorted, "reverse": lambda digits: digits[::-1], "copy": lambda digits: digits}
PATTERNS = ["descending", "shuffled", "repeats", "random"]
digit_lists = st.lists(st.integers(0, 9), min_size=1, max_size=16)


def rng(seed=0):
    return np.random.default_rng(seed)


def ids(digits):
    return [SOS, *(digit + 3 for digit in digits), EOS]


def rows_of(batch):
    """Source and target of each row without padding, as tuples."""
    return [
        (tuple(src[src != PAD].tolist()), tuple(trg[trg != PAD].tolist()))
        for src, trg in zip(batch.src, batch.trg, strict=True)
    ]


def trained_on(name, batches, size=256):
    task = task_named(name)
    return {src for seed in range(batches) for src, _ in rows_of(generate_batch(task, size, rng(seed)))}


def held_out(name, count=200):
    task = task_named(name)
    return {
        pattern: {(SOS, *row[row != PAD].tolist(), EOS) for row in held_out_sources(task, pattern, count)}
        for pattern in task.patterns
    }


@pytest.mark.parametrize("name", DIGIT_TASKS)
@given(digits=digit_lists)
def test_the_answer_is_what_plain_python_says(name, digits):
    task, expected = TASKS[name], ids(RULES[name](digits))
    assert task.answer(ids(digits)) == expected
    assert task.is_right(ids(digits), expected)
    assert task.is_right(ids(digits), [*expected, PAD, PAD])


@pytest.mark.parametrize("name", DIGIT_TASKS)
@given(digits=digit_lists, data=st.data())
def test_one_wrong_token_is_wrong(name, digits, data):
    task, right = TASKS[name], ids(RULES[name](digits))
    place = data.draw(st.integers(0, len(right) - 1))
    token = data.draw(st.integers(0, 12).filter(lambda token: token != right[place]))
    assert not task.is_right(ids(digits), [*right[:place], token, *right[place + 1 :]])
    assert not task.is_right(ids(digits), right[:-1])
    assert not task.is_right(ids(digits), [*right[:-1], 3, EOS])


@pytest.mark.parametrize("name", DIGIT_TASKS)
@given(rows=st.lists(digit_lists, min_size=1, max_size=5))
def test_a_batch_is_what_pad_sequence_makes_of_sources_and_answers(name, rows):
    task = TASKS[name]
    sources = np.zeros((len(rows), 20), dtype=np.int64)
    for i, row in enumerate(rows):
        sources[i, : len(row)] = np.array(row) + 3
    batch = make_batch(task, sources)
    for tensor, expected in (
        (batch.src, map(ids, rows)),
        (batch.trg, (ids(RULES[name](row)) for row in rows)),
    ):
        sequences = [torch.tensor(sequence) for sequence in expected]
        padded = torch.nn.utils.rnn.pad_sequence(sequences, batch_first=True, padding_value=PAD)
        assert torch.equal(tensor, padded)
        assert torch.equal(pad_batch([sequence.tolist() for sequence in sequences]), padded)
    assert torch.equal(batch.trg_input[:, 1:], batch.trg_target[:, :-1])
    assert (batch.trg_input[:, 0] == SOS).all()


def test_padding_uses_the_id_it_is_given():
    assert pad_batch([[5], [6, 7]], pad_idx=9).tolist() == [[5, 9], [6, 7]]


@pytest.mark.parametrize("name", DIGIT_TASKS)
@given(
    digits=digit_lists, between=st.sampled_from(["", " ", "  ", ",", ", ", "、", "\t", ";", "，", "\u3000"])
)
def test_what_is_typed_is_read_however_digits_are_set_apart(name, digits, between):
    task = TASKS[name]
    text = between.join(map(str, digits))
    assert task.encode(text) == ids(digits)
    assert task.decode(task.encode(text)) == " ".join(map(str, digits))
    full_width = "".join(chr(ord("０") + digit) for digit in digits)
    assert task.encode(full_width) == ids(digits)


@pytest.mark.parametrize("name", TASKS)
def test_the_examples_of_a_task_can_be_read_written_and_answered(name):
    task = TASKS[name]
    assert len(task.examples) >= 2, "pages with several inputs show two"
    for example in task.examples:
        source = task.encode(example)
        assert (source[0], source[-1]) == (SOS, EOS)
        assert task.is_right(source, task.answer(source))
        assert task.encode(task.source_text(source)) == source


@pytest.mark.parametrize("name", TASKS)
@given(seed=st.integers(0, 2**16), data=st.data())
def test_what_a_task_draws_can_be_typed_and_is_read_as_the_same(name, seed, data):
    task = TASKS[name]
    pattern = data.draw(st.sampled_from(task.patterns))
    for row in task.draw(pattern, 20, rng(seed)).tolist():
        words = [token for token in row if token != PAD]
        assert row == words + [PAD] * (len(row) - len(words)), "padding is on the right"
        assert task.encode(task.source_text(row)) == [SOS, *words, EOS]


@pytest.mark.parametrize("name", TASKS)
@given(tokens=st.lists(st.integers(0, 60), min_size=1, max_size=14))
def test_any_tokens_have_one_right_answer_or_none(name, tokens):
    task = TASKS[name]
    source = [SOS, *(3 + token % (len(task.src_vocabulary) - 3) for token in tokens), EOS]
    answer = task.answer(source)
    if answer is None:
        assert not task.is_right(source, [SOS, EOS])
        with pytest.raises(InputError):
            task.encode(task.source_text(source))
    else:
        assert task.is_right(source, answer)


@pytest.mark.parametrize("name", TASKS)
def test_an_unknown_pattern_is_refused(name):
    with pytest.raises(InputError, match="sideways"):
        TASKS[name].draw("sideways", 1, rng())


@pytest.mark.parametrize("text", ["", "   ", "\n", ",、;", "\u3000"])
@pytest.mark.parametrize("name", DIGIT_TASKS)
def test_emptiness_is_refused_with_an_example_of_what_would_do(name, text):
    with pytest.raises(InputError, match=r"empty.*5 3 9 1 1"):
        TASKS[name].encode(text)


@pytest.mark.parametrize("name", DIGIT_TASKS)
@given(text=st.text(min_size=1, max_size=30))
def test_any_text_is_either_read_or_refused_with_an_input_error(name, text):
    task = TASKS[name]
    normal = unicodedata.normalize("NFKC", text)
    readable = all(char in "0123456789,、;" or char.isspace() for char in normal)
    if readable and any(char in "0123456789" for char in normal):
        assert task.encode(text) == ids([int(char) for char in normal if char in "0123456789"])
    else:
        with pytest.raises(InputError):
            task.encode(text)


@pytest.mark.parametrize(("text", "word"), [("5 x 9", "x"), ("3 -1", "-"), ("1.5", "."), ("٣ 4", "٣")])
def test_an_unknown_word_is_refused_by_name(text, word):
    with pytest.raises(InputError) as caught:
        TASKS["sort"].encode(text)
    assert caught.value.values["word"] == word


def test_an_unknown_task_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match="sort, reverse, copy, words, dates"):
        task_named("multiply")
    with pytest.raises(InputError, match="sideways"):
        draw_digits("sideways", 1, rng())


@given(st.integers(0, 2**16), st.integers(1, 20))
def test_descending_runs_step_down_by_one(seed, max_length):
    digits = generate_patterned_sequence("descending", rng(seed), max_length)
    assert 1 <= len(digits) <= max_length
    assert all(after == before - 1 for before, after in itertools.pairwise(digits))
    assert all(0 <= digit <= 9 for digit in digits)


@given(st.integers(0, 2**16), st.integers(10, 20))
def test_shuffled_sequences_hold_every_digit_once(seed, max_length):
    assert sorted(generate_patterned_sequence("shuffled", rng(seed), max_length)) == list(range(10))


@given(st.integers(0, 2**16), st.integers(1, 9))
def test_shuffled_sequences_cut_short_hold_no_digit_twice(seed, max_length):
    digits = generate_patterned_sequence("shuffled", rng(seed), max_length)
    assert len(set(digits)) == len(digits) == max_length


@pytest.mark.parametrize(("pattern", "highest"), [("repeats", 5), ("random", 9)])
def test_repeats_and_random_digits_have_every_length_and_every_digit_they_may(pattern, highest):
    rows = draw_digits(pattern, 2000, rng(1))
    assert set((rows >= 0).sum(axis=1).tolist()) == set(range(1, 17))
    assert set(rows.flatten().tolist()) == set(range(-1, highest + 1))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_same_seed_draws_the_same(pattern):
    assert np.array_equal(draw_digits(pattern, 50, rng(3)), draw_digits(pattern, 50, rng(3)))
    assert not np.array_equal(draw_digits(pattern, 50, rng(3)), draw_digits(pattern, 50, rng(4)))


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("size", [1, 3, 16, 130])
def test_a_batch_has_its_size_and_right_answers(name, size):
    task = TASKS[name]
    batch = generate_batch(task, size, rng(size))
    assert batch.src.size(0) == batch.trg.size(0) == size
    assert batch.src.dtype == batch.trg.dtype == torch.int64
    for src, trg in rows_of(batch):
        assert (src[0], src[-1]) == (SOS, EOS)
        assert task.is_right(src, trg)
        assert len(src) <= task.max_length + 2
    again = generate_batch(task, size, rng(size))
    assert torch.equal(batch.src, again.src)


def test_a_batch_holds_equal_shares_of_the_patterns():
    batch = generate_batch(TASKS["sort"], 400, rng(0))
    digits = [[token - 3 for token in src[1:-1]] for src, _ in rows_of(batch)]
    for quarter, fits in enumerate(
        [
            lambda row: all(b == a - 1 for a, b in itertools.pairwise(row)),
            lambda row: sorted(row) == list(range(10)),
            lambda row: max(row) <= 5,
        ]
    ):
        assert all(map(fits, digits[100 * quarter : 100 * quarter + 100]))
    assert max(map(max, digits[300:])) == 9


@pytest.mark.parametrize("name", TASKS)
def test_every_pattern_has_held_out_sequences_that_no_training_batch_shows(name):
    trained = trained_on(name, batches=40)
    assert len(trained) > 1000
    for pattern, sequences in held_out(name).items():
        assert sequences, pattern
        assert not sequences & trained, pattern


def test_there_are_as_many_held_out_sequences_as_asked_for_where_they_exist():
    for pattern, sequences in held_out("sort", 250).items():
        assert len(sequences) == 250 or pattern == "descending"
    runs = {(*range(first, last - 1, -1),) for first in range(10) for last in range(first + 1)}
    apart = {run for run in runs if is_held_out(np.array([[digit + 3 for digit in run]]))[0]}
    assert {tuple(token - 3 for token in row[1:-1]) for row in held_out("sort", 250)["descending"]} == apart
    assert 1 <= len(apart) < len(runs) == 55


@pytest.mark.parametrize("name", TASKS)
def test_held_out_sequences_are_always_the_same(name):
    task = task_named(name)
    first = {pattern: held_out_sources(task, pattern, 60).copy() for pattern in task.patterns}
    batch = held_out_batch(task, 100)
    held_out_sources.cache_clear()
    generate_batch(task, 64, rng(5))
    np.random.random()  # nobody else's random numbers matter
    for pattern, sources in first.items():
        assert np.array_equal(held_out_sources(task, pattern, 60), sources)
    assert torch.equal(held_out_batch(task, 100).src, batch.src)


@given(digit_lists, st.integers(0, 10))
def test_whether_a_sequence_is_held_out_does_not_depend_on_padding(digits, padding):
    bare = np.array([[digit + 3 for digit in digits]])
    padded = np.pad(bare, ((0, 0), (0, padding)))
    assert is_held_out(bare)[0] == is_held_out(padded)[0]


def test_about_one_sequence_in_ten_is_held_out():
    drawn = TASKS["sort"].draw("random", 20_000, rng(0))
    share = is_held_out(drawn[(drawn != PAD).sum(axis=1) > 4]).mean()
    assert 0.09 < share < 0.11


@pytest.mark.parametrize("count", [1, 2, 7, 256])
def test_a_held_out_batch_is_no_larger_than_asked_and_right(count):
    batch = held_out_batch(TASKS["sort"], count)
    assert 1 <= len(batch.src) <= count
    assert all(TASKS["sort"].is_right(src, trg) for src, trg in rows_of(batch))
