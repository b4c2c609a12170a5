"""Words of configurations, the graph of those that meet, and distances by breadth-first search.

Everything is written from the definitions: a word has the letter t < r for a neuron of K_t and the
letters r, r + 1, … for the zero-type blocks, by first appearance; two words meet when no block
of the join of their partitions holds two labels, and the two K_t lie in one block of it.
Permutations of the neurons, or of the labels, move pairs of words to pairs at the same distance.
"""

from __future__ import annotations

import functools
import itertools

import numpy as np


@functools.cache
def count(r, m):
    """The number of words, by the recurrence in m."""
    if m == 0 or r < 0:
        return int(r == 0 and m == 0)
    return r * count(r - 1, m - 1) + (r + 1) * count(r, m - 1) + count(r + 1, m - 1)


def widths(most):
    """All (r, m) with m > r whose graphs have at most `most` nodes."""
    return [(r, m) for r in range(9) for m in range(r + 1, 9) if count(r, m) <= most]


def words(r, m):
    """All words, in order."""
    found = []

    def extend(word, missing, fresh):
        left = m - len(word)
        if len(missing) > left:
            return
        if not left:
            found.append(tuple(word))
            return
        for letter in range(fresh + 1):
            extend([*word, letter], missing - {letter}, fresh + (letter == fresh))

    extend([], frozenset(range(r)), r)
    return found


def canonical(word, r):
    number = {}
    return tuple(c if c < r else number.setdefault(c, r + len(number)) for c in word)


def join(one, two):
    """The block of the join that every neuron is in: a number each, by a walk from neuron to
    neuron through the blocks."""
    sharing = {}
    for side, word in enumerate((one, two)):
        for i, letter in enumerate(word):
            sharing.setdefault((side, letter), []).append(i)
    number = [-1] * len(one)
    for start in range(len(one)):
        stack = [start] if number[start] < 0 else []
        while stack:
            i = stack.pop()
            number[i] = start
            for letter in ((0, one[i]), (1, two[i])):
                stack += [j for j in sharing.pop(letter, ()) if number[j] < 0]
    return number


def meet(one, two, r):
    """Whether two words meet."""
    home, label = {}, {}
    number = join(one, two)
    for word in (one, two):
        for block, letter in zip(number, word, strict=True):
            if letter < r and (
                home.setdefault(letter, block) != block
                or label.setdefault(block, letter) != letter
            ):
                return False
    return True


def is_walk(configurations, r):
    """Whether every word meets the next."""
    return all(meet(x, y, r) for x, y in itertools.pairwise(configurations))


def meeting(table, word, r):
    """Which words, one a row, meet a word: the least neuron spreads over the blocks."""
    m = len(word)
    word = np.array(word)
    unlike = (table != word) & (table < r) & (word < r)  # two labels on one neuron
    possible = ~unlike.any(axis=1)
    table = table[possible]
    least = np.broadcast_to(np.arange(m, dtype=np.int8), table.shape).copy()
    masks = [table == letter for letter in range(r + m)]
    masks = [mask for mask in masks if mask.any()] + [word == letter for letter in set(word)]
    while True:
        before = least.copy()
        for mask in masks:
            low = np.where(mask, least, m).min(axis=1, initial=m)
            least = np.where(mask, low[:, None], least)
        if (least == before).all():
            break
    good = np.ones(len(table), bool)
    for t in range(r):
        home = least[:, (word == t).argmax()]
        for label in range(r):
            for mask in (table == label, np.broadcast_to(word == label, table.shape)):
                there = mask & (least == home[:, None])
                good &= (there == (mask if label == t else False)).all(axis=1)
    possible[possible] = good
    return possible


