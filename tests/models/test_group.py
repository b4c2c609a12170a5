"""Orders of label graphs against nauty; uniform elements; degenerate graphs."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pynauty
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from critcount import Architecture
from critcount.models import Symmetry
from critcount.models.elements import label_images
from critcount.models.labels import LabelGraph
from critcount.models.refine import contract
from critcount.models.tree import Solver
from tests.models.small import CASES


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


def by_nauty(graph):
    """The order of the automorphism group: each kind of edge subdivided by coloured vertices."""
    colours = [[] for _ in range(graph.size)]
    for k, (labels, values) in enumerate(graph.colours):
        for label, value in zip(labels.tolist(), values.tolist(), strict=True):
            colours[label].append((k, value))
    for label in graph.pins().tolist():
        colours[label].append(("pin", label))
    names = [("label", *map(str, c)) for c in colours]
    adjacency: dict[int, list[int]] = {}
    for k, (left, right) in enumerate(graph.relations):
        for u, v in zip(left.tolist(), right.tolist(), strict=True):
            first = len(names)
            names += [("from", str(k)), ("to", str(k))]
            adjacency[first] = [u, first + 1]
            adjacency[first + 1] = [v]
    classes = {}
    for vertex, name in enumerate(names):
        classes.setdefault(name, set()).add(vertex)
    built = pynauty.Graph(
        len(names), adjacency_dict=adjacency, vertex_coloring=[classes[c] for c in sorted(classes)]
    )
    _, mantissa, exponent, *_ = pynauty.autgrp(built)
    return round(mantissa * 10**exponent)


@pytest.mark.parametrize("name", CASES)
def test_the_label_graphs_of_models_agree_with_nauty(name):
    graph = Symmetry.of_program(CASES[name]()[0])._space.graph
    assert order(graph) == by_nauty(graph)


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


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_random_graphs_agree_with_nauty(graph):
    assert order(graph) == by_nauty(graph)


@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(0, 2**32 - 1))
def test_elements_keep_every_relation(graph, seed):
    contracted, solver, root = solved(graph)
    rng = np.random.default_rng(seed)
    image = label_images(contracted, root, solver.followers, rng.permutation)
    assert sorted(image.tolist()) == list(range(graph.size))
    for left, right in graph.relations:
        before = set(zip(left.tolist(), right.tolist(), strict=True))
        assert {(int(image[u]), int(image[v])) for u, v in before} == before


def test_no_labels_at_all():
    graph = LabelGraph()
    assert order(graph) == 1


def test_a_cycle_and_a_path():
    """The directed cycle of 5 turns in 5 ways; a shift along a path cannot move."""
    graph = LabelGraph()
    a = graph.fresh(5)
    graph.relate(a, np.roll(a, 1))
    assert order(graph) == 5
    graph.relate(a[:-1], a[1:])
    assert order(graph) == 1


def test_elements_are_uniform():
    """Wreath product of order 8 on 2 x 2: every element about equally often."""
    graph = LabelGraph()
    units, blocks = graph.fresh(4), graph.fresh(2)
    graph.relate(units, blocks[[0, 0, 1, 1]])
    contracted, solver, root = solved(graph)
    assert order(graph) == 8
    rng = np.random.default_rng(0)
    drawn = Counter(
        tuple(label_images(contracted, root, solver.followers, rng.permutation)[:4].tolist())
        for _ in range(4000)
    )
    assert len(drawn) == 8
    assert sum((n - 500) ** 2 / 500 for n in drawn.values()) < 40  # chi-squared, 7 degrees


def test_fixed_parameters_are_not_moved():
    a = Architecture.parse("3-4-2-1")
    s = Symmetry.from_architecture(a, fixed=["layers.1.weight"])
    assert s.order == 1  # its axes are those of both hidden layers
    s = Symmetry.from_architecture(a, fixed=["layers.0.bias"])
    assert (s.order, s.fixed) == (2, ("layers.0.bias",))
    assert s.within.order == 2


@pytest.mark.parametrize(
    ("fixed", "error"), [("layers.0.bias", TypeError), ([1], TypeError), (["none"], ValueError)]
)
def test_fixed_must_be_names(fixed, error):
    with pytest.raises(error, match="fixed"):
        Symmetry.from_architecture(Architecture.parse("3-4-1"), fixed=fixed)
