"""The claim on the shape of the set of minima, and that its check can fail."""

import itertools

import numpy as np
import pytest

from critcount.claims import spheres
from critcount.claims.claim import all_within
from critcount.configurations.configuration import Configuration

#: The projective plane with six vertices: its homology differs modulo 2 and modulo 3.
PLANE = "012 023 034 045 051 124 235 341 452 513"


def kind(cases):
    return all_within(cases).kind


@pytest.mark.parametrize(("r", "m"), [(2, 3), (3, 4), (2, 4)])
@pytest.mark.parametrize(("degree", "change"), [(0, 1), (1, 1), ("h", -1)])
def test_other_numbers_of_spheres_are_noticed(monkeypatch, r, m, degree, change):
    assert kind(spheres.measure(r, m)) == "holds"
    stated = spheres.expected

    def other(r, m):
        numbers = stated(r, m)
        place = m - r if degree == "h" else degree
        return numbers | {place: numbers.get(place, 0) + change}

    monkeypatch.setattr(spheres, "expected", other)
    assert kind(spheres.measure(r, m)) == "fails as stated"


def test_another_order_is_noticed(monkeypatch):
    finer = spheres.finer

    def cut_off(words, r):
        """One configuration has no other below or above it."""
        below = finer(words, r)
        most = max(range(len(below)), key=lambda i: len(below[i]))
        below[most] = []
        return below

    monkeypatch.setattr(spheres, "finer", cut_off)
    assert kind(spheres.measure(3, 4)) == "fails as stated"


def test_homology_of_known_spaces():
    faces = [frozenset(map(int, face)) for face in PLANE.split()]
    faces += [frozenset(part) for k in (1, 2) for part in itertools.combinations(range(6), k)]
    below = [[j for j, inner in enumerate(faces) if inner < face] for face in faces]
    found = spheres.chains(below)
    assert [spheres.homology(found, prime) for prime in (2, 3)] == [[1, 1, 1], [1, 0, 0]]
    assert spheres.homology(spheres.chains([[], [], []]), 2) == [3]


def test_rank_against_floats():
    rng = np.random.default_rng(0)
    for _ in range(20):
        matrix = rng.integers(-1, 2, (6, 7)) * rng.integers(0, 2, (6, 7))
        columns = [dict(enumerate(map(int, column))) for column in matrix.T]
        # no minor of six rows of these entries is as large as the prime
        assert spheres.rank(columns, 1_000_003) == np.linalg.matrix_rank(matrix)


@pytest.mark.parametrize(("r", "m"), [(0, 3), (1, 3), (2, 4), (3, 4)])
def test_the_order_is_that_of_mergers(r, m):
    """By merging zero-type blocks one after the other."""
    words = np.array([c.word for c in spheres.Expansions(r, m)])
    number = {tuple(word): i for i, word in enumerate(words.tolist())}
    above = {i: set() for i in range(len(words))}
    for i, word in sorted(enumerate(words.tolist()), key=lambda pair: max(pair[1])):
        for letter in range(r, max(word) + 1):
            for target in {*range(r), *word} - {letter}:
                merged = [target if c == letter else c for c in word]
                j = number[Configuration.from_word(canonical(merged, r), r).word]
                above[i] |= {j} | above[j]
    found = spheres.finer(words, r)
    assert [set(below) for below in found] == [
        {i for i in above if j in above[i]} for j in range(len(words))
    ]


def canonical(word, r):
    names = {}
    return [c if c < r else names.setdefault(c, r + len(names)) for c in word]
