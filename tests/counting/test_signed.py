"""Signed counts against enumeration, generating functions and the Dowling numbers."""

import math
from fractions import Fraction

import pytest

from critcount import G, SignedExpansions, SizeLimitError, T, signed_G, signed_T
from critcount.counting import layer
from tests.oracles.published import SIGNED
from tests.oracles.signed_brute_force import signed_subspaces

SMALL = [(r, m) for m in range(5) for r in range(m + 2)]


@pytest.mark.parametrize("idle", [False, True])
@pytest.mark.parametrize(("r", "m"), SMALL)
def test_against_enumeration(r, m, idle):
    subspaces = signed_subspaces(r, m, idle=idle)
    assert signed_T(r, m, idle=idle) == len(subspaces)
    assert signed_G(r, m, idle=idle) == len(signed_subspaces(r, m, idle=idle, free=False))
    family = SignedExpansions(r, m, "tanh" if idle else "gaussian", biases="none")
    listed = list(family)
    as_keys = {tuple((c + 1, s) for c, s in zip(e.blocks, e.signs, strict=True)) for e in listed}
    assert as_keys == subspaces
    assert len(listed) == len(subspaces)
    assert listed == sorted(listed)


def coefficients(r, size, *, idle, exponential):
    """m! [x^m] (e^(2x) - 1)^r, times exp((e^(2x) - 1)/2) and e^x where asked for."""

    def times(a, b):
        return [sum(a[i] * b[k - i] for i in range(k + 1)) for k in range(size)]

    e = [Fraction(0)] + [Fraction(2**i, math.factorial(i)) for i in range(1, size)]
    total = [Fraction(1)] + [Fraction(0)] * (size - 1)
    if exponential:
        for k in range(1, size):
            total[k] = sum(i * e[i] / 2 * total[k - i] for i in range(1, k + 1)) / k
    if idle:
        total = times(total, [Fraction(1, math.factorial(i)) for i in range(size)])
    for _ in range(r):
        total = times(total, e)
    return [int(c * math.factorial(k)) for k, c in enumerate(total)]


@pytest.mark.parametrize("idle", [False, True])
@pytest.mark.parametrize("r", [0, 1, 2, 5])
def test_generating_functions(r, idle):
    assert [signed_T(r, m, idle=idle) for m in range(15)] == coefficients(
        r, 15, idle=idle, exponential=True
    )
    assert [signed_G(r, m, idle=idle) for m in range(15)] == coefficients(
        r, 15, idle=idle, exponential=False
    )


@pytest.mark.parametrize("number", SIGNED)
def test_published_sequences(number):
    items = list(SIGNED[number].items())
    assert len(items) >= 10
    for index, term in items:
        assert SIGNED[number].value(signed_T, signed_G, *index) == term


@pytest.mark.parametrize("number", SIGNED)
def test_brute_force_gives_the_published_terms(number):
    def count(r, m, *, idle):
        return len(signed_subspaces(r, m, idle=idle))

    def critical(r, m, *, idle):
        return len(signed_subspaces(r, m, idle=idle, free=False))

    for (n,), term in list(SIGNED[number].items())[:5]:
        assert SIGNED[number].value(count, critical, n) == term


@pytest.mark.parametrize(("r", "m"), [(0, 50), (3, 120), (60, 90), (90, 90)])
@pytest.mark.parametrize("number", [signed_T, signed_G])
def test_idle_neurons_are_chosen_first(number, r, m):
    expected = sum(math.comb(m, u) * number(r, m - u) for u in range(m - r + 1))
    assert number(r, m, idle=True) == expected


def test_signs_only_add():
    for m in range(1, 12):
        for r in range(1, m + 1):
            assert signed_T(r, m) >= T(r, m)
            assert signed_G(r, m) == 2**m * G(r, m)


def test_conventions_and_limits():
    assert signed_T(3, 2) == signed_G(3, 2) == signed_T(3, 2, idle=True) == 0
    assert signed_G(3, 2, idle=True) == 0
    assert signed_T(0, 0) == signed_G(0, 0) == 1
    with pytest.raises(SizeLimitError):
        signed_T(3, 10**5)
    with pytest.raises(SizeLimitError):
        signed_T(3, 3000, idle=True)
    with pytest.raises(SizeLimitError, match="a word of this family"):
        next(iter(SignedExpansions(3, 301)))
    for function in (signed_T, signed_G, SignedExpansions):
        with pytest.raises(TypeError, match="must be an integer"):
            function(1.0, 2)
        with pytest.raises(ValueError, match="r must be at least 0"):
            function(-1, 2)


@pytest.mark.parametrize("count", [signed_T, signed_G])
def test_a_result_that_is_longer_than_the_limit_is_refused(count):
    """Signs make far more of a subspace than T counts, and the bound knows it."""
    for r, m in ((2, 30), (10, 40), (25, 60)):
        length = len(str(count(r, m)))
        assert length > math.ceil(layer.bound_log10_T(r, m)) or count is signed_G
        with pytest.raises(SizeLimitError, match="digits, past the limit of"):
            count(r, m, max_digits=length - 1)
        assert count(r, m, max_digits=length + m) == count(r, m)


def test_the_bound_holds_a_factor_of_four_for_each_neuron():
    r, m = 3, 50
    bound = math.ceil(layer.bound_log10_T(r, m) + m * math.log10(4))
    signed_T(r, m, max_digits=bound)
    with pytest.raises(SizeLimitError, match=f"would have {bound} digits"):
        signed_T(r, m, max_digits=bound - 1)
