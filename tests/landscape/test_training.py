"""Training: minima to the last digit, and honest words about what is none."""

import re

import numpy as np
import pytest
from scipy.optimize import least_squares

import critcount.landscape.training as module
from critcount import Network
from critcount.landscape import Problem, minimise, to_network, to_vector, train, train_many

X = np.linspace(-2, 2, 41)[:, None]
GRID = np.stack(np.meshgrid(*[np.arange(-5, 5.5, 1.0)] * 2), axis=-1).reshape(-1, 2)
TEACHER = Network([[[0.6, 0.5], [-0.5, 0.5], [-0.2, -0.6], [0.1, -0.6]], np.ones((1, 4))])
#: Students of the teacher; tanh has a target outside of what three neurons can do.
STUDENT = Problem(GRID, TEACHER(GRID, "generic"))
CURVE = Problem(X, np.abs(X), "tanh", biases=True)


def is_a_minimum(problem, found, tolerance=1e-12):
    """Whether a training is what it says: gradient, loss, and no way down in any direction."""
    assert found.gradient_norm == pytest.approx(np.linalg.norm(problem.gradient(found.network)))
    assert found.gradient_norm < tolerance
    assert found.loss == problem.loss(found.network)
    eigenvalues = np.linalg.eigvalsh(problem.hessian(found.network))
    return eigenvalues[0] > -1e-11 * eigenvalues[-1]


# a teacher's students


def test_students_of_width_4_find_the_teacher():
    trained = list(train_many(STUDENT, 4, range(6)))
    exact = [found for found in trained if found.loss < 1e-24]
    assert len(exact) >= 4
    for found in exact:
        assert found.converged
        assert found.message.startswith("a minimum: loss ")
        assert is_a_minimum(STUDENT, found)
        (w, a), (w_t, a_t) = found.network.weights, TEACHER.weights
        order = np.lexsort(w.T.round(6))
        np.testing.assert_allclose(w[order], w_t[np.lexsort(w_t.T)], atol=1e-12)
        np.testing.assert_allclose(a, a_t, atol=1e-12)


@pytest.mark.exhaustive
def test_a_wide_student_ends_at_a_singular_minimum():
    found = train(STUDENT, 6, seed=0)
    assert found.converged
    assert found.loss < 1e-24
    assert is_a_minimum(STUDENT, found)
    eigenvalues = np.linalg.eigvalsh(STUDENT.hessian(found.network))
    assert eigenvalues[0] < 1e-10 * eigenvalues[-1]  # the zero-loss set has dimension 2 and more


def test_more_parameters_than_data():
    x = np.array([[-1.0], [0.5], [1.0]])
    problem = Problem(x, [[0.2], [-0.3], [0.5]], "softplus")
    found = train(problem, 5, seed=1)
    assert found.converged
    assert found.loss < 1e-24


# minima of positive loss


def test_a_minimum_of_positive_loss():
    found = train(CURVE, 1, seed=0)
    assert found.converged
    assert found.loss > 1e-3
    assert is_a_minimum(CURVE, found)
    rng = np.random.default_rng(0)
    vector = to_vector(found.network)
    for _ in range(100):
        near = to_network(vector + 1e-3 * rng.normal(size=len(vector)), found.network)
        assert CURVE.loss(near) > found.loss


def test_a_minimum_of_the_cross_entropy():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    classes = (x[:, 0] + rng.normal(size=60) > 0).astype(int)  # not separable
    problem = Problem(x, classes, "tanh", "cross-entropy", biases=True)
    found = train(problem, 1, seed=0)
    assert found.converged, found.message
    assert is_a_minimum(problem, found)
    assert 0.1 < found.loss < np.log(2)


def test_a_deep_network():
    rng = np.random.default_rng(0)
    teacher = Network([[[0.5, 0.2], [-0.3, 0.4]], [[1.0, 2.0], [2.0, -1.0]], [[1.0, -1.0]]])
    noise = 0.01 * rng.normal(size=(len(GRID), 1))
    problem = Problem(GRID, teacher(GRID, "tanh") + noise, "tanh")
    found = minimise(problem, teacher)
    assert found.converged, found.message
    assert is_a_minimum(problem, found)
    assert 5e-5 < found.loss < problem.loss(teacher)


def test_a_deep_network_with_biases():
    found = train(CURVE, (2, 3), seed=0, steps=0, iterations=1)
    assert found.network.widths == (1, 2, 3, 1)
    assert all(bias is not None for bias in found.network.biases)


# minimise


def test_minimise_goes_to_the_nearest_minimum():
    rng = np.random.default_rng(1)
    near = [w + 1e-3 * rng.normal(size=w.shape) for w in TEACHER.weights]
    found = minimise(STUDENT, Network(near))
    assert found.seed is None
    assert found.converged
    for weight, exact in zip(found.network.weights, TEACHER.weights, strict=True):
        np.testing.assert_allclose(weight, exact, atol=1e-12)


