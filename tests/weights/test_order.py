"""Orders of matrices against all permutations."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from critcount.weights import _order
from critcount.weights._order import MatrixEnds, chains, orders, queues
from tests.weights.test_files import FUZZ

MATRICES = st.lists(st.builds(MatrixEnds, st.integers(1, 3), st.integers(1, 3)), max_size=4)


def all_orders(groups, ends):
    """The orders of all names that keep those of the groups and multiply."""
    places = [(name, g, i) for g, group in enumerate(groups) for i, name in enumerate(group)]
    for order in itertools.permutations(places):
        kept = all(
            [i for _, h, i in order if h == g] == [*range(len(group))]
            for g, group in enumerate(groups)
        )
        names = [name for name, _, _ in order]
        if kept and all(ends[a].outputs == ends[b].inputs for a, b in itertools.pairwise(names)):
            yield names


@FUZZ
@given(matrices=MATRICES, cut=st.integers(0, 4))
def test_orders_are_those_of_all_permutations(matrices, cut):
    ends = {f"w{i}": matrix for i, matrix in enumerate(matrices)}
    names = list(ends)
    groups = [group for group in (names[:cut], names[cut:]) if group]
    if not groups:
        return
    expected = sorted(all_orders(groups, ends))
    found = orders(groups, ends)
    assert found.complete == (len(expected) < _order.MOST_ORDERS)
    if found.complete:
        assert sorted(found.found) == expected
    else:
        assert len({*map(tuple, found.found)}) == _order.MOST_ORDERS
        assert all(order in expected for order in found.found)
    assert all(chains(order, ends) for order in found.found)


def test_no_more_orders_than_asked_for():
    ends = {name: MatrixEnds(2, 2) for name in "abcd"}
    found = orders([[name] for name in ends], ends)
    assert len(found.found) == _order.MOST_ORDERS
    assert not found.complete


def test_too_much_work_is_given_up(monkeypatch):
    monkeypatch.setattr(_order, "WORK", 0)
    ends = {f"w{i}": MatrixEnds(1 + (i + 1) % 3, 1 + i % 3) for i in range(9)}
    ends |= {f"v{i}": MatrixEnds(1 + (i + 2) % 3, 1 + i % 3) for i in range(9)}
    assert not orders([[name] for name in ends], ends).complete


def test_numbers_that_differ_in_two_places():
    names = [f"{a}.{b}.{c}" for a in range(2) for b in range(2) for c in "xy"]
    assert queues(names) == [
        ["0.0.x", "0.1.x"],
        ["1.0.x", "1.1.x"],
        ["0.0.y", "0.1.y"],
        ["1.0.y", "1.1.y"],
    ]
    assert queues(["w1", "w01"]) == [["w1"], ["w01"]]
