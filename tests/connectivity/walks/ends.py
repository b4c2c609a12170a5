"""Pairs of configurations as words, and what a schedule makes of them, from the definitions."""

import numpy as np

from critcount.connectivity.walks._schedule import complete
from tests.oracles import connectivity_pairs as oracle

SIZES = [(2, 4), (3, 4), (3, 6), (4, 7), (6, 8), (8, 14), (20, 24), (30, 50)]


def random_pairs(r, m, number, seed=0):
    """Two words for (r, m), different, with few or many zero-type neurons."""
    rng = np.random.default_rng([r, m, seed])
    found = []
    while len(found) < number:
        a, b = (oracle.random_word(rng, r, m, rng.choice([0.0, 0.5, 1.0])) for _ in range(2))
        if a != b:
            found.append((a, b))
    return found


def configurations(schedule, a, b, r):
    """The words at the vertices of a schedule; None where a neuron has two labels at once."""
    d, m = schedule.length, len(a)
    table = [[r + m + i for i in range(m)] for _ in range(d + 1)]  # zero-type, alone
    for stay in complete(schedule, a, b, r):
        for vertex in range(stay.first, stay.last + 1):
            if table[vertex][stay.neuron] < r:
                return None
            table[vertex][stay.neuron] = stay.label
    for vertex, one, two in schedule.pairs:
        low, high = sorted((table[vertex][one], table[vertex][two]))
        if low < r:
            return None
        table[vertex] = [low if letter == high else letter for letter in table[vertex]]
    return [a, *(oracle.canonical(row, r) for row in table[1:-1]), b]