def test_a_minimum_stays():
    found = minimise(STUDENT, TEACHER)
    assert found.converged
    np.testing.assert_allclose(to_vector(found.network), to_vector(TEACHER), atol=1e-14)


def test_without_a_hessian():
    """More parameters than the limit: products with the Hessian only, and the same minimum."""
    found = train(CURVE, 1, seed=0, limit=3, tolerance=1e-9)
    assert found.converged, found.message
    assert is_a_minimum(CURVE, found, 1e-9)
    assert found.loss == pytest.approx(train(CURVE, 1, seed=0).loss, rel=1e-12)


@pytest.mark.exhaustive
def test_a_saddle_is_not_taken_for_a_minimum_without_a_hessian():
    one = train(STUDENT, 1, seed=0).network
    w, a = one.weights
    point = Network([np.vstack([w, w]), np.hstack([a / 2, a / 2])])
    found = minimise(STUDENT, point, limit=3, tolerance=1e-8, iterations=1)
    assert not found.converged or found.loss < STUDENT.loss(point) - 1e-3


@pytest.mark.exhaustive
def test_a_saddle_is_left():
    # two equal neurons: by symmetry descent keeps them equal, and that is no minimum
    first = train(STUDENT, 1, seed=0)
    assert first.outcome == "minimum"
    w, a = first.network.weights
    point = Network([np.vstack([w, w]), np.hstack([a / 2, a / 2])])
    assert np.linalg.norm(STUDENT.gradient(point)) < 1e-11
    assert np.linalg.eigvalsh(STUDENT.hessian(point))[0] < -1e-3
    found = minimise(STUDENT, point)
    assert found.loss < STUDENT.loss(point) - 1e-3
    assert found.converged
    assert is_a_minimum(STUDENT, found)


# what is no minimum


def test_separable_classes_have_no_minimum():
    x = np.array([[-1.0], [-0.5], [0.5], [1.0]])
    problem = Problem(x, [0, 0, 1, 1], "tanh", "cross-entropy")
    found = train(problem, 1, seed=0)
    assert not found.converged
    assert "infinity" in found.message
    assert found.outcome == "separated"
    # larger weights of the last layer lower the loss, as the outcome says
    first, last = found.network.weights
    losses = [problem.loss(Network([first, factor * last])) for factor in (0.1, 0.2, 0.4)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] / 4


@pytest.mark.parametrize(
    ("gradient", "vector", "expected"),
    [
        ([-1e-9, 0.0], [50.0, 1.0], True),
        ([-1e-9, 1e-12], [50.0, 1.0], True),
        ([1e-9, 0.0], [50.0, 1.0], False),  # towards smaller weights
        ([-1e-9, 1e-9], [50.0, 1.0], False),  # steep directions are not at rest
    ],
)
def test_a_slope_that_is_left_in_flat_directions_leads_to_infinity(gradient, vector, expected):
    hessian = np.diag([1e-12, 1.0])
    assert module._levels_off(hessian, np.array(gradient), np.array(vector)) is expected


def test_weights_that_run_to_infinity():
    # a step between two samples: tanh approaches it, ever steeper
    x = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    problem = Problem(x, np.sign(x) * (1 - 1e-3 / x**2), "tanh")
    steep = Problem(x, np.sign(x), "tanh")
    found = minimise(steep, Network([[[1.0]], [[1.0]]]), largest=10.0)
    assert not found.converged
    assert re.search(r"infinity", found.message)
    assert minimise(problem, Network([[[1.0]], [[1.0]]])).converged


def test_too_few_iterations():
    found = train(STUDENT, 3, seed=0, steps=10, iterations=2)
    assert not found.converged
    assert re.match(
        r"not converged: the gradient is still \d\.\de[+-]\d\d after 2 iter", found.message
    )
    assert found.gradient_norm > 1e-12


def test_a_tolerance_below_rounding():
    found = train(CURVE, 1, seed=0, tolerance=1e-300)
    assert not found.converged
    assert "gradient is still" in found.message
    assert found.outcome == "not done"


def test_adam_that_overflows():
    problem = Problem(20 * X, np.exp(X), "exp")
    found = train(problem, 2, seed=0, rate=5.0)
    assert np.isfinite(found.loss)
    with pytest.raises(
        ValueError, match="the weights are too large: the loss of the network is inf"
    ):
        minimise(problem, Network([[[900.0]], [[1.0]]]))


