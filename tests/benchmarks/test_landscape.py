"""Students against a loop of BFGS; an index from a small matrix against all eigenvalues."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy.optimize import minimize

from critcount.landscape import Problem, descend, to_vector, train, train_many
from critcount.landscape.experiments.datasets import grid, teacher
from critcount.landscape.neurons import replicate
from critcount.landscape.ties import antisymmetric_spectrum
from critcount.landscape.vectors import network_of, random_vector
from tests.benchmarks.side_by_side import processor_seconds, record, seconds

pytestmark = pytest.mark.benchmark

#: 100 students of the three widths of the task, and how many of each.
STUDENTS = {4: 34, 5: 33, 10: 33}
TOLERANCE, ITERATIONS = 1e-12, 1000


def shallow():
    inputs = grid()
    return Problem(inputs, teacher()(inputs, "generic"), "generic")


def by_bfgs(problem, width, seed):
    """From the start of `train`, with the same compiled loss and gradient."""
    ((_, start),) = descend(problem, width, seed, steps=0)
    objective = problem.at(start)
    options = {"gtol": TOLERANCE, "norm": 2, "maxiter": ITERATIONS}
    return minimize(
        objective.loss, to_vector(start), jac=objective.gradient, method="BFGS", options=options
    )


def test_a_hundred_students_against_a_loop_of_bfgs(benchmark):
    problem = shallow()
    ours, peer = [], []
    took = took_by_bfgs = 0.0

    def train_one(width, seed):
        ours.extend(train_many(problem, width, [seed], steps=0, tolerance=TOLERANCE))

    def loop_one(width, seed):
        peer.append(by_bfgs(problem, width, seed))

    for width, number in STUDENTS.items():
        train(problem, width, number, steps=0, iterations=1)  # compiled for this width
        by_bfgs(problem, width, number)
        for seed in range(number):  # in turn, so that a busy machine slows both
            took += processor_seconds(partial(train_one, width, seed))
            took_by_bfgs += processor_seconds(partial(loop_one, width, seed))
    zero = sum(found.loss < 1e-15 for found in ours)
    zero_by_bfgs = sum(found.fun < 1e-15 for found in peer)
    done = sum(found.gradient_norm < TOLERANCE for found in ours)
    done_by_bfgs = sum(np.linalg.norm(found.jac) < TOLERANCE for found in peer)
    print(
        f"{took / 100:.4f} s a student, BFGS {took_by_bfgs / 100:.4f} s; at zero loss {zero} and "
        f"{zero_by_bfgs}; within the tolerance {done} and {done_by_bfgs}"
    )
    assert zero >= zero_by_bfgs - 5
    assert done >= done_by_bfgs
    record("100 students, against a loop of BFGS", took / took_by_bfgs, 1 / 5)
    benchmark.pedantic(lambda: train(problem, 5, 0, steps=0), rounds=1, iterations=1)


def tied_network(widths, samples, rng):
    """A problem with inputs like images, and a network whose first two neurons are the same.

    How long the index takes does not depend on whether the point is critical.
    """
    inputs = rng.random((samples, widths[0])) * (rng.random((samples, widths[0])) < 0.2)
    classes = np.arange(samples) % widths[-1]
    problem = Problem(inputs, classes, "tanh", "cross-entropy", biases=True, weight_decay=1e-3)
    layout = tuple((widths[k + 1], widths[k], True) for k in range(len(widths) - 1))
    network = network_of(random_vector(layout, rng), layout)
    return problem, replicate(network, 0, [0, 0, *range(2, widths[1])])


def test_an_index_against_the_full_hessian(benchmark):
    """Of a pair of first-layer neurons; both at 4,822 parameters, and ours at 8,070 alone."""
    rng = np.random.default_rng(0)
    problem, network = tied_network((784, 6, 6, 10), 200, rng)
    antisymmetric_spectrum(problem, network, 0, 0)
    ours = min(seconds(lambda: antisymmetric_spectrum(problem, network, 0, 0)) for _ in range(3))
    full = seconds(lambda: np.linalg.eigvalsh(problem.hessian(network)))
    problem, network = tied_network((784, 10, 10, 10), 1000, rng)
    antisymmetric_spectrum(problem, network, 0, 0)
    larger = min(seconds(lambda: antisymmetric_spectrum(problem, network, 0, 0)) for _ in range(3))
    print(f"index {ours:.3f} s, full Hessian {full:.1f} s; 784-10-10-10 {larger:.3f} s")
    record("index of a pair, against all eigenvalues at 4,822 parameters", ours / full, 1 / 100)
    record("the same at 8,070 parameters, against those at 4,822", larger / full, 1 / 50)
    benchmark.pedantic(lambda: antisymmetric_spectrum(problem, network, 0, 0), rounds=1)
