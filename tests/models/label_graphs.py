"""Graphs of labels, and their solution."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from critcount.models.labels import LabelGraph
from critcount.models.refine import contract
from critcount.models.tree import Solver


def solved(graph):
    contracted = contract(graph)
    solver = Solver(contracted)
    return contracted, solver, solver.solve()


def order(graph):
    _, _, root = solved(graph)
    result = 1
    for n, times in root.factorials().items():
        result *= (math.factorial(n) if n > 0 else -n) ** times
    return result


@st.composite
def graphs(draw):
    graph = LabelGraph()
    cells = [graph.fresh(draw(st.integers(1, 5))) for _ in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(0, 3))):
        a, b = draw(st.sampled_from(cells)), draw(st.sampled_from(cells))
        pairs = draw(st.sets(st.tuples(st.sampled_from(a.tolist()), st.sampled_from(b.tolist()))))
        if pairs:
            left, right = zip(*sorted(pairs), strict=True)
            graph.relate(np.array(left), np.array(right))
    return graph
