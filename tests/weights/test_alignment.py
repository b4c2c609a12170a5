"""The best fit of two networks against all orders and signs, and against hidden copies."""

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from critcount import Network
from critcount.weights.alignment import align, barrier, function_loss

RNG = np.random.default_rng(1)
X = RNG.normal(size=(50, 3))


def network(widths, bias=True, rng=RNG):
    shapes = list(itertools.pairwise(widths))
    weights = [rng.normal(size=(b, a)) for a, b in shapes]
    return Network(weights, [rng.normal(size=b) if bias else None for _, b in shapes])


def distance(a, b):
    pairs = [*zip(a.weights, b.weights, strict=True), *zip(a.biases, b.biases, strict=True)]
    return np.sqrt(sum(np.sum((x - y) ** 2) for x, y in pairs if x is not None))


def moved(net, places, factors, even=False, shift=0.0):
    """Return the network with neurons permuted and multiplied, written out neuron by neuron."""
    weights = [w.copy() for w in net.weights]
    biases = [None if b is None else b.copy() for b in net.biases]
    for k, (place, factor) in enumerate(zip(places, factors, strict=True)):
        above = weights[k + 1].copy()
        rows, bias = weights[k].copy(), None if biases[k] is None else biases[k].copy()
        for i, (j, c) in enumerate(zip(place, factor, strict=True)):
            weights[k][i] = c * rows[j]
            if bias is not None:
                biases[k][i] = c * bias[j]
            weights[k + 1][:, i] = above[:, j] * (1 if even else 1 / c)
            if shift and c < 0:
                biases[k + 1] = biases[k + 1] + shift * above[:, j]
    return Network(weights, biases)


CASES = [
    ("generic", [1.0]),
    ("tanh", [1.0, -1.0]),
    ("gaussian", [1.0, -1.0]),
    ("sigmoid", [1.0, -1.0]),
]


@pytest.mark.parametrize(("activation", "factors"), CASES)
@pytest.mark.parametrize("bias", [True, False])
def test_one_hidden_layer_against_all(activation, factors, bias):
    if activation == "sigmoid" and not bias:
        factors = [1.0]
    for _ in range(4):
        a, b = network((3, 3, 2), bias), network((3, 3, 2), bias)
        found = align(a, b, activation, starts=1)
        every = []
        for place in itertools.permutations(range(3)):
            for signs in itertools.product(factors, repeat=3):
                other = moved(
                    b, [place], [signs], activation == "gaussian", activation == "sigmoid"
                )
                if activation == "sigmoid":  # what is least is the distance in the odd form
                    every.append(distance(centred(a), centred(other)))
                else:
                    every.append(distance(a, other))
        reached = (
            distance(centred(a), centred(found.aligned))
            if activation == "sigmoid"
            else found.distance
        )
        assert reached == pytest.approx(min(every), rel=1e-12)
        np.testing.assert_allclose(found.aligned(X, activation), b(X, activation), atol=1e-12)
        assert found.distance == pytest.approx(distance(a, found.aligned), rel=1e-12)
        assert found.before == pytest.approx(distance(a, b), rel=1e-12)


def centred(net):
    biases = [
        b if b is None or k == 0 else b + 0.5 * net.weights[k].sum(axis=1)
        for k, b in enumerate(net.biases)
    ]
    return Network(net.weights, biases)


