"""Exercises: each accepts its key, which comes from a pass, and no other answer."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from transformer import Trace, shipped_checkpoint
from transformer.exercises import EXERCISES, grade, make
from transformer.exercises.masks import PLACES
from transformer.experiments.torch_masks import check_mha, check_sdpa
from transformer.model.mask_conventions import to_key_padding_mask

CHECKPOINT = shipped_checkpoint("sort")
ALL = [(name, level) for name, one in EXERCISES.items() for level in range(1, one.levels + 1)]
SEEDS = range(3)


def solution(problem):
    return problem.paint and problem.paint.values, [field.solution() for field in problem.fields]


@pytest.mark.parametrize(("name", "level"), ALL)
def test_the_key_is_right_and_one_wrong_cell_is_found_where_it_is(name, level):
    for seed in SEEDS:
        problem = make(name, CHECKPOINT, level, seed)
        painted, typed = solution(problem)
        assert grade(problem, painted, typed) == []
        if painted is not None:
            for cell in painted[:1].nonzero().tolist()[:3] + (~painted).nonzero().tolist()[:3]:
                wrong = painted.clone()
                wrong[tuple(cell)] ^= True
                findings = grade(problem, wrong, typed)
                assert [one.where for one in findings] == [tuple(cell)]
                assert str(findings[0].why)
        for number, field in enumerate(problem.fields):
            for place in range(len(field.key)):
                entries = field.solution().split()
                entries[place] = "D" if entries[place] == "A" and field.choices else "77"
                wrong = [*typed[:number], " ".join(entries), *typed[number + 1 :]]
                assert [(one.field, one.where) for one in grade(problem, painted, wrong)] == [
                    (number, (place,))
                ]


@pytest.mark.parametrize(("name", "level"), ALL)
def test_nothing_is_not_right(name, level):
    problem = make(name, CHECKPOINT, level, 1)
    nothing = problem.paint and torch.zeros_like(problem.paint.values)
    assert grade(problem, nothing, [""] * len(problem.fields))
    assert grade(problem, None, [])


@pytest.mark.parametrize("name", EXERCISES)
def test_the_same_seed_gives_the_same_problem_and_another_seed_another(name):
    def text(seed):
        problem = make(name, CHECKPOINT, 1, seed)
        strips = [(str(name), words) for name, words in problem.strips]
        return str([strips, problem.facts, [p.values for p in problem.given], solution(problem)])

    assert text(5) == text(5)
    assert len({text(seed) for seed in range(6)}) > 1


@pytest.mark.parametrize("level", [1, 2])
def test_the_padding_mask_is_false_exactly_where_pad_stands(level):
    for seed in SEEDS:
        problem = make("padding", CHECKPOINT, level, seed)
        words = [row for _, row in problem.strips]
        assert (~problem.paint.values[:, 0, 0]).tolist() == [[word == "PAD" for word in row] for row in words]


def test_masks_as_they_are_converted_make_pytorch_compute_what_the_pass_did():
    problem = make("convert", CHECKPOINT, 1, 0)
    vocabulary = CHECKPOINT.task.src_vocabulary
    ids = {vocabulary.label(token): token for token in range(len(vocabulary))}
    src = torch.tensor([[ids[word] for word in row] for _, row in problem.strips])
    trace = Trace()
    with torch.no_grad():
        CHECKPOINT.model(src, src[:, :1], trace=trace)
    agreement = check_mha(CHECKPOINT.model, trace, PLACES[0], key_padding_mask=problem.paint.values)
    assert agreement.weights < 1e-5
    for level in (2, 3):
        problem = make("convert", CHECKPOINT, level, 0)
        words = problem.given[0].columns[0]
        trg = torch.tensor([[ids[word] for word in words]])
        trace = Trace()
        with torch.no_grad():
            CHECKPOINT.model(torch.tensor([[1, 4, 2]]), trg, trace=trace)
        mask = problem.paint.values
        agreement = (
            check_mha(CHECKPOINT.model, trace, PLACES[1], attn_mask=mask)
            if level == 2
            else check_sdpa(trace, PLACES[1], mask)
        )
        assert agreement.weights < 1e-5
        wrong = check_sdpa(trace, PLACES[1], mask[None, None] if level == 2 else ~mask)
        assert wrong.weights > 0.01
    assert to_key_padding_mask(trace[f"{PLACES[0]}.mask"]).shape == (1, 3)


@given(st.integers(0, 10_000), st.integers(1, 2))
@settings(max_examples=40, deadline=None)
def test_what_is_said_of_a_sum_is_what_pytorch_says(seed, level):
    problem = make("broadcast", CHECKPOINT, level, seed)
    first, second = (eval(value) for _, value in problem.facts)
    try:
        shape = " ".join(map(str, (torch.zeros(first) + torch.zeros(second)).shape))
    except RuntimeError:
        assert "x" in problem.fields[0].key
    else:
        assert problem.fields[0].solution() == shape


def test_typed_numbers_may_be_off_by_one_in_the_last_digit_and_not_by_two():
    problem = make("softmax", CHECKPOINT, 1, 0)
    key = problem.fields[0].key
    near, far = ([" ".join(f"{number + off:.2f}" for number in key)] for off in (0.004, 0.03))
    assert grade(problem, None, near) == []
    assert len(grade(problem, None, far)) == 3
    assert grade(problem, None, [problem.fields[0].solution() + " 0.1"])
