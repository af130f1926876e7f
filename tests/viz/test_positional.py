"""The figures of positional encodings draw the values that they are given."""

import numpy as np
import pytest

from transformer.model.positional import frequencies, sinusoidal_encoding
from viz import circles, positional
from viz.figure import enlarge

CODES = sinusoidal_encoding(20, 8).numpy()


def test_the_heatmap_shows_the_codes_and_frames_the_chosen_position():
    figure = positional.heatmap(CODES, 3, ("dimension", "position"))
    assert np.array_equal(figure.data[0].z, CODES)
    frame = figure.layout.shapes[0]
    assert (frame.y0, frame.y1) == (2.5, 3.5)
    assert figure.layout.xaxis.title.text == "dimension"


@pytest.mark.parametrize("dims", [1, 2, 7, 64])
def test_low_dimensions_turn_fast_and_high_ones_slowly(dims):
    figure = positional.wavelengths(frequencies(dims).numpy(), 50, ("dimension", "positions"), "shown")
    turns = figure.data[0].y
    assert turns[0] == pytest.approx(2 * np.pi)
    assert (np.diff(turns) > 0).all()


def test_similarity_is_symmetric_and_depends_on_the_distance_alone():
    z = positional.similarity(CODES, "position").data[0].z
    assert np.allclose(z, z.T)
    for distance in range(1, 5):
        diagonal = np.diagonal(z, distance)
        assert np.allclose(diagonal, diagonal[0], atol=1e-4)


def test_the_curve_over_distances_is_the_mean_and_has_a_band_only_where_pairs_differ():
    alike = CODES @ CODES.T
    (curve,) = positional.by_distance({"alike": alike}, ("distance", "value")).data
    assert list(curve.x) == list(range(-19, 20))
    assert np.allclose(curve.y, [np.diagonal(alike, d).mean() for d in range(-19, 20)])
    band, _ = positional.by_distance({"x": np.arange(9.0).reshape(3, 3)}, ("distance", "value")).data
    assert band.fill == "toself"
    assert max(band.y) == 8
    assert min(band.y) == 0


def test_shares_are_told_apart_by_more_than_colour():
    figure = positional.shares({"one": {"a": 0.5, "b": 1.0}, "other": {"a": 0.0, "b": 0.25}}, "right")
    assert [list(bar.y) for bar in figure.data] == [[0.5, 1.0], [0.0, 0.25]]
    assert len({bar.marker.pattern.shape for bar in figure.data}) == 2
    assert list(figure.data[1].text) == ["0.0%", "25.0%"]


def test_arrows_point_from_each_centre_at_the_points_of_their_step():
    turning = np.exp(1j * np.arange(5)[:, None] * np.array([1.0, 0.1]))
    words = circles.Words("play", "pause", "p = ")
    figure = circles.circles(["fast", "slow"], {"hand": turning}, list("abcde"), words)
    assert [frame.name for frame in figure.frames] == list("01234")
    for step, frame in enumerate(figure.frames):
        x, y = frame.data[0].x, frame.data[0].y
        assert frame.traces == (1,)
        for circle in range(2):
            start, end = 3 * circle, 3 * circle + 1
            assert complex(x[end] - x[start], y[end] - y[start]) == pytest.approx(
                turning[step, circle], abs=1e-4
            )
    assert [step.label for step in figure.layout.sliders[0].steps] == list("abcde")


@pytest.mark.parametrize("count", [1, 3, 4, 6])
def test_circles_stand_in_rows_apart_from_each_other_and_inside_the_picture(count):
    words = circles.Words("play", "pause", "p = ")
    names = [str(n) for n in range(count)]
    figure = circles.circles(names, {"hand": np.ones((2, count), dtype=complex)}, ["0", "1"], words)
    centres = np.array(
        [complex(*at) for at in zip(figure.data[1].x[::3], figure.data[1].y[::3], strict=True)]
    )
    apart = abs(centres[:, None] - centres[None])[~np.eye(count, dtype=bool)]
    assert (apart > 2).all(), "circles of radius 1"
    assert len(set(centres.imag)) == -(-count // 3)
    low, high = figure.layout.yaxis.range
    assert low < centres.imag.min() - 1 < centres.imag.max() + 1 <= high


def test_text_is_enlarged_everywhere():
    words = circles.Words("play", "pause", "p = ")
    turning = circles.circles(["one"], {"hand": np.ones((2, 1), dtype=complex)}, ["0", "1"], words)
    enlarge(turning, 18)
    layout = turning.layout
    texts = [layout.legend, layout.annotations[0], layout.sliders[0], layout.updatemenus[0]]
    assert {text.font.size for text in texts} == {18}
    map_of_codes = positional.similarity(CODES, "position")
    enlarge(map_of_codes, 18)
    axes = (map_of_codes.layout.xaxis, map_of_codes.layout.yaxis, map_of_codes.data[0].colorbar)
    assert {axis.tickfont.size for axis in axes} == {axis.title.font.size for axis in axes} == {18}