@pytest.mark.parametrize(
    "activation",
    ["generic", "tanh", "sin", "gaussian", "cos", "sigmoid", "relu", "leaky_relu:0.2"],
)
@pytest.mark.parametrize("widths", [(3, 1, 2), (3, 6, 2), (3, 8, 7, 5, 2)])
def test_copies_are_found(activation, widths):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        a = network(widths, rng=rng)
        places = [rng.permutation(m) for m in widths[1:-1]]
        if "relu" in activation:
            factors = [rng.uniform(0.2, 5, size=m) for m in widths[1:-1]]
        elif activation == "generic":
            factors = [np.ones(m) for m in widths[1:-1]]
        else:
            factors = [rng.choice([-1.0, 1.0], size=m) for m in widths[1:-1]]
        b = moved(a, places, factors, activation in ("gaussian", "cos"), activation == "sigmoid")
        np.testing.assert_allclose(b(X, activation), a(X, activation), atol=1e-11)
        found = align(a, b, activation)
        assert found.relative < 1e-12
        np.testing.assert_allclose(found.aligned(X, activation), b(X, activation), atol=1e-11)
        for mine, theirs in zip(found.places, places, strict=True):
            assert [theirs[i] for i in mine] == list(range(len(mine)))


def best_scale(u, x, v, y):
    """The least squared distance of (c v, y/c) from (u, x) over c, by trying and refining."""

    def value(c):
        return np.sum((u - c * v) ** 2) + np.sum((x - y / c) ** 2)

    grid = np.geomspace(1e-3, 1e3, 301)
    at = int(np.argmin([value(c) for c in grid]))
    low, high = grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)]
    return minimize_scalar(
        value, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
    ).fun


@pytest.mark.parametrize("bias", [True, False])
def test_scales_of_one_hidden_layer_against_all_orders(bias):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        a, b = network((2, 3, 2), bias, rng), network((2, 3, 2), bias, rng)
        found = align(a, b, "relu")
        rows = [
            np.column_stack([n.weights[0], n.biases[0]]) if bias else n.weights[0] for n in (a, b)
        ]
        costs = [
            [best_scale(rows[0][i], a.weights[1][:, i], rows[1][j], b.weights[1][:, j])
             for j in range(3)] for i in range(3)
        ]  # fmt: skip
        least = min(
            sum(costs[i][j] for i, j in enumerate(place))
            for place in itertools.permutations(range(3))
        )
        if bias:
            least += np.sum((a.biases[1] - b.biases[1]) ** 2)
        assert found.distance**2 == pytest.approx(least, rel=1e-9)
        assert found.symmetries == ("permutations", "scales")
        written = moved(b, found.places, found.scales)
        np.testing.assert_allclose(written.weights[0], found.aligned.weights[0], rtol=1e-12)
        np.testing.assert_allclose(
            found.aligned(X[:, :2], "relu"), b(X[:, :2], "relu"), atol=1e-12
        )


def test_no_scale_of_a_deeper_network_alone_lowers_the_distance():
    a, b = network((3, 5, 4, 2)), network((3, 5, 4, 2))
    found = align(a, b, "leaky_relu:0.1")
    assert found.distance < found.before
    for k, m in enumerate((5, 4)):
        for i in range(m):
            for c in (0.9, 0.999, 1.001, 1.1):
                factors = [np.ones(5), np.ones(4)]
                factors[k][i] = c
                other = moved(found.aligned, [range(5), range(4)], factors)
                assert distance(a, other) > found.distance * (1 - 1e-8)


def test_neurons_with_a_side_of_zero_keep_their_scale():
    a = Network([[[1.0, 0.0], [0.0, 2.0], [0.5, 0.5]], [[3.0, 4.0, 1.0]]])
    b = Network([[[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]], [[-1.0, 8.0, 0.0]]])
    found = align(a, b, "relu")
    np.testing.assert_allclose(found.aligned(X[:, :2], "relu"), b(X[:, :2], "relu"), atol=1e-12)
    assert sorted(found.places[0]) == [0, 1, 2]
    assert found.scales[0][found.places[0].index(1)] == pytest.approx(2)


@pytest.mark.parametrize(
    ("activation", "used"),
    [
        ("generic", ()), ("gelu", ()), ("softplus", ()), ("tanh", ("signs",)),
        ("gaussian", ("signs",)), ("sigmoid", ("signs",)), ("relu", ("scales",)),
    ],
)  # fmt: skip
def test_the_answer_says_what_was_used(activation, used):
    a = network((3, 2, 1))
    assert align(a, a, activation).symmetries == ("permutations", *used)