class Graph:
    """All words of (r, m) and which of them meet: a row for each orbit, and its images."""

    def __init__(self, r, m):
        self.r, self.m = r, m
        self.words = words(r, m)
        self.table = np.array(self.words, np.int8).reshape(len(self.words), m)
        self.keys = self.key(self.table)
        self.order = np.argsort(self.keys)
        self.orbits = {}  # of every orbit its first word
        for i, word in enumerate(self.words):
            self.orbits.setdefault(shape(word, r), i)
        rows = {i: meeting(self.table, self.words[i], r) for i in self.orbits.values()}
        self.adjacent = np.empty((len(self.words),) * 2, bool)
        for i, word in enumerate(self.words):
            first = self.orbits[shape(word, r)]
            places = aligned(self.words[first], word, r)
            self.adjacent[i, self.images(places)] = rows[first]

    def key(self, table):
        """A number for each word, whatever the numbering of its zero-type blocks."""
        named = table.astype(np.int64)
        for letter in range(self.r, self.r + self.m):
            mask = table == letter
            named[mask] = np.broadcast_to(self.r + mask.argmax(axis=1)[:, None], mask.shape)[mask]
        return named @ (self.r + self.m) ** np.arange(self.m, dtype=np.int64)

    def images(self, places):
        """The rank of every word after neuron i has moved to places[i]."""
        moved = np.empty_like(self.table)
        moved[:, places] = self.table
        return self.order[np.searchsorted(self.keys, self.key(moved), sorter=self.order)]

    def levels(self, start):
        """The distance of every word from one, -1 where there is no walk."""
        distance = np.full(len(self.words), -1)
        front = np.zeros(len(self.words), bool)
        front[start] = True
        steps = 0
        while front.any():
            distance[front] = steps
            front = self.adjacent[front].any(axis=0) & (distance < 0)
            steps += 1
        return distance


def shape(word, r):
    """The sizes of the blocks: by label, and those of the zero-type blocks in order."""
    sizes = [word.count(letter) for letter in range(max(word, default=-1) + 1)]
    return tuple(sizes[:r]), tuple(sorted(sizes[r:]))


def aligned(one, two, r):
    """Places for the neurons of one word such that it becomes another of its shape."""
    order = []
    for word in (one, two):
        sizes = {letter: (word.count(letter), letter) for letter in word}
        key = {c: (0, c) if c < r else (1, *sizes[c]) for c in word}
        order.append(sorted(range(len(word)), key=lambda i, w=word, k=key: (k[w[i]], i)))
    places = [0] * len(one)
    for i, j in zip(*order, strict=True):
        places[i] = j
    return places


def generators(word, r):
    """Permutations (of neurons, of letters) that generate the stabiliser of a configuration."""
    m = len(word)
    blocks = {}
    for i, letter in enumerate(word):
        blocks.setdefault(letter, []).append(i)
    for letter, block in blocks.items():
        for x, y in itertools.pairwise(block):
            yield swap(m, [(x, y)]), {}
        for other, twin in blocks.items():
            if letter < other and len(block) == len(twin) and (letter < r) == (other < r):
                labels = {letter: other, other: letter} if letter < r else {}
                yield swap(m, zip(block, twin, strict=True)), labels


def swap(m, pairs):
    order = list(range(m))
    for x, y in pairs:
        order[x], order[y] = y, x
    return order


@functools.lru_cache(maxsize=8)
def graph_of(r, m):
    return Graph(r, m)


def pairs(r, m):
    """Yield (a, b, distance, number of b alike), one b for each orbit of the stabiliser of a."""
    graph = graph_of(r, m)
    rank = {word: i for i, word in enumerate(graph.words)}
    for start in graph.orbits.values():
        a = graph.words[start]
        sizes = shape(a, r)[0]
        if list(sizes) != sorted(sizes):
            continue
        distance = graph.levels(start)
        moves = list(generators(a, r))
        seen = [False] * len(graph.words)
        for number, b in enumerate(graph.words):
            if seen[number]:
                continue
            seen[number] = True
            reached = [number]
            for i in reached:
                word = graph.words[i]
                for order, labels in moves:
                    moved = rank[canonical([labels.get(word[k], word[k]) for k in order], r)]
                    if not seen[moved]:
                        seen[moved] = True
                        reached.append(moved)
            yield a, b, int(distance[number]), len(reached)


def random_word(rng, r, m, zero, blocks=0.6):
    """A label for each of r neurons; the others zero-type with probability `zero`, or labelled."""
    places = rng.permutation(m)
    word = np.zeros(m, np.int64)
    word[places[:r]] = np.arange(r)
    rest = places[r:]
    kind = rng.random(len(rest)) < zero
    word[rest[~kind]] = rng.integers(0, r, (~kind).sum()) if r else 0
    number = max(1, int(kind.sum() * blocks))
    word[rest[kind]] = r + rng.integers(0, number, kind.sum())
    return canonical(word.tolist(), r)
