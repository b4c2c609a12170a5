"""Settings: what is refused, symmetries, which types there are, dimensions by ranks."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from critcount.counting.setting import Setting, TypeShape


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("exp", 2), "exp.*a bias is a factor"),
        (("sin", 2, 2), "two neurons of one frequency"),
        (("relu", 2, 1, "hidden"), "not worked out"),
        (("gelu", 2, 2, "hidden"), "several outputs without output bias"),
        (("relu", 1, 1, "none"), "all neurons are one up to sign and scale"),
        (("gelu", 2, 1, "hidden", True), "skip needs an output bias"),
        (("gelu", 0), "d_in must be at least 1"),
        (("gelu", 2, 1, "some"), "biases must be one of"),
        (("relu6", 2), "relations that are not worked out"),
    ],
)
def test_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Setting(*arguments)


def test_groups():
    assert Setting("gelu", 2).group(3).order == 6
    assert Setting("sigmoid", 2).group(3).order == 48
    assert Setting("sigmoid", 2, biases="none").group(3).order == 6
    assert Setting("relu", 2).group(3)[1:] == (6, 3)
    assert Setting("relu", 2, skip=True).group(3)[1:] == (48, 3)
    assert Setting("sin", 2).group(1).order is None


def test_pairs_that_would_be_parallel():
    # a pair gives s v, and all that is left over must vanish: of two vectors one is a multiple of
    # the other, and without biases ReLU neurons of one direction are in one class
    none, gelu = Setting("relu", 2, biases="none"), Setting("gelu", 2, biases="none")
    for shape in ((1, 0, 0, 1, 0), (0, 1, 2, 1, 0), (0, 0, 0, 2, 0), (0, 0, 3, 2, 0)):
        assert not none.has(TypeShape(*shape))
        assert gelu.has(TypeShape(*shape))
    for shape in ((2, 0, 0, 1, 0), (1, 0, 0, 2, 0), (0, 0, 0, 3, 0), (0, 0, 5, 0, 0)):
        assert none.has(TypeShape(*shape))
    # of 5 neurons one copies the teacher and four are two pairs: 5 ways times 3
    assert TypeShape(0, 0, 0, 2, 0).number(1, 5) == 15


def test_alone():
    # of a single minimal neuron without signs the orbit is one point
    plain, flipped = TypeShape(0, 0, 0, 0, 0), TypeShape(1, 0, 0, 0, 0)
    assert not Setting("gelu", 2).alone(1, 1, plain)
    assert Setting("gelu", 2).alone(2, 2, plain)
    assert Setting("tanh", 2).alone(1, 1, flipped)
    assert not Setting("tanh", 2).alone(2, 3, flipped)
    sigmoid = Setting("sigmoid", 2, biases="hidden")
    assert sigmoid.alone(2, 3, TypeShape(1, 1, 0, 0, 0))
    assert not sigmoid.alone(2, 3, TypeShape(0, 0, 1, 0, 0))
    assert not sigmoid.alone(2, 4, TypeShape(1, 1, 1, 0, 0))
    gelu = Setting("gelu", 2)
    assert gelu.alone(2, 4, TypeShape(2, 0, 0, 1, 0))
    assert not gelu.alone(2, 4, TypeShape(1, 0, 0, 1, 0))
    assert gelu.alone(3, 5, TypeShape(3, 0, 0, 1, 0)) is None
    assert Setting("gelu", 4, 2).alone(2, 4, TypeShape(2, 0, 0, 1, 0)) is None
    assert Setting("sin", 2).alone(2, 3, plain) is None


def test_shapes():
    assert TypeShape(0, 0, 2, 0, 0).number(1, 3) == 3
    assert TypeShape(1, 1, 0, 0, 0).number(1, 3) == 0
    assert Setting("gelu", 2).affine(1, 1)
    assert not Setting("gelu", 2).affine(1, 2)
    assert Setting("sigmoid", 2, biases="none").affine(1, 2)
    none = Setting("gelu", 2, biases="none")  # idle neurons are affine there, pairs are not
    assert none.affine(1, 2)
    assert not none.affine(1, 3)
    assert Setting("tanh", 2, biases="none").affine(1, 5)
    assert not Setting("sin", 2).affine(1, 1)
    assert not Setting("elu", 2).affine(1, 2)
    assert not Setting("relu", 2).affine(1, 1)


def parametrisation(setting, shape, r, rng):
    """Return the rank of the map from free numbers to (θ, a) of one type, softplus or tanh."""
    flipped, mixed, zero, pairs, idle = shape
    d = setting.d_in + setting.hidden_biases
    theta, a = rng.standard_normal((r, d)), rng.uniform(0.5, 2, r)

    # one neuron per part: unknown are the parts' weights, the free vectors, the idle neurons
    def unknown():
        return rng.standard_normal(mixed + zero * d + pairs * (1 + d) + idle * 2)

    def equations(x):
        s, _, p, v, weights, offsets = np.split(
            x, np.cumsum([mixed, zero * d, pairs, pairs * d, idle])
        )
        v = v.reshape(pairs, d)
        linear = a[:flipped] @ theta[:flipped] + s @ theta[flipped : flipped + mixed] + p @ v
        constant = weights @ setting.activation(offsets)
        return linear[: setting.d_in], constant + linear[-1]

    return unknown, equations


@pytest.mark.parametrize(
    "shape",
    [(0, 0, 1, 0, 0), (1, 0, 0, 1, 0), (2, 0, 0, 1, 1), (0, 1, 0, 1, 0), (0, 0, 0, 2, 0)],
)
@pytest.mark.parametrize("biases", ["all", "hidden"])
def test_dimensions_by_ranks(shape, biases):
    setting, r = Setting("softplus", 2, biases=biases), 2
    rng = np.random.default_rng(7)
    unknown, equations = parametrisation(setting, shape, r, rng)

    def residual(y):
        linear, constant = equations(y)
        return linear if setting.output_bias else np.append(linear, constant)

    def generic(y):  # no part of a mixed block and no idle neuron without weight
        return np.abs(residual(y)).max() < 1e-10 and np.abs(y).min() > 1e-3

    solutions = (
        least_squares(residual, unknown(), xtol=1e-15, ftol=1e-15, gtol=1e-15).x for _ in range(50)
    )
    x = next(filter(generic, solutions))
    rows = [(residual(x + h) - residual(x - h)) / 2e-6 for h in 1e-6 * np.eye(len(x))]
    rank = np.linalg.matrix_rank(np.array(rows), tol=1e-5)
    _, mixed, zero, pairs, idle = shape
    m = r + mixed + zero + 2 * pairs + idle
    assert setting.dimension(r, m, TypeShape(*shape)) == len(x) - rank


def test_skip_is_a_truth_value():
    with pytest.raises(TypeError, match="skip must be True or False"):
        Setting("gelu", 2, skip=1)
