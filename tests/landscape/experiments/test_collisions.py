"""The experiments on permutation points: pairs, facts, tallies, runs that go on."""

from __future__ import annotations

import os

import numpy as np
import pytest

from critcount import Network
from critcount.landscape.experiments import approximation, collisions
from critcount.landscape.experiments.collisions import Collision, Collisions, pairs_of
from critcount.landscape.problem import Problem
from critcount.landscape.training import Training


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """The toy with three neurons, one seed; and its folder."""
    folder = tmp_path_factory.mktemp("runs") / "toy"
    done = []
    found = approximation.toy(3, seeds=1, seed=1, folder=folder, advance=done.append)
    return found, folder, done


def test_the_toy_reaches_a_minimum_of_positive_loss(toy):
    found, _, done = toy
    (minimum,) = found.minima
    assert minimum.converged
    assert minimum.gradient_norm < 1e-12
    assert minimum.loss > 1e-4
    assert sum(done) == 4


def test_the_points_are_what_their_pair_says(toy):
    """Index and nullity counted again from the Hessian of the stored network."""
    found, folder, _ = toy
    assert [(p.layer, p.i, p.j) for p in found.points] == [(0, 0, 1), (0, 0, 2), (0, 1, 2)]
    arrived = [p for p in found.points if p.losses]
    assert arrived
    for point in arrived:
        network = Network.load(folder / f"point-0001-0-{point.i}-{point.j}.npz")
        weights, outgoing = network.weights
        assert np.array_equal(weights[point.i], weights[point.j])
        assert np.array_equal(outgoing[:, point.i], outgoing[:, point.j])
        assert np.linalg.norm(found.problem.gradient(network)) < 1e-11
        assert found.problem.loss(network) == pytest.approx(point.losses[-1], rel=1e-9)
        values = np.linalg.eigvalsh(found.problem.hessian(network))
        if point.nullity is not None:
            assert point.index == (values < -point.noise).sum()
            assert point.nullity == (np.abs(values) <= point.noise).sum()
            assert point.gap >= 1e3
        assert point.losses[0] == pytest.approx(found.minima[0].loss, rel=1e-9)
        assert point.highest == (max(point.losses) <= point.losses[-1] * (1 + 1e-12))


def test_the_tables_of_the_toy(toy):
    found, _, _ = toy
    frame = found.to_frame()
    assert frame[["layer", "i", "j"]].to_numpy().tolist() == [[0, 0, 1], [0, 0, 2], [0, 1, 2]]
    assert found.tally()["points"].sum() == sum(p.converged for p in found.points)
    assert found.minima_frame()["loss"].tolist() == [found.minima[0].loss]


def test_a_run_goes_on_without_doing_anything_twice(toy, monkeypatch):
    found, folder, _ = toy

    def never(*args, **options):
        raise AssertionError("made again")

    monkeypatch.setattr(collisions, "train", never)
    monkeypatch.setattr(collisions, "permutation_point", never)
    again = approximation.toy(3, seeds=1, seed=1, folder=folder)
    assert again.to_frame().equals(found.to_frame())
    os.remove(folder / "point-0001-0-0-2.json")
    with pytest.raises(AssertionError, match="made again"):
        approximation.toy(3, seeds=1, seed=1, folder=folder)


def test_a_minimum_that_did_not_converge_has_no_points(monkeypatch):
    class Trained:
        network = Network([np.ones((3, 2)), np.ones((1, 3))])
        loss, gradient_norm, converged, message = 0.5, 1e-3, False, "not converged: a reason"
        seed = 0
        outcome = "not done"

    monkeypatch.setattr(collisions, "train", lambda *args, **options: Trained)
    done = []
    found = approximation.toy(3, seeds=2, advance=done.append)
    assert found.points == ()
    assert found.minima_frame()["note"].tolist() == ["not converged: a reason"] * 2
    assert sum(done) == 8


def test_a_pair_that_does_not_arrive_says_why(toy, monkeypatch):
    def fails(*args, **options):
        raise ValueError("no way")

    monkeypatch.setattr(collisions, "permutation_point", fails)
    monkeypatch.setattr(collisions, "train", lambda *args, **options: toy[0].minima[0])
    found = approximation.toy(3, seeds=1)
    assert found.to_frame()["note"].tolist() == ["no way"] * 3
    assert len(found.tally()) == 0


def test_the_pairs_of_every_layer():
    network = Network([np.ones((4, 2)), np.ones((3, 4)), np.ones((2, 3))])
    found = list(pairs_of(network))
    assert found == sorted({(0, i, j) for i in range(4) for j in range(4) if i < j}
                           | {(1, 0, 1), (1, 0, 2), (1, 1, 2)})  # fmt: skip
    assert len(found) == collisions.number_of_pairs([4, 3])


def test_the_tally_counts_alike_points():
    def made(i, j, **more):
        facts = {"converged": True, "losses": (1.0, 2.0), "distances": (1.0, 0.0), "index": 1,
                 "nullity": 1, "derived_nullity": 1, "equal_loss_dimension": 1}  # fmt: skip
        return Collision(0, 0, i, j, **{**facts, **more})

    points = (
        made(0, 1), made(0, 2), made(0, 3, index=2), made(1, 2, losses=(1.0, 3.0, 2.0)),
        made(1, 3, index=None, nullity=None), made(2, 3, converged=False),
        made(2, 4, jumps=1),
    )  # fmt: skip
    network = Network([np.ones((5, 1)), np.ones((1, 5))])
    problem = Problem([[1.0]], [[1.0]])
    minimum = Training(network, 1.0, 0.0, True, "", "minimum", 0)
    frame = Collisions("toy", problem, (minimum,), points).tally()
    rows = frame[["index", "nullity", "highest", "smooth", "points"]].to_numpy().tolist()
    table = [[None if x != x else x for x in row] for row in rows]
    assert table == [
        [1, 1, False, True, 1],
        [1, 1, True, False, 1],
        [1, 1, True, True, 2],
        [2, 1, True, True, 1],
        [None, None, True, True, 1],
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: approximation.toy(1), "width must be at least 2"),
        (lambda: approximation.toy(4, seeds=0), "seeds must be at least 1"),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
