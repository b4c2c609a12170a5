"""zero_loss_path: the function stays, every segment is in a subspace, and refusals say why."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from critcount import Configuration, Expansions, SizeLimitError
from critcount.weights.classification import classify
from critcount.weights.network import Network, interpolate
from critcount.weights.paths import NoPathError, zero_loss_path
from critcount.weights.subspaces import AffineSubspace, embed
from tests.weights.test_classification import largest_difference, noisy, random_network

PROPERTY = settings(max_examples=40, deadline=None, derandomize=True)


@st.composite
def ends(draw, noise=1e-9):
    """A minimal network and two embeddings of it, with noise."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    hidden = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    extra = draw(st.lists(st.integers(1, 4), min_size=len(hidden), max_size=len(hidden)))
    biased = draw(st.sampled_from([[False] * (len(hidden) + 1), [True] * (len(hidden) + 1)]))
    widths = [draw(st.integers(1, 3)), *hidden, draw(st.integers(1, 3))]
    teacher = random_network(rng, widths, biased)
    families = [Expansions(r, r + h) for r, h in zip(hidden, extra, strict=True)]
    configurations = [[family.random(rng) for family in families] for _ in range(2)]
    networks = [noisy(rng, embed(teacher, c, rng), noise) for c in configurations]
    return rng, teacher, networks, configurations


@PROPERTY
@given(ends())
def test_the_function_stays(case):
    rng, teacher, (a, b), configurations = case
    path = zero_loss_path(a, b, 1e-6)
    x = rng.normal(size=(16, teacher.widths[0]))
    deviation = path.deviation(x, "generic", samples=40)
    assert deviation.between < 1e-10
    assert deviation.between <= deviation.overall < 1e-5
    assert max(path.distances) < 1e-7
    vertices = list(path)
    assert len(vertices) == len(path) == path.segments + 3
    assert largest_difference(vertices[0], a) == 0
    assert largest_difference(vertices[-1], b) == 0
    # the segments lie in subspaces of the minimal network, from a's to b's
    subspaces = [AffineSubspace(path.minimal, c) for c in path.configurations()]
    assert len(subspaces) == path.segments
    for subspace, one, two in zip(subspaces, vertices[1:-2], vertices[2:-1], strict=True):
        assert subspace.contains(one, 1e-12)
        assert subspace.contains(two, 1e-12)
    found = classify(a, 1e-6), classify(b, 1e-6, reference=classify(a, 1e-6).minimal)
    assert subspaces[0].configurations == (found[0].configurations,)
    assert subspaces[-1].configurations == (found[1].configurations,)
    # labels are those of a's minimal network: the blocks are the embedding's
    for mine, theirs in zip(subspaces[0].configurations[0], configurations[0], strict=True):
        assert sorted(mine.replication_blocks) == sorted(theirs.replication_blocks)


@PROPERTY
@given(ends(noise=0.0))
def test_backwards(case):
    rng, teacher, (a, b), _ = case
    there, back = zero_loss_path(a, b, 1e-6), zero_loss_path(b, a, 1e-6)
    x = rng.normal(size=(4, teacher.widths[0]))
    assert back.deviation(x, "generic", 10).overall < 1e-10
    assert there.distances == pytest.approx(back.distances[::-1], abs=1e-12)


def test_the_minimal_network_is_half_way():
    rng = np.random.default_rng(6)
    teacher = random_network(rng, [2, 2, 1], [True, True])
    a, b = (
        noisy(rng, embed(teacher, Configuration.from_word(word, 2), rng), 1e-4)
        for word in ([0, 1, 2], [1, 0, 0])
    )
    path = zero_loss_path(a, b, 1e-2)
    own = classify(a, 1e-2).minimal, classify(b, 1e-2, reference=classify(a, 1e-2).minimal).minimal
    assert largest_difference(path.minimal, interpolate(*own, 0.5)) == 0
    assert max(path.distances) < 1e-3


def test_never_more_than_the_walk_and_one_segment():
    rng = np.random.default_rng(0)
    teacher = random_network(rng, [2, 3, 1], [False, False])
    a, b = Configuration.from_word([0, 1, 2, 3], 3), Configuration.from_word([1, 0, 2, 3], 3)
    path = zero_loss_path(embed(teacher, a, rng), embed(teacher, b, rng), 1e-9)
    assert path.segments == 6 + 1  # the exchange of two neurons by one extra takes 6 steps
    same = zero_loss_path(embed(teacher, a, rng), embed(teacher, a, rng), 1e-9)
    assert same.segments == 1
    assert len(list(same)) == 4


def test_the_function_zero():
    rng = np.random.default_rng(8)
    nothing = Network([np.ones((0, 2)), np.ones((1, 0))])
    a, b = (
        embed(nothing, Configuration.from_word(word, 0), rng) for word in ([0, 0, 1], [0, 1, 1])
    )
    path = zero_loss_path(a, b, 1e-9)
    assert path.segments == 2
    assert path.deviation(rng.normal(size=(9, 2)), "generic").overall < 1e-12


