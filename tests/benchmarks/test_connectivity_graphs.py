"""The graphs against scipy's search alone, against networkx, and pair by pair."""

from __future__ import annotations

import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
from scipy.sparse import csgraph

from critcount import Expansions
from critcount.connectivity.graphs import IntersectionGraph, RefinementGraph
from tests.benchmarks.side_by_side import compare, record, seconds

pytestmark = pytest.mark.benchmark

GIGABYTE = 10**9


def build_and_search(r, m):
    graph = RefinementGraph(r, m)
    graph.to_scipy()
    return graph.components()


def test_a_million_nodes_against_the_search_alone(benchmark):
    matrix = RefinementGraph(3, 9).to_scipy()
    assert matrix.shape[0] == 1_048_830
    assert matrix.nnz == 2 * 9_354_492

    def search():
        csgraph.connected_components(matrix, directed=False)

    compare(benchmark, lambda: build_and_search(3, 9), search, 3, rounds=3)


def test_the_memory_of_a_million_nodes():
    script = (
        "from critcount.connectivity.graphs import RefinementGraph\n"
        "graph = RefinementGraph(3, 9)\n"
        "graph.to_scipy(), graph.components()\n"
        "status = open('/proc/self/status').read()\n"
        "print(status.split('VmHWM:')[1].split()[0])"
    )
    if not sys.platform.startswith("linux"):
        pytest.skip("the peak of a process is read from /proc")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    peak = int(done.stdout) * 1024
    print(f"peak of R(3, 9): {peak / GIGABYTE:.2f} GB, at most 2")
    assert peak < 2 * GIGABYTE
    # what is said before any work covers what is taken beside the interpreter and its libraries
    assert peak < RefinementGraph(3, 9).size().bytes + 0.3 * GIGABYTE


def test_against_networkx(benchmark):
    """The peer is given its edges as pairs of words, and only has to put them in."""
    half = RefinementGraph(3, 8)._half.tocoo()
    nodes = list(map(tuple, Expansions(3, 8).words().tolist()))
    edges = [(nodes[i], nodes[j]) for i, j in zip(half.row, half.col, strict=True)]

    def peer():
        graph = nx.Graph()
        graph.add_nodes_from(nodes)
        graph.add_edges_from(edges)
        return sum(1 for _ in nx.connected_components(graph))

    compare(benchmark, lambda: build_and_search(3, 8), peer, 1 / 30, rounds=3)


def test_all_pairs_against_one_by_one(benchmark):
    """All pairs of I(3, 7) against the same number decided one by one, from a sample."""
    family = Expansions(3, 7)
    rng = np.random.default_rng(0)
    ones, twos = family.random(rng, 2000), family.random(rng, 2000)

    def one_by_one():
        for a, b in zip(ones, twos, strict=True):
            a.meets(b)

    graph = IntersectionGraph(3, 7)
    ours = seconds(graph.build)
    peer = seconds(one_by_one) / len(ones) * family.cardinality() ** 2 / 2
    print(f"all pairs of I(3, 7): {ours:.1f} s, one by one {peer:.0f} s")
    benchmark.pedantic(IntersectionGraph(3, 6).build, rounds=1, iterations=1)
    assert graph.to_scipy().nnz == 2 * 2_863_980
    record(benchmark.name, ours / peer, 1 / 200)