def test_sigmoids_without_a_bias_above_have_no_signs():
    a = network((3, 2, 1), bias=False)
    assert align(a, a, "sigmoid").symmetries == ("permutations",)


def test_near_copies_are_found_and_have_no_barrier():
    a = network((3, 20, 15, 2))
    places = [RNG.permutation(20), RNG.permutation(15)]
    signs = [RNG.choice([-1.0, 1.0], size=20), RNG.choice([-1.0, 1.0], size=15)]
    copy = moved(a, places, signs)
    b = Network([w + 1e-3 * RNG.normal(size=w.shape) for w in copy.weights], copy.biases)
    found = align(a, b, "tanh")
    assert found.distance < 0.05 < found.before
    loss = function_loss(X, a(X, "tanh"), "tanh")
    assert barrier(a, found.aligned, loss) < 1e-4
    assert barrier(a, b, loss) > 0.1
    assert "distance" in repr(found)


def test_a_fit_is_never_worse_than_none():
    for activation in ("generic", "tanh", "gaussian"):
        a, b = network((3, 6, 5, 2)), network((3, 6, 5, 2))
        for starts in (1, 5):
            found = align(a, b, activation, starts=starts)
            assert found.distance <= found.before
    assert align(a, a).distance == 0


def test_more_starts_are_no_worse():
    a, b = network((3, 9, 8, 2)), network((3, 9, 8, 2))
    distances = [align(a, b, "tanh", starts=n).distance for n in (1, 2, 20)]
    assert distances == sorted(distances, reverse=True)


def test_a_straight_line_against_its_points():
    a, b = network((3, 4, 2)), network((3, 4, 2))
    loss = function_loss(X, np.zeros((50, 2)), "tanh")
    heights = []
    for t in np.linspace(0, 1, 7):
        mix = Network(
            [(1 - t) * u + t * v for u, v in zip(a.weights, b.weights, strict=True)],
            [(1 - t) * u + t * v for u, v in zip(a.biases, b.biases, strict=True)],
        )
        value = np.mean(np.sum(mix(X, "tanh") ** 2, axis=1))
        heights.append(value - (1 - t) * loss(a) - t * loss(b))
    assert barrier(a, b, loss, points=7) == pytest.approx(max(heights), abs=1e-12)
    assert barrier(a, a, loss) < 1e-13


def test_degenerate_layers():
    empty = Network([np.ones((0, 3)), np.ones((2, 0))])
    assert align(empty, empty).places == ((),)
    zero = Network([np.zeros((2, 3)), np.zeros((1, 2))])
    assert align(zero, zero, "relu").relative == 0


@pytest.mark.parametrize(
    ("arguments", "error", "part"),
    [
        ((3, network((3, 2, 1))), TypeError, "a must be a Network"),
        ((network((3, 2, 1)), network((3, 3, 1))), ValueError, "a is 3-2-1 and b is 3-3-1"),
        ((network((3, 2, 1)), network((3, 2, 1), False)), ValueError, "biases in the same layers"),
        ((network((3, 2, 1)), network((3, 2, 1)), "relu6"), ValueError, "not worked out"),
    ],
)
def test_bad_arguments(arguments, error, part):
    with pytest.raises(error, match=part):
        align(*arguments)


def test_bad_numbers():
    a = network((3, 2, 1))
    with pytest.raises(ValueError, match="starts must be at least 1"):
        align(a, a, starts=0)
    with pytest.raises(ValueError, match="points must be at least 2"):
        barrier(a, a, lambda _: 0.0, points=1)
    for x, y in ((X, X[:3]), (X[0], X[0]), (X[:0], X[:0])):
        with pytest.raises(ValueError, match="x and y must have shapes"):
            function_loss(x, y)
    with pytest.raises(ValueError, match=r"y must have shape \(50, 1\)"):
        function_loss(X, X, "tanh")(a)
