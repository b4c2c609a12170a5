"""Types on a bounded domain by brute force: what each neuron is there, then all signed words.

Nothing of the package is imported. The words of the neurons that have their kink inside come from
`signed_subspaces`; the equation of the linear parts is solved by number. A single linear neuron
solves it whatever the rest is.
"""

import itertools

from tests.oracles.activations_brute_force import shape_of, solvable
from tests.oracles.families_brute_force import set_partitions
from tests.oracles.signed_brute_force import signed_subspaces

#: What a neuron may be: its kink inside, constant, linear above or below, exponential.
REGIMES = {"relu": "kca", "leaky_relu": "kab", "elu": "kcae"}


def words(name, r, m, d):
    """Return the words, sorted, as tuples of (regime, vector, sign); vectors from 1 on."""
    found = []
    for regimes in itertools.product(REGIMES[name], repeat=m):
        inside = [i for i, regime in enumerate(regimes) if regime == "k"]
        outside = [i for i, regime in enumerate(regimes) if regime == "e"]
        linear = "a" in regimes or "b" in regimes
        for key in signed_subspaces(r, len(inside), idle=False):
            if name == "elu":
                if any(sign < 0 for _, sign in key):
                    continue
            elif not linear and not solvable("softplus", shape_of(key, r), r, d, True, True, 1):
                continue
            for blocks in set_partitions(outside):
                vectors = {i: vector for i, (vector, _) in zip(inside, key, strict=True)}
                signs = {i: sign for i, (_, sign) in zip(inside, key, strict=True)}
                for number, block in enumerate(blocks):
                    vectors.update(dict.fromkeys(block, r + m + 1 + number))
                names = {t: t for t in range(1, r + 1)}
                for i in sorted(vectors):
                    names.setdefault(vectors[i], len(names) + 1)
                found.append(
                    tuple(
                        (regime, names[vectors[i]] if i in vectors else 0, signs.get(i, 1))
                        for i, regime in enumerate(regimes)
                    )
                )
    return found


def letters(word):
    """Return the letters of a word."""
    alone = {"c": 0, "a": 1, "b": 2}
    return tuple(
        alone[regime] if regime in alone else 3 * vector + (2 if regime == "e" else sign < 0)
        for regime, vector, sign in word
    )
