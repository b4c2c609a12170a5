"""Factors of shifted matrices against linear algebra."""

import numpy as np
import pytest

from critcount.landscape.factors import FACTOR_BYTES, factor_bytes, factored
from critcount.landscape.spectra import lowest_spectrum, spectrum


def blocks(matrix, rows=7):
    return ((start, matrix[start : start + rows]) for start in range(0, len(matrix), rows))


def symmetric(values):
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(len(values), len(values))))[0]
    return basis * values @ basis.T


@pytest.mark.parametrize(
    "values",
    [np.linspace(1, 3, 20), np.linspace(-2, 3, 20), np.arange(20.0), np.zeros(20)],
    ids=["positive", "indefinite", "singular", "nothing"],
)
def test_a_factor_is_that_of_the_shifted_matrix(values):
    matrix = symmetric(values)
    found = factored(blocks(matrix), 20)
    lower = np.tril(found.lower)
    np.testing.assert_allclose(lower @ lower.T, matrix + found.shift * np.eye(20), atol=1e-13)
    # the least power of 30 that serves, up to rounding where an eigenvalue is zero
    assert found.shift > -values.min()
    if values.min() < 0:
        assert found.shift / 30 <= -values.min() * (1 + 1e-9)
    vector = np.ones(20)
    back = matrix @ found.solve(vector) + found.shift * found.solve(vector)
    np.testing.assert_allclose(back, vector, atol=1e-5)


def test_a_matrix_can_be_changed_before_it_is_factored():
    def adjust(hessian):
        hessian[0, 0] += 1

    found = factored(blocks(np.eye(3)), 3, adjust)
    np.testing.assert_allclose(found.solve(np.array([2.0, 1, 1])), np.ones(3), atol=1e-9)


def test_no_factor_of_what_is_not_finite_or_too_large():
    with pytest.raises(ArithmeticError, match="not finite"):
        factored(blocks(np.full((3, 3), np.nan)), 3)
    largest = int((FACTOR_BYTES / 8) ** 0.5)
    assert factor_bytes(largest) > 0 == factor_bytes(largest + 1)


def test_the_lowest_eigenvalues_by_solutions():
    """Against all eigenvalues, with negative ones, zeros and close ones, which products miss."""
    values = np.concatenate([[-2.0, -1e-6, 0.0], 1e-6 * np.arange(1, 60), np.linspace(1, 9, 38)])
    matrix = symmetric(values)
    solutions = []
    factor = factored(blocks(matrix), 100)

    def product(vector):
        solutions.append(1)
        return matrix @ vector

    found = lowest_spectrum(product, 100, factor=factor)
    np.testing.assert_allclose(found.eigenvalues, values[:6], atol=1e-11)
    assert found.index == spectrum(matrix).index == 2
    assert len(solutions) < 100
