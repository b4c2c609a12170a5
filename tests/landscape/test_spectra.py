"""Spectra: planted eigenvalues, and the cases in which nothing can be told."""

import json

import numpy as np
import pytest

from critcount.landscape.spectra import GAP, lowest_spectrum, spectrum

EPSILON = np.finfo(float).eps


def planted(eigenvalues, seed):
    """Return a symmetric matrix with given eigenvalues, in a random basis."""
    n = len(eigenvalues)
    basis, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))
    matrix = basis @ np.diag(eigenvalues) @ basis.T
    return (matrix + matrix.T) / 2


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("negative", "zero", "positive"),
    [(0, 0, 5), (2, 3, 4), (1, 1, 0), (0, 7, 1), (5, 0, 0), (3, 40, 60)],
)
def test_planted(negative, zero, positive, seed):
    rng = np.random.default_rng(seed)
    sizes = 10.0 ** rng.uniform(-6, 2, size=negative + positive)
    values = np.concatenate([-sizes[:negative], np.zeros(zero), sizes[negative:]])
    found = spectrum(planted(values, seed))
    assert (found.index, found.nullity) == (negative, zero)
    assert found.gap >= GAP
    np.testing.assert_allclose(found.eigenvalues, np.sort(values), atol=found.noise)
    assert found.largest_zero <= found.noise < found.smallest_nonzero
    assert found.smallest_nonzero == pytest.approx(sizes.min(), rel=1e-6)
    assert found.smallest_nonzero / found.noise == found.gap


def test_scale_does_not_matter():
    values = [-3.0, 0.0, 0.0, 1e-4, 2.0]
    for scale in (1e-200, 1e-8, 1.0, 1e150):
        found = spectrum(scale * planted(values, 0))
        assert (found.index, found.nullity) == (1, 2)


@pytest.mark.parametrize(
    ("matrix", "index", "nullity"),
    [
        (np.zeros((4, 4)), 0, 4),
        (np.zeros((0, 0)), 0, 0),
        (np.eye(3), 0, 0),
        ([[0.0]], 0, 1),
        ([[-1e-300]], 1, 0),
        ([[2.0]], 0, 0),
        (-np.eye(2), 2, 0),
    ],
)
def test_degenerate(matrix, index, nullity):
    found = spectrum(matrix)
    assert (found.index, found.nullity) == (index, nullity)
    assert np.isinf(found.gap) == (nullity == len(matrix))


def test_no_gap_is_undecided():
    # eigenvalues that fall off evenly, down to the noise: there is no place to cut
    values = 10.0 ** -np.arange(0, 20, 0.5)
    found = spectrum(np.diag(values))
    assert found.nullity is None
    assert found.index is None
    assert 1 < found.gap < GAP
    assert "undecided" in repr(found)


def test_gap_of_the_rule():
    n, zero = 6, np.zeros(2)
    noise = n * EPSILON
    for factor, nullity in ((0.5, 3), (2, None), (0.9 * GAP, None), (1.1 * GAP, 2)):
        found = spectrum(np.diag([*zero, factor * noise, 0.1, 0.5, 1.0]))
        assert found.nullity == nullity
        assert found.noise == noise


def test_error_of_the_caller():
    matrix = np.diag([-1e-7, 1e-7, 1.0])
    assert spectrum(matrix).index == 1
    assert spectrum(matrix, error=1e-8).nullity is None
    assert spectrum(matrix, error=1e-7).nullity == 2
    assert spectrum(matrix, error=2.0).nullity == 3


def test_noise_bounds_the_error_of_the_eigenvalues():
    # the zeros of a planted matrix come out below the noise, whatever the size and the basis
    for seed in range(20):
        n = 2 + 7 * seed
        values = np.where(np.arange(n) % 2, 1.0, 0.0)
        found = spectrum(planted(values, seed))
        assert found.nullity == (n + 1) // 2


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.zeros((2, 3)), "square"),
        (np.zeros(3), "square"),
        ([[np.nan]], "finite"),
        ([[0.0, np.inf], [np.inf, 0.0]], "finite"),
        ([[1.0, 2.0], [2.1, 1.0]], "symmetric"),
    ],
)
def test_no_symmetric_matrix(matrix, message):
    with pytest.raises(ValueError, match=message):
        spectrum(matrix)


def test_bad_error():
    for error in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="error"):
            spectrum(np.eye(2), error=error)


def test_to_dict_is_json():
    for matrix in (np.zeros((2, 2)), np.diag([-1.0, 0.0, 2.0])):
        found = spectrum(matrix)
        read = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        assert read["nullity"] == found.nullity
        assert read["eigenvalues"] == found.eigenvalues.tolist()


def test_immutable():
    found = spectrum(np.eye(2))
    with pytest.raises(ValueError, match="read-only"):
        found.eigenvalues[0] = 1
    with pytest.raises(AttributeError):
        found.nullity = 1


def test_the_lowest_part_of_a_large_matrix():
    """Against all eigenvalues: index, zeros and gap, and where all that are found are negative."""
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(100, 100)))[0]
    values = np.concatenate([[-2.0, -1.0, 0.0], np.linspace(0.5, 9, 97)])
    matrix = basis * values @ basis.T
    found = lowest_spectrum(lambda v: matrix @ v, 100)
    assert (found.index, found.nullity, len(found.eigenvalues)) == (2, 1, 6)
    np.testing.assert_allclose(found.eigenvalues, values[:6], atol=1e-6)
    low = lowest_spectrum(lambda v: matrix @ v - 5 * v, 100)
    assert (low.index, low.nullity) == (None, None)
    small = matrix[:20, :20]
    whole = lowest_spectrum(lambda v: small @ v, 20)
    np.testing.assert_allclose(whole.eigenvalues, np.linalg.eigvalsh(small), atol=1e-12)
