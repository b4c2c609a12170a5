"""The toy whose networks approximate: its minima, points and tables, and a run that goes on."""

from __future__ import annotations

import os

import numpy as np
import pytest

from critcount import Network
from critcount.landscape.experiments import approximation, collisions


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


def test_a_pair_that_does_not_arrive_says_why(toy, monkeypatch):
    def fails(*args, **options):
        raise ValueError("no way")

    monkeypatch.setattr(collisions, "permutation_point", fails)
    monkeypatch.setattr(collisions, "train", lambda *args, **options: toy[0].minima[0])
    found = approximation.toy(3, seeds=1)
    assert found.to_frame()["note"].tolist() == ["no way"] * 3
    assert len(found.tally()) == 0


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
