"""The experiments on permutation points: pairs, facts, tallies, runs that go on."""

from __future__ import annotations

import numpy as np

from critcount import Network
from critcount.landscape.experiments import approximation, collisions
from critcount.landscape.experiments.collisions import Collision, Collisions, pairs_of
from critcount.landscape.problem import Problem
from critcount.landscape.training import Training


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
