"""A schedule as a walk, every step by a `meet` of the tests' own."""

from critcount import Configuration
from critcount.connectivity.walks._schedule import complete
from critcount.connectivity.walks.paths import Walk
from tests.oracles import connectivity_pairs as oracle


def check(schedule, one, two, r, length):
    """A schedule is a walk from one word to the other."""
    a, b = Configuration.from_word(one, r), Configuration.from_word(two, r)
    walk = Walk(a, b, complete(schedule, one, two, r), schedule)
    nodes = [node.word for node in walk.configurations()]
    assert (nodes[0], nodes[-1], len(nodes)) == (one, two, length + 1)
    assert oracle.is_walk(nodes, r)
