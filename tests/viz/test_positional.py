"""What the figures of positional encodings draw is what they are given."""

import numpy as np
import pytest

from transformer.positional import frequencies, sinusoidal_encoding
from viz import positional

CODES = sinusoidal_encoding(20, 8).numpy()


def test_the_heatmap_shows_the_codes_and_frames_the_chosen_position():
    figure = positional.heatmap(CODES, 3, ("dimension", "position"))
    assert np.array_equal(figure.data[0].z, CODES)
    frame = figure.layout.shapes[0]
    assert (frame.y0, frame.y1) == (2.5, 3.5)
    assert figure.layout.xaxis.title.text == "dimension"


def test_each_wave_is_one_column_of_the_codes_and_looks_unlike_the_others():
    figure = positional.waves(CODES, [0, 3, 6], 5, ("position", "value"), "dimension {n}")
    for dim, curve in zip([0, 3, 6], figure.data, strict=True):
        assert np.array_equal(curve.y, CODES[:, dim])
        assert curve.name == f"dimension {dim}"
    assert len({(curve.line.color, curve.line.dash) for curve in figure.data}) == 3


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