@pytest.mark.parametrize("decay", [1e-3, 1e-2])
def test_least_squares_against_scipy(decay):
    """From the same start to the same point, which MINPACK finds with residuals of its own."""
    x = np.random.default_rng(2).normal(size=(40, 2))
    y = np.stack([np.sin(x[:, 0]), x[:, 1] ** 2], axis=1)
    problem = Problem(x, y, "tanh", biases=True, weight_decay=decay)
    start = module._start(problem, (2,), 1, 5000)

    def residuals(vector):
        network = to_network(vector, start)
        error = (network(x, "tanh") - y).ravel() / len(x) ** 0.5
        return np.concatenate([error, (decay / 2) ** 0.5 * vector])

    tight = {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15}
    peer = least_squares(residuals, to_vector(start), method="lm", **tight)
    options = module.Options(tolerance=1e-9, iterations=500, largest=1e3)
    told = []
    counted = module._Steps(500, told.append)
    found = module._squares(problem.at(start), to_vector(start), options, counted)
    assert np.linalg.norm(problem.at(start).gradient(found)) < 1e-9
    assert problem.at(start).loss(found) == pytest.approx(2 * peer.cost, rel=1e-9)
    assert 0 < sum(told) < 500


def test_without_levenberg_and_marquardt(monkeypatch):
    # what tasks with very many samples take
    monkeypatch.setattr(module, "ENTRIES", 0)
    found = train(STUDENT, 4, seed=0)
    assert found.converged
    assert is_a_minimum(STUDENT, found)


# seeds, progress, arguments


def test_a_seed_gives_one_network():
    first = [to_vector(found.network) for found in train_many(CURVE, (2,), [3, 4])]
    again = [to_vector(train(CURVE, 2, seed).network) for seed in (3, 4)]
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[0], first[1])


def test_the_start():
    problem = Problem(np.ones((1, 400)), [[0.0]], biases=True)
    start = module._start(problem, (3, 50), 7, 5000)
    assert start.widths == (400, 3, 50, 1)
    assert np.std(start.weights[0]) == pytest.approx(1 / 20, rel=0.1)
    assert np.std(start.weights[1]) == pytest.approx(3**-0.5, rel=0.2)
    assert all((bias == 0).all() for bias in start.biases)


def test_adam_descends():
    objective = CURVE.at(module._start(CURVE, (4,), 0, 5000))
    vector = to_vector(module._start(CURVE, (4,), 0, 5000))
    after = module._adam(objective, vector, np.full(120, 0.01), lambda steps: None)
    assert objective.loss(after) < 0.5 * objective.loss(vector)
    # the first step of Adam is the rate in the direction of the signs
    once = module._adam(objective, vector, np.array([0.01]), lambda steps: None)
    signs = np.sign(objective.gradient(vector))
    np.testing.assert_allclose(once, vector - 0.01 * signs, atol=1e-6)


@pytest.mark.parametrize("iterations", [1, 5, 400])
def test_progress_comes_to_its_total(iterations):
    told = []
    train(CURVE, 1, 0, steps=120, iterations=iterations, advance=told.append)
    assert sum(told) == 120 + iterations
    assert min(told) > 0


def test_an_interrupt_passes():
    def interrupt(steps):
        raise KeyboardInterrupt

    for steps in (0, 100):
        with pytest.raises(KeyboardInterrupt):
            train(CURVE, 1, 0, steps=steps, advance=interrupt)


BAD = [
    ({"widths": 0}, ValueError, "widths must be at least 1, not 0"),
    ({"widths": (3, 0)}, ValueError, r"widths\[1\] must be at least 1"),
    ({"widths": ()}, ValueError, "widths must be one hidden width or more"),
    ({"widths": "3"}, TypeError, "widths must be an integer, not '3'"),
    ({"widths": 2.0}, TypeError, "widths must be an integer"),
    ({"seed": -1}, ValueError, "seed must be at least 0"),
    ({"seed": None}, TypeError, "seed must be an integer"),
    ({"steps": -1}, ValueError, "steps must be at least 0"),
    ({"rate": 0}, ValueError, "rate must be positive"),
    ({"rate": "1"}, TypeError, "rate must be a number"),
    ({"tolerance": -1e-12}, ValueError, "tolerance must be positive"),
    ({"largest": np.nan}, ValueError, "largest must be positive"),
    ({"iterations": 0}, ValueError, "iterations must be at least 1"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), BAD)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        train(**{"problem": CURVE, "widths": 2, "seed": 0, **arguments})


def test_bad_arguments_of_minimise():
    with pytest.raises(ValueError, match="network must have 2 inputs"):
        minimise(STUDENT, Network([np.ones((5, 1)), np.ones((1, 5))]))
    with pytest.raises(ValueError, match="tolerance must be positive"):
        minimise(STUDENT, TEACHER, tolerance=0)


def test_a_plateau_is_named():
    """Two copies with positive shares of a neuron whose S is positive definite are a minimum."""
    from critcount.landscape.neurons import replicate
    from critcount.landscape.small_matrices import neuron_blocks

    for seed in range(8):
        one = train(STUDENT, 2, seed=seed).network
        kinds = [block.kind for block in neuron_blocks(STUDENT, one, 0)]
        if "positive" in kinds:
            neuron = kinds.index("positive")
            wide = replicate(one, 0, [0, 1, neuron])
            found = minimise(STUDENT, wide)
            assert found.outcome == "plateau"
            return
    raise AssertionError("no positive neuron in 8 minima")
