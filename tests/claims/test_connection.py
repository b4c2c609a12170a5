"""The checks of how the minima are connected can fail."""

from critcount.claims import (
    connection,
)
from critcount.weights.network import Network
from critcount.weights.routes import Itinerary
from tests.claims.verdicts import verdict


def test_a_path_off_the_subspaces_is_noticed(monkeypatch):
    def bent(route):
        for k, vertex in enumerate(vertices(route)):
            yield vertex if k != 1 else Network([1.001 * w for w in vertex.weights])

    vertices = Itinerary._middle
    monkeypatch.setattr(Itinerary, "_middle", bent)
    cases = connection.measure_extra([2], 2, 1, [0])
    assert verdict("one-extra-connects", cases) == "fails as stated"


def test_a_graph_in_two_parts_is_noticed(monkeypatch):
    monkeypatch.setattr(connection, "components_by_search", lambda minimal, widths: 2)
    assert verdict("one-extra-connects", connection.measure_extra([2], 2, 1, [0])) != "holds"
    assert verdict("none-does-not", connection.measure_none([3], [0])) != "holds"


def test_a_minimum_that_is_not_isolated_is_noticed(monkeypatch):
    monkeypatch.setattr(connection, "embed", lambda teacher, order, seed: copies(teacher))
    cases = connection.measure_isolated([2, 2, 2], [0])
    assert verdict("isolated-minima", cases) == "fails as stated"


def copies(teacher):
    """A network in which two neurons are the same."""
    return Network([teacher.weights[0][[0, 0]], teacher.weights[1]])
