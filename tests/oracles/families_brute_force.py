"""Every configuration, built from the definition; shares no code with the package.

A configuration is made block by block: all set partitions of the neurons, all ways to give r of
the blocks a label. Its canonical word is written down last.
"""

import itertools


def set_partitions(neurons):
    """All set partitions of a list, as lists of lists."""
    if not neurons:
        yield []
        return
    first, *others = neurons
    for size in range(len(others) + 1):
        for companions in itertools.combinations(others, size):
            rest = [x for x in others if x not in companions]
            for partition in set_partitions(rest):
                yield [[first, *companions], *partition]


def canonical_word(labelled, unlabelled, m):
    word = [None] * m
    for t, block in enumerate(labelled):
        for i in block:
            word[i] = t
    for number, block in enumerate(sorted(unlabelled, key=min)):
        for i in block:
            word[i] = len(labelled) + number
    return tuple(word)


def configurations(r, m):
    """The words of all configurations for (r, m), sorted."""
    words = []
    for partition in set_partitions(list(range(m))):
        for labelled in itertools.permutations(partition, r):
            unlabelled = [block for block in partition if block not in labelled]
            words.append(canonical_word(labelled, unlabelled, m))
    return sorted(words)


def sizes(word, r):
    """Block sizes: of the labelled blocks by label, and the sorted ones of the others."""
    found = [word.count(letter) for letter in range(max((r - 1, *word)) + 1)]
    return tuple(found[:r]), tuple(sorted(found[r:]))


def critical(r, m):
    return [word for word in configurations(r, m) if not sizes(word, r)[1]]


def permutation_points(n, order):
    if order > n:
        return []
    return [
        word
        for word in critical(n - order, n)
        if sorted(sizes(word, n - order)[0]) == [1] * (n - 2 * order) + [2] * order
    ]


def is_configuration(word, r):
    """The definition of a canonical word, letter by letter."""
    others = [letter for letter in word if letter >= r]
    by_first_appearance = list(dict.fromkeys(others))
    return set(range(r)) <= set(word) and by_first_appearance == list(
        range(r, r + len(by_first_appearance))
    )
