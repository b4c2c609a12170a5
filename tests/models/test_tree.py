"""The order of the group of a graph of labels, against nauty."""

from __future__ import annotations

import numpy as np
import pynauty
import pytest
from hypothesis import given, settings

from critcount.models import Symmetry
from critcount.models.labels import LabelGraph
from tests.models.label_graphs import graphs, order
from tests.models.small import CASES


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


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_random_graphs_agree_with_nauty(graph):
    assert order(graph) == by_nauty(graph)


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