def test_layers_are_walked_in_step():
    rng = np.random.default_rng(1)
    teacher = random_network(rng, [2, 2, 2, 1], [True] * 3)
    first = Configuration.from_word([0, 1, 2], 2), Configuration.from_word([0, 1, 2, 2], 2)
    second = Configuration.from_word([1, 0, 2], 2), Configuration.from_word([0, 1, 2, 2], 2)
    path = zero_loss_path(embed(teacher, first, rng), embed(teacher, second, rng), 1e-9)
    steps = list(path.configurations())
    assert path.segments == len(steps) == 7
    assert {c[1] for c in steps} == {first[1]}
    # a layer without extra neurons does not hinder when its neurons agree
    first, second = ((c, Configuration.from_word([0, 1], 2)) for c in (first[0], second[0]))
    path = zero_loss_path(embed(teacher, first, rng), embed(teacher, second, rng), 1e-9)
    assert path.deviation(rng.normal(size=(9, 2)), "generic").between < 1e-10


def test_no_path_without_an_extra_neuron():
    rng = np.random.default_rng(2)
    teacher = random_network(rng, [2, 3, 1], [False, False])
    a, b = (
        embed(teacher, Configuration.from_word(word, 3), rng) for word in ([0, 1, 2], [1, 2, 0])
    )
    with pytest.raises(
        NoPathError,
        match=r"no path: hidden layer 0 has 3 neurons.*3! subspaces"
        r".*neuron 0 of network_a is neuron 2 of network_b",
    ):
        zero_loss_path(a, b, 1e-9)
    assert zero_loss_path(a, a, 1e-9).segments == 1


def test_networks_that_differ():
    rng = np.random.default_rng(3)
    teacher = random_network(rng, [2, 2, 1], [False, False])
    c = Configuration.from_word([0, 1, 2], 2)
    a = embed(teacher, c, rng)
    other = Network([teacher.weights[0], 2 * teacher.weights[1]])
    with pytest.raises(
        ValueError, match="network_b and network_a's minimal network have the same"
    ):
        zero_loss_path(a, embed(other, c, rng), 1e-6)
    larger = random_network(rng, [2, 3, 1], [False, False])
    with pytest.raises(ValueError, match=r"network_b reduces to 2-3-1, network_a.* is 2-2-1"):
        zero_loss_path(a, larger, 1e-6)
    with pytest.raises(ValueError, match="of the same widths"):
        zero_loss_path(a, teacher, 1e-6)
    biased = Network(a.weights, [np.ones(3), None])
    with pytest.raises(ValueError, match="bias"):
        zero_loss_path(a, biased, 1e-6)
    with pytest.raises(TypeError, match="network_b"):
        zero_loss_path(a, None, 1e-6)


def test_constants_are_folded_on_the_way():
    rng = np.random.default_rng(4)
    teacher = random_network(rng, [2, 2, 1], [True, True])
    a = embed(teacher, Configuration.from_word([0, 1, 2, 2], 2), rng)
    # neurons 0 and 3 of b compute constants, which its output bias makes up for
    w = np.vstack([np.zeros(2), teacher.weights[0][::-1], np.zeros(2)])
    bias = np.concatenate([[0.3], teacher.biases[0][::-1], [-0.9]])
    out = np.concatenate([[2.0], teacher.weights[1][0, ::-1], [1.5]])[None]
    shift = 2.0 * np.tanh(0.3) + 1.5 * np.tanh(-0.9)
    b = Network([w, out], [bias, teacher.biases[1] - shift])
    path = zero_loss_path(a, b, 1e-9, activation="tanh")
    assert path.deviation(rng.normal(size=(9, 2)), "tanh", 100).overall < 1e-12
    with pytest.raises(ValueError, match="activation="):
        zero_loss_path(a, b, 1e-9)


def small_path():
    rng = np.random.default_rng(5)
    teacher = random_network(rng, [2, 2, 1], [True, False])
    a, b = (
        embed(teacher, Configuration.from_word(word, 2), rng) for word in ([0, 1, 2], [1, 0, 0])
    )
    return zero_loss_path(a, b, 1e-9)


def test_samples():
    path = small_path()
    segments = len(path) - 1
    vertices = list(path)
    for number in (2, 3, segments + 1, 50):
        points = list(path.sample(number))
        assert len(points) == number
        for i, point in enumerate(points):
            place = i * segments / (number - 1)
            k = min(int(place), segments - 1)
            expected = interpolate(vertices[k], vertices[k + 1], place - k)
            assert largest_difference(point, expected) < 1e-9
    with pytest.raises(ValueError, match="number must be at least 2"):
        path.sample(1)
    with pytest.raises(ValueError, match="samples"):
        path.deviation([[0.0, 0.0]], "tanh", -1)


def test_saved_vertices(tmp_path):
    path = small_path()
    path.save(tmp_path / "path.npz")
    for number, vertex in enumerate(path):
        names = [f"{number}/0.weight", f"{number}/1.weight"]
        back = Network.load(tmp_path / "path.npz", names)
        assert largest_difference(back, vertex) == 0
        assert back.biases[1] is None
    with pytest.raises(ValueError, match=r"\.npz file"):
        path.save(tmp_path / "path.safetensors")
    assert [p.name for p in tmp_path.iterdir()] == ["path.npz"]


def test_a_path_of_too_many_arrays(tmp_path, monkeypatch):
    monkeypatch.setattr("critcount.weights.files.MAX_TENSORS", 10)
    with pytest.raises(SizeLimitError, match="take the vertices one by one"):
        small_path().save(tmp_path / "path.npz")


def test_vertices_are_made_one_at_a_time():
    path = small_path()
    first = list(itertools.islice(path, 3))
    again = list(itertools.islice(path, 3))
    assert all(largest_difference(x, y) == 0 for x, y in zip(first, again, strict=True))
    assert repr(path).startswith("<ZeroLossPath of 2-3-1 over 2-2-1")
