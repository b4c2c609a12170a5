"""Components for each activation: against brute force, generating functions and linear algebra."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import least_squares

from critcount import G, SizeLimitError, T, signed_G, signed_T
from critcount.activations import ACTIVATIONS
from critcount.counting.activations import (
    count_connected_pieces,
    count_critical_types,
    count_types,
    count_types_by_definition,
    formula,
    types_by_dimension,
)
from critcount.counting.setting import BIASES, Setting
from tests.oracles import activations_brute_force as oracle

SMALL = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (1, 3), (2, 2))


def settings(d_in=(1, 2), d_out=(1, 2)):
    for name, biases, d, q, skip in itertools.product(
        ACTIVATIONS, BIASES, d_in, d_out, (False, True)
    ):
        try:
            yield Setting(name, d, q, biases, skip)
        except ValueError:
            continue


@pytest.mark.parametrize("biases", BIASES)
@pytest.mark.parametrize("name", sorted(set(oracle.SIGMAS) - {"silu"}))
def test_signed_words_with_their_equations_solved(name, biases):
    setting = Setting(name, 1, biases=biases)
    for r, m in SMALL:
        expected = oracle.number(name, r, m, 1, setting.hidden_biases, setting.output_bias)
        assert count_types(r, m, setting) == expected, (r, m)


@pytest.mark.exhaustive
@pytest.mark.parametrize("biases", BIASES)
@pytest.mark.parametrize("name", sorted(set(oracle.SIGMAS) - {"silu"}))
def test_signed_words_of_three_neurons_over_two(name, biases):
    setting = Setting(name, 1, biases=biases)
    expected = oracle.number(name, 2, 3, 1, setting.hidden_biases, setting.output_bias)
    assert count_types(2, 3, setting) == expected


@pytest.mark.parametrize(
    ("name", "biases", "d", "q", "r", "m"),
    [
        ("sigmoid", "hidden", 1, 1, 2, 4),
        pytest.param("softplus", "all", 2, 1, 2, 4, marks=pytest.mark.exhaustive),
        pytest.param("softplus", "all", 2, 2, 2, 4, marks=pytest.mark.exhaustive),
        ("sigmoid", "hidden", 2, 2, 1, 3),
    ],
)
def test_signed_words_larger(name, biases, d, q, r, m):
    setting = Setting(name, d, q, biases)
    expected = oracle.number(name, r, m, d, setting.hidden_biases, setting.output_bias, q)
    assert count_types(r, m, setting) == expected


def test_the_sum_over_shapes_in_every_setting():
    for setting in settings():
        for r, m in itertools.product(range(4), range(7)):
            try:
                number = count_types(r, m, setting)
            except ValueError:
                continue
            assert number == count_types_by_definition(r, m, setting), (setting, r, m)


def test_dimensions_from_corners_are_those_of_all_shapes():
    for setting in settings(d_out=(1,)):
        if setting.form == "trigonometric":
            continue
        for r, m in itertools.product(range(4), range(6)):
            try:
                found = types_by_dimension(r, m, setting)
            except ValueError:
                continue
            assert sum(found.values()) == count_types(r, m, setting)
            expected = (min(found), max(found)) if found else None
            assert setting.dimensions(r, m) == expected, (setting, r, m)


TERMS = 11


class Series:
    """A power series in x with rational coefficients, up to x^(TERMS - 1)."""

    def __init__(self, coefficients):
        self.c = [Fraction(0)] * TERMS
        self.c[: len(coefficients)] = map(Fraction, coefficients[:TERMS])

    def __add__(self, other):
        return Series([p + q for p, q in zip(self.c, _of(other).c, strict=True)])

    def __mul__(self, other):
        c = [Fraction(0)] * TERMS
        for i, p in enumerate(self.c):
            for j, q in enumerate(_of(other).c[: TERMS - i]):
                c[i + j] += p * q
        return Series(c)

    def __sub__(self, other):
        return self + _of(other) * -1

    def __pow__(self, power):
        return Series([1]) if power == 0 else self * self ** (power - 1)

    __rmul__ = __mul__

    def exp(self):
        """E' = S' E, for a series without constant term."""
        e = [Fraction(1)]
        for n in range(1, TERMS):
            e.append(sum(k * self.c[k] * e[n - k] for k in range(1, n + 1)) / n)
        return Series(e)

    def numbers(self):
        return [c * math.factorial(n) for n, c in enumerate(self.c)]


def _of(value):
    return value if isinstance(value, Series) else Series([value])


@pytest.mark.parametrize("r", [0, 1, 2, 3])
def test_generating_functions_expanded_in_x(r):
    x = Series([0, 1])
    u = x.exp() - 1
    e, e2 = u.exp(), (u * u * Fraction(1, 2)).exp()
    one = u + 1
    signed = (2 * u + u**2) ** r * e * e2
    e_r = e * ((2 * u + u**2) ** r * (e2 - 1) + u**r * (_of(1) - u**2 * Fraction(1, 2)))
    flips = e * ((2**r - 1) * u**r + r * u ** (r + 1) + u ** (r + 2) * Fraction(1, 2))
    for setting, expression in (
        (Setting("mish", 3), one * u**r * e),
        (Setting("generic", 3, biases="hidden"), (one - x) * u**r * e),
        (Setting("tanh", 3), one * signed),
        (Setting("gaussian", 3, biases="hidden"), (one - x) * signed),
        (Setting("sigmoid", 3, biases="hidden"), one * signed - flips - x * u**r * e),
        (Setting("sigmoid", 3, biases="none"), one * signed - flips - u ** (r + 1) * e),
        (Setting("gelu", 3), one * e_r),
        (Setting("softplus", 3, biases="none"), e_r),
        (Setting("softplus", 3, biases="hidden"), one * e_r - x * u**r * e),
    ):
        expected = expression.numbers()
        assert [count_types(r, m, setting) for m in range(TERMS)] == expected, setting


def test_known_rows():
    for name, biases, d, r, numbers in (
        ("mish", "all", 2, 0, [1, 2, 5, 15, 52, 203, 877]),  # Bell numbers
        ("tanh", "all", 2, 0, [1, 2, 6, 24, 116]),  # Dowling numbers, OEIS A007405
        ("sigmoid", "hidden", 2, 3, [6, 444, 8850]),
        ("softplus", "none", 1, 2, [2, 24, 242, 2360]),
        ("softplus", "none", 2, 3, [6, 60, 1230]),
        ("gelu", "all", 2, 1, [1, 5, 25, 153, 1146]),
        ("relu", "all", 2, 2, [2, 18, 158, 1730]),
        # of 13, 79 and 586 those that have a pair and a flip, and of 586 also 15 with two pairs
        ("relu", "none", 2, 1, [1, 3, 10, 37, 586 - 405 - 15]),
    ):
        setting = Setting(name, d, biases=biases)
        assert [count_types(r, r + k, setting) for k in range(len(numbers))] == numbers


def test_degenerate_and_special_cases():
    for setting in settings():
        for r, m in ((0, 0), (3, 2)):
            try:
                assert count_types(r, m, setting) == (r == m)
                assert setting.dimensions(r, m) == ((0, 0) if r == m else None)
            except ValueError as error:
                assert "several outputs" in str(error)  # noqa: PT017 - refused by design
    none = Setting("generic", 2, biases="none")
    assert count_types(3, 300, none) == T(3, 300)
    assert count_types(2, 40, Setting("tanh", 2)) == signed_T(2, 40, idle=True)
    assert count_critical_types(2, 5, none) == G(2, 5)
    assert count_critical_types(2, 5, Setting("tanh", 3)) == signed_G(2, 5, idle=True)
    # T_idle by placing the idle neurons
    placed = sum(math.comb(7, i) * T(2, 7 - i) for i in range(6))
    assert count_types(2, 7, Setting("elu", 2)) == placed
    idle = sum(math.comb(7, i) * G(2, 7 - i) for i in range(6))
    assert count_critical_types(2, 7, Setting("relu", 2)) == idle


def test_refused_sizes_and_cases():
    with pytest.raises(ValueError, match="beyond the number of inputs, 3 > 2"):
        count_types(3, 4, Setting("gelu", 2, 2))
    with pytest.raises(ValueError, match="the function zero without biases"):
        count_types(0, 1, Setting("relu", 2, biases="none"))
    with pytest.raises(SizeLimitError, match="3,000"):
        count_types(2, 3001, Setting("gelu", 2))
    with pytest.raises(SizeLimitError, match="digits"):
        count_types(2, 10**6, Setting("gelu", 2))
    with pytest.raises(ValueError, match="different dimensions"):
        types_by_dimension(1, 2, Setting("sin", 2))


# Connected pieces


def test_pieces_are_at_most_types_and_one_wherever_they_are_connected():
    for setting in settings():
        for r, m in itertools.product(range(4), range(8)):
            try:
                pieces, types = count_connected_pieces(r, m, setting), count_types(r, m, setting)
            except ValueError:
                continue
            if pieces.number is not None:
                assert (pieces.number == 0) == (m < r) == (types == 0)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softplus(z):
    return np.logaddexp(0, z)


def network(sigma, theta, a, inputs):
    """f(x) = Σ a σ(θ·(x, 1)), θ by rows."""
    return sigma(np.column_stack([inputs, np.ones(len(inputs))]) @ theta.T) @ a


def affine_strata(r, m, theta, a):
    """Types without idle neurons of a sigmoid student as (matrix, right-hand side) in R^(m D+m).

    Rows: every neuron's θ, then all a. The free vector of a zero-type block is eliminated.
    """
    D = theta.shape[1]
    words = {}
    from tests.oracles.signed_brute_force import signed_subspaces

    for key in signed_subspaces(r, m, idle=False):
        equations, values = [], []

        def equate(row, value, equations=equations, values=values):
            equations.append(row)
            values.append(value)

        first = {}
        for i, (v, sign) in enumerate(key):
            for c in range(D):
                row = np.zeros(m * D + m)
                row[i * D + c] = 1
                if v <= r:
                    equate(row, sign * theta[v - 1, c])
                elif v in first:
                    j, other = first[v]
                    row[j * D + c] -= sign * other
                    equate(row, 0.0)
            first.setdefault(v, (i, sign))
        for v in first:
            row = np.zeros(m * D + m)
            row[[m * D + i for i, (w, _) in enumerate(key) if w == v]] = 1
            # the class of o has Σ ε a, that of its constant Σ over flipped neurons
            for i, (w, sign) in enumerate(key):
                if w == v:
                    row[m * D + i] = sign
            equate(row, a[v - 1] if v <= r else 0.0)
        row = np.zeros(m * D + m)
        row[m * D :] = [sign == -1 for _, sign in key]
        equate(row, 0.0)
        words[key] = (np.array(equations), np.array(values))
    return words


def meet(first, second):
    matrix = np.vstack([first[0], second[0]])
    values = np.concatenate([first[1], second[1]])
    solution = np.linalg.lstsq(matrix, values, rcond=None)[0]
    return np.abs(matrix @ solution - values).max() < 1e-9


@pytest.mark.parametrize(("r", "isolated"), [(1, 0), (2, 12)])
def test_pieces_of_the_sigmoid_without_output_bias_by_linear_algebra(r, isolated):
    # the types without idle neurons meet in affine spaces: components of the graph of meetings;
    # those that are alone are the isolated points, beside (r + 1)! (2^r - 1) curves
    rng = np.random.default_rng(3)
    theta, a = rng.standard_normal((r, 3)), rng.uniform(0.5, 2, r)
    strata = [
        s
        for s in affine_strata(r, r + 1, theta, a).values()
        if np.abs(s[0] @ np.linalg.lstsq(s[0], s[1], rcond=None)[0] - s[1]).max() < 1e-9
    ]
    label = list(range(len(strata)))
    for i, j in itertools.combinations(range(len(strata)), 2):
        if meet(strata[i], strata[j]):
            label = [label[j] if c == label[i] else c for c in label]
    pieces = len(set(label))
    assert pieces == 1 + isolated
    curves = math.factorial(r + 1) * (2**r - 1)
    setting = Setting("sigmoid", 2, biases="hidden")
    assert count_connected_pieces(r, r + 1, setting).number == pieces + curves
    assert [count_connected_pieces(k, k + 1, setting).number for k in (1, 2, 3)] == [3, 31, 385]


def test_an_isolated_point_of_the_sigmoid_without_output_bias():
    # block 0 of both signs, neuron 1 flipped: a_n = a_1, a_p = a_0 + a_1
    rng = np.random.default_rng(0)
    theta, a = np.array([[2.0, -1.0, 0.5], [-1.0, -2.0, 1.0]]), np.array([0.7, 1.6])
    inputs = 2 * rng.standard_normal((100, 2))
    point = np.array([theta[0], -theta[0], -theta[1]])
    weights = np.array([a[0] + a[1], a[1], -a[1]])
    expected = network(sigmoid, theta, a, inputs)
    np.testing.assert_allclose(network(sigmoid, point, weights, inputs), expected, atol=1e-14)
    # pushed away and trained again it comes back, to this point alone
    bar = np.column_stack([inputs, np.ones(len(inputs))])

    def residual(vector):
        return network(sigmoid, vector[:9].reshape(3, 3), vector[9:], inputs) - expected

    def jacobian(vector):
        values = sigmoid(bar @ vector[:9].reshape(3, 3).T)
        slopes = vector[9:] * values * (1 - values)
        return np.hstack([*(slopes[:, [i]] * bar for i in range(3)), values])

    vector = np.concatenate([point.ravel(), weights])
    for push in 0.03 * rng.standard_normal((5, 12)):
        found = least_squares(
            residual, vector + push, jacobian, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15
        )
        assert np.abs(found.fun).max() < 1e-14
        assert np.linalg.norm(found.x - vector) < 1e-6 < np.linalg.norm(push)


@pytest.mark.parametrize("name", ["softplus", "gelu", "silu", "relu"])
def test_a_second_spare_neuron_disconnects(name):
    # two flips made good by a pair ±v with weights -s, s; v = -R/s is never 0 nor parallel to w_t
    sigma = ACTIVATIONS[name]
    rng = np.random.default_rng(0)
    theta, a = rng.standard_normal((2, 3)), np.array([1.5, -0.8])
    inputs = rng.standard_normal((200, 2))
    expected = network(sigma, theta, a, inputs)
    residue = a @ theta
    for s, b in itertools.product((-3.0, -0.5, 0.4, 2.0), (-1.0, 0.3)):
        v = np.append(-residue[:2] / s, b)
        point = np.array([-theta[0], -theta[1], v, -v])
        weights = np.array([*a, -s, s])
        # f(-θ) = f(θ) - θ·x̃: the pair gives -s v·x̃, the constant goes to the output bias
        constant = float(residue[2] + s * b)
        found = network(sigma, point, weights, inputs) + constant
        np.testing.assert_allclose(found, expected, atol=1e-12)
        assert abs(np.linalg.det(np.array([v[:2], theta[0, :2]]))) > 1e-3
        assert abs(np.linalg.det(np.array([v[:2], theta[1, :2]]))) > 1e-3
    setting = Setting(name, 2)
    assert [count_connected_pieces(2, m, setting).number for m in range(2, 7)] == [2, 1, 25, 1, 1]
    assert [count_connected_pieces(r, r + 2, Setting(name, 4)).number for r in range(5)] == [
        1,
        1,
        25,
        481,
        7921,
    ]
    assert count_connected_pieces(3, 5, setting).number is None


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (Setting("gelu", 3, 2), "e^x E_(q=2)(u)"),
        (Setting("gelu", 3, 1), "e^x E_3(u)"),
        (Setting("softplus", 2, biases="none"), "E_2(u)"),
        (Setting("softplus", 3, biases="hidden"), "E_4(u) + (e^x - 1) E_3(u) - x u^r e^u"),
        (Setting("gelu", 3, biases="hidden"), "E_4(u) + (e^x - 1) E_3(u)"),
        (Setting("gaussian", 2, biases="hidden"), "(e^x - x) (2u + u²)^r e^(u + u²/2)"),
        (Setting("generic", 2, biases="none"), "u^r e^u"),
        (Setting("mish", 2), "e^x u^r e^u"),
    ],
)
def test_formulas_in_words(setting, expected):
    assert formula(setting) == expected


def test_a_number_that_fits_is_not_refused():
    """The bound by which a number is refused is no more than some digits above it."""
    for name, r, m in (("tanh", 3, 60), ("gelu", 2, 80), ("sigmoid", 1, 50)):
        setting = Setting(name, 2)
        length = len(str(count_types(r, m, setting)))
        loose = math.ceil(m * math.log10(4)) + 8
        assert count_types(r, m, setting, max_digits=length + loose)
        with pytest.raises(SizeLimitError):
            count_types(r, m, setting, max_digits=length - 2)


def test_fractions_never_appear():
    assert all(
        Fraction(count_types(r, m, Setting("silu", 1, biases="hidden"))).denominator == 1
        for r in range(5)
        for m in range(12)
    )
