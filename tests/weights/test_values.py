"""Values compare by value, also after a copy or a pickle."""

import copy
import pickle

import numpy as np
import pytest

from critcount import AffineSubspace, Configuration, Network, classify, embed, zero_loss_path
from critcount.connectivity import IntersectionGraph, RefinementGraph, path

W1, W2, B = np.array([[1.0, -1.0], [0.5, 2.0]]), np.array([[2.0, -1.0]]), np.array([0.0, 1.0])
TEACHER = Network([W1, W2], [B, None])
WORD = Configuration.from_word([0, 1, 2, 2], 2)
OTHER = Configuration.from_word([1, 0, 2, 3], 2)


def made():
    """Return one of each, all objects new."""
    teacher = Network([W1.copy(), W2.copy()], [B.copy(), None])
    one, two = AffineSubspace(teacher, WORD), AffineSubspace(teacher, WORD.merge(0, into=1))
    student, other = embed(teacher, WORD, 0), embed(teacher, OTHER, 1)
    return {
        "network": teacher,
        "subspace": one,
        "critical": AffineSubspace(teacher, WORD.merge(0, into=1), critical=True),
        "intersection": one.intersection(two),
        "classification": classify(student, 1e-9),
        "path": zero_loss_path(student, other, 1e-9),
        "walk": path(WORD, OTHER),
        "intersection graph": IntersectionGraph(2, 3),
        "refinement graph": RefinementGraph(2, 3),
    }


@pytest.mark.parametrize("name", made())
def test_equal_values(name):
    value, again = made()[name], made()[name]
    for same in (again, copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert same == value
        assert hash(same) == hash(value)
    assert value != 3
    assert value is not None
    assert len({value, again}) == 1


def test_all_kinds_differ():
    values = list(made().values())
    assert len(set(values)) == len(values)
    assert sum(a == b for a in values for b in values) == len(values)


@pytest.mark.parametrize(
    "other",
    [
        Network([W1 + np.array([[0, 1e-15], [0, 0]]), W2], [B, None]),
        Network([W1, W2], [B + 1e-15, None]),
        Network([W1, W2], [B, [0.0]]),
        Network([W1, W2]),
        Network([W1, W2, [[1.0]]], [B, None, None]),
        Network([W1[:, :1], W2], [B, None]),
    ],
)
def test_another_number_makes_another_value(other):
    assert other != TEACHER
    assert len({other, TEACHER}) == 2
    if other.widths == TEACHER.widths and other.biases[1] is None:
        assert AffineSubspace(other, WORD) != AffineSubspace(TEACHER, WORD)


def test_numbers_that_are_equal():
    zeros, minus = Network([[[0.0]], [[1.0]]]), Network([[[-0.0]], [[1.0]]])
    assert zeros == minus
    assert hash(zeros) == hash(minus)
    single = Network([W1.astype(np.float32), W2.astype(np.float32)], [B, None])
    assert single == TEACHER
    assert single.precision != TEACHER.precision


def test_other_subspaces_paths_and_classifications():
    student, other = embed(TEACHER, WORD, 0), embed(TEACHER, WORD, 1)
    assert AffineSubspace(TEACHER, WORD) != AffineSubspace(TEACHER, OTHER)
    assert classify(student, 1e-9) != classify(other, 1e-9)
    assert classify(student, 1e-9) != classify(student, 1e-8)
    assert zero_loss_path(student, other, 1e-9) != zero_loss_path(other, student, 1e-9)
    a, b = (AffineSubspace(TEACHER, w) for w in (WORD, WORD.merge(0, into=1)))
    assert a.intersection(b) == b.intersection(a) != a
    assert path(WORD, OTHER) != path(OTHER, WORD)
    assert IntersectionGraph(2, 3) != IntersectionGraph(2, 4)
