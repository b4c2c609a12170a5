"""Types on a bounded domain: against brute force over regimes, and the functions themselves."""

import itertools

import numpy as np
import pytest

from critcount import SizeLimitError, T, signed_T
from critcount.activations import ACTIVATIONS, Activation
from critcount.counting.activations import count_types
from critcount.counting.domains import ANALYTIC, count_types_on_domain, smooth_parts
from critcount.counting.setting import BIASES, Setting
from tests.oracles.families_brute_force import set_partitions

#: What each neuron may be: its kink inside, dead, linear, linear with another slope, exponential,
#: idle.
REGIMES = {"relu": "kdl", "leaky_relu": "kln", "leaky_relu:-0.5": "kln", "elu": "klei"}


def by_regimes(name, r, m, d, skip):
    """Sum over what every neuron is; a linear neuron cancels any linear part."""
    total = 0
    for regimes in itertools.product(REGIMES[name], repeat=m):
        live = regimes.count("k")
        if name == "elu":
            total += T(r, live) * len(list(set_partitions(list(range(regimes.count("e"))))))
        elif skip or "l" in regimes or "n" in regimes:
            total += signed_T(r, live)
        else:
            total += count_types(r, live, Setting("softplus", d, biases="none"))
    return total


@pytest.mark.parametrize("name", REGIMES)
def test_brute_force_over_the_regimes(name):
    for r, m, d, skip in itertools.product(range(3), range(5), (1, 2), (False, True)):
        setting = Setting(name, d, skip=skip)
        assert count_types_on_domain(r, m, setting) == by_regimes(name, r, m, d, skip)


def test_an_analytic_activation_does_not_notice_the_domain():
    for name, biases in itertools.product(sorted(ANALYTIC), BIASES):
        if name == "exp" and biases in ("hidden", "all"):
            continue
        setting = Setting(name, 2, biases=biases)
        assert count_types_on_domain(2, 4, setting) == count_types(2, 4, setting)
        assert smooth_parts(ACTIVATIONS[name]) is None


def test_what_is_refused():
    for setting, message in (
        (Setting("relu", 2, 2), "for one output, not for 2"),
        (Setting("relu", 2, biases="none"), "with biases everywhere"),
        (Setting("elu", 2, biases="hidden"), "with biases everywhere"),
        (Setting(Activation("mine", np.arctan, "odd"), 2), "is not declared"),
        (Setting(Activation("elu", lambda z: z + 1, "generic"), 2), "is not declared"),
    ):
        with pytest.raises(ValueError, match=message):
            count_types_on_domain(1, 2, setting)
    with pytest.raises(SizeLimitError, match="3,000"):
        count_types_on_domain(2, 3001, Setting("relu", 2))
    with pytest.raises(SizeLimitError, match="digits"):
        count_types_on_domain(2, 100, Setting("elu", 2), max_digits=50)
    assert count_types_on_domain(3, 2, Setting("elu", 2)) == 0


def on_domain(name, theta):
    """Return the functions σ(θ·(x, 1)) on a grid of [-1, 1]², a column each."""
    side = np.linspace(-1, 1, 25)
    grid = np.array(list(itertools.product(side, side)))
    bar = np.column_stack([grid, np.ones(len(grid))])
    return ACTIVATIONS[name](bar @ np.asarray(theta, float).T), bar


LIVE = [[2.0, 1.0, 0.1], [-1.0, 3.0, 0.4], [4.0, 2.0, 0.2]]  # the third on the first's hyperplane


@pytest.mark.parametrize("name", ["elu", "selu", "celu"])
def test_exponential_and_linear_neurons_of_elu(name):
    low = [[0.5, 0.2, -2.0], [0.5, 0.2, -3.0], [-0.3, 0.4, -2.0], [0.3, -0.4, -2.0]]
    high = [[0.5, 0.2, 2.0], [-0.3, 0.4, 2.0]]
    values, bar = on_domain(name, LIVE + low + high)

    def rank(*columns):
        return np.linalg.matrix_rank(np.column_stack(columns), tol=1e-9)

    # one class per w among the exponential ones, none among the linear ones, all of the live ones
    assert rank(values, bar) == len(LIVE) + 3 + 3
    assert rank(values[:, :3], bar) == 6
    # e^b weighs a neuron of an exponential block; what is left is a constant
    pair = values[:, 3] * np.exp(2.0) - values[:, 4] * np.exp(3.0)
    assert np.ptp(pair) < 1e-12 < abs(pair[0])


@pytest.mark.parametrize(("name", "dead"), [("relu", True), ("leaky_relu", False)])
def test_both_sides_of_a_kink_outside(name, dead):
    values, bar = on_domain(name, [*LIVE[:2], [0.5, 0.2, -2.0]])
    assert bool((values[:, 2] == 0).all()) == dead
    # a flip of neuron 0 leaves a linear function, which a neuron on either side makes up for
    flipped, _ = on_domain(name, [[-w for w in LIVE[0]]])
    residue = values[:, 0] - flipped[:, 0]
    _, size, rank, _ = np.linalg.lstsq(bar, residue)
    assert size[0] < 1e-20
    assert rank == 3
    slope = -float(ACTIVATIONS[name](-1.0))
    gradient = (1 + slope) * np.array(LIVE[0][:2])
    assert np.ptp(residue - bar[:, :2] @ gradient) < 1e-12
    if not dead:
        outside, _ = on_domain(name, [[*gradient, -20.0]])
        assert np.ptp(residue - outside[:, 0] / slope) < 1e-9
