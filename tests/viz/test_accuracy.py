from viz.accuracy import AccuracyWords, LengthBar, accuracy_by_length

WORDS = AccuracyWords("length", "share", "whole", "tokens", "inputs", "trained")


def test_lengths_beyond_training_are_hatched_and_the_limit_is_drawn():
    bars = [LengthBar(3, 10, 1.0, 1.0), LengthBar(16, 4, 0.5, 0.75), LengthBar(17, 5, 0.0, 0.25)]
    figure = accuracy_by_length(bars, 16, WORDS)
    assert list(figure.data[0].x) == [3, 16, 17]
    assert list(figure.data[0].y) == [1.0, 0.5, 0.0]
    assert list(figure.data[1].y) == [1.0, 0.75, 0.25]
    assert list(figure.data[0].marker.pattern.shape) == ["", "", "/"]
    assert [shape.x0 for shape in figure.layout.shapes] == [16.5]


def test_without_longer_inputs_there_is_no_limit_to_draw():
    assert not accuracy_by_length([LengthBar(3, 10, 1.0, 1.0)], 16, WORDS).layout.shapes
    assert not accuracy_by_length([], 16, WORDS).layout.shapes
