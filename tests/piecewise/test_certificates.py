from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog

from critcount.piecewise import certificates
from critcount.piecewise.certificates import (
    OLD,
    Type,
    alternating,
    certificate,
    inequalities,
    is_certificate,
    plausible_types,
    types,
    without_certificate,
)
from tests.oracles import piecewise_brute_force as oracle


@pytest.mark.parametrize("n", [1, 2, 3])
def test_slopes_do_not_alternate_all_the_way(n):
    """Z(2, n) < 2n + 3 for n = 1, 2, 3: every type has an exact certificate."""
    for kind in types(n):
        rows = inequalities(kind, alternating(n))
        assert is_certificate(rows, certificate(rows))


def test_plausible_types_are_those_without_a_hopeless_slope():
    for n in (1, 2, 3):
        slopes = alternating(n)
        hopeful = {
            kind for kind in types(n) if all(max(row) > 0 for row in inequalities(kind, slopes))
        }
        found = list(plausible_types(n, slopes))
        assert len(found) == len(hopeful)
        assert set(found) == hopeful


@pytest.mark.exhaustive
def test_four_neurons_after_two_have_ten_crossings_at_most():
    """Z(2, 4) = 10: 4942 types have slopes that cannot alternate, 18 are excluded by values."""
    assert without_certificate(4) == (4960, 0)
    assert len(certificates.known_types()) == len(certificates.FOUR) == 18


def test_wrong_numbers_exclude_nothing():
    for kind, (weights, shifts) in certificates.known_types().items():
        slopes = alternating(4)
        assert certificates.excluded_by_values(kind, slopes, weights, shifts)
        for bad in ([*weights[:-1], 1 - weights[-1]], [0] * 10, [-w for w in weights]):
            assert not certificates.excluded_by_values(kind, slopes, bad, shifts)
        away = [[0] * 4, [-m for m in shifts]]
        assert not any(
            certificates.excluded_by_values(kind, slopes, weights, other) for other in away
        )


def test_certificates_against_linear_programmes():
    rng = np.random.default_rng(0)
    found = set()
    for _ in range(300):
        rows = [tuple(map(int, row)) for row in rng.integers(-2, 3, (5, 3))]
        rows += [tuple(map(int, row)) for row in np.eye(3)]
        factors = certificate(rows)
        done = linprog(np.zeros(3), A_ub=-np.array(rows), b_ub=-np.ones(len(rows)))
        assert (factors is None) == (done.status == 0)
        assert factors is None or is_certificate(rows, factors)
        found.add(factors is None)
    assert found == {True, False}
    assert certificate([(1,)]) is None
    assert not is_certificate([(1, -1), (-1, 1)], (0, 0))
    assert not is_certificate([(1, -1), (-1, 1)], (1, 2))
    assert not is_certificate([(1, -1), (1, -1)], (1, -1))
    assert not is_certificate([(1, -1)], (1, 1))


def test_types_by_brute_force():
    """All words, kept when the neurons are numbered by their first zero and not affine twice."""
    for n in (1, 2, 3):
        letters = [OLD] * 2 + [i for i in range(n) for _ in range(2)]
        found = set()
        for word in set(itertools.permutations(letters)) if n < 3 else _words(letters):
            firsts = [word.index(i) for i in range(n)]
            split = all(OLD in word[word.index(i) : _last(word, i)] for i in range(n))
            if firsts == sorted(firsts) and split:
                found.add(word)
        kinds = list(types(n))
        assert {kind.order for kind in kinds} == found
        assert len(kinds) == len(set(kinds)) == 4**n * len(found)


def _last(word, letter):
    return len(word) - 1 - word[::-1].index(letter)


def _words(letters):
    if not letters:
        yield ()
    for letter in sorted(set(letters)):
        rest = list(letters)
        rest.remove(letter)
        for word in _words(rest):
            yield (letter, *word)


def test_inequalities_are_the_slopes_of_networks():
    """A random network 1-2-2-1, its type read off, its slopes against the rows."""
    rng = np.random.default_rng(1)
    seen = 0
    for _ in range(400):
        magnitudes = rng.integers(1, 9, (2, 2))
        inside, signs = rng.integers(0, 2, 2).astype(bool), rng.choice([-1, 1], 2)
        rows, biases, readout = [], [], []
        for (alpha, beta), hat, sign in zip(magnitudes.tolist(), inside, signs, strict=True):
            way = -1 if hat else 1
            rows.append([Fraction(way * alpha), Fraction(way * beta)])
            biases.append(Fraction(-way * int(rng.integers(1, 40)), 4))
            readout.append(Fraction(int(sign) * way))
        network = [([[1], [-1]], [Fraction(0), Fraction(1)]), (rows, biases), ([readout], [0])]
        zeros = []
        for i in range(2):
            one = [network[0], ([rows[i]], [biases[i]]), ([[1]], [0])]
            candidates = [x for x in oracle.knots_from_values(one) if x not in (0, 1)]
            zeros += [(x, i) for x in candidates if oracle.evaluate(one[:2], [x]) == [Fraction(0)]]
        if len({x for x, _ in zeros}) < 4:
            continue
        order = [i for _, i in sorted([*zeros, (Fraction(0), OLD), (Fraction(1), OLD)])]
        names = sorted((0, 1), key=order.index)
        kind = Type(
            tuple(names.index(i) if i != OLD else OLD for i in order),
            tuple(bool(inside[i]) for i in names),
            tuple(int(signs[i]) for i in names),
        )
        points = sorted([x for x, _ in zeros] + [0, 1])
        ends = [points[0] - 2, *points, points[-1] + 2]
        slopes = []
        for a, b in itertools.pairwise(ends):
            (u,), (v,) = oracle.evaluate(network, [a]), oracle.evaluate(network, [b])
            slopes.append((v - u) / (b - a))
        v = [x for i in names for x in magnitudes[i].tolist()]
        found = inequalities(kind, [1] * len(slopes))
        values = [sum(f * x for f, x in zip(row, v, strict=True)) for row in found]
        assert values[: len(slopes)] == slopes
        assert all(x > 0 for x in values[len(slopes) :])
        seen += 1
    assert seen > 50
