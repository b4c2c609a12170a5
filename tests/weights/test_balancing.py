"""Paths on which flipped neurons turn back while a linear part or a constant stays balanced."""

import itertools

import numpy as np
import pytest

from critcount import Network, SignedExpansions, classify, embed
from critcount.activations import activation_of
from critcount.counting.activations import count_connected_pieces
from critcount.counting.setting import Setting
from critcount.weights.paths import NoPathError, zero_loss_path
from critcount.weights.pieces import Hyperbola, IdleShift, ScalingCurve
from tests.weights.test_canonical import TEACHER, A, B, C, W, X, classified, runs, student


def isolated(name, s, b, signs=(-1, -1), order=(0, 1, 2, 3)):
    """Neurons flipped as said, the linear part undone by a pair of weights -s and s at ±v."""
    theta, slope = np.column_stack([W, B]), activation_of("", name).slope
    left = sum(A[0, t] * theta[t] for t in range(2) if signs[t] < 0)
    v = np.append(-left[:2] / s, b)
    rows = np.array([signs[0] * theta[0], signs[1] * theta[1], v, -v])
    constant = 2 * slope * (left[2] + s * b)
    return student(rows[list(order)], np.array([*A[0], -s, s])[list(order)], constant)


def values(path, number=60):
    return [network(X, path.start.activation.name) for network in path.sample(number)]


def drawn(name, biases, r, m, rng, number, d=2):
    """A teacher, a plain student, and students of types drawn at random."""
    hidden, output = biases in ("all", "hidden"), biases in ("all", "output")
    w, b = rng.standard_normal((r, d)), 0.5 * rng.standard_normal(r)
    a = rng.choice([-1.0, 1.0], (1, r)) * rng.uniform(0.5, 1.5, (1, r))
    teacher = Network([w, a], [b if hidden else None, np.array([0.3]) if output else None])
    family = SignedExpansions(r, m, name, d_in=d, biases=biases)
    plain = next(e for e in family if e.shape == (0, 0, e.shape.zero, 0, 0) and
                 not family.setting.alone(r, m, e.shape))  # fmt: skip
    chosen = [plain, *family.random(rng, number)]
    return teacher, [(e, embed(teacher, e, rng, activation=name)) for e in chosen]


@pytest.mark.parametrize(
    ("name", "biases", "sizes"),
    [
        *itertools.product(("softplus", "relu"), ("all",), ((1, 3), (2, 4), (2, 5))),
        *itertools.product(("gelu",), ("hidden", "none"), ((1, 3), (2, 4), (2, 5))),
        *itertools.product(("leaky_relu:0.3",), ("none", "output"), ((2, 4), (2, 5))),
        *itertools.product(("sigmoid",), ("hidden", "none"), ((2, 3), (2, 4), (3, 5))),
    ],
)
def test_a_path_leads_to_every_type_that_is_not_alone(name, biases, sizes):
    rng = np.random.default_rng(sum(map(ord, name + biases)))
    teacher, students = drawn(name, biases, *sizes, rng, 6)
    setting = Setting(name, 2, 1, biases)
    (_, plain), *others = students
    for element, network in others:
        if setting.alone(*sizes, element.shape):
            with pytest.raises(NoPathError, match="a connected piece of their own"):
                zero_loss_path(network, plain, 1e-8, name)
            continue
        path = zero_loss_path(network, plain, 1e-8, name)
        vertices = list(path)
        assert len(vertices) == len(path)
        assert vertices[0] == network
        assert vertices[-1] == plain
        found = path.deviation(X, name, samples=50)
        assert found.between <= found.overall < 1e-10, element
        for t in (0.0, 0.37, 1.0):
            assert np.abs(path.at(t)(X, name) - teacher(X, name)).max() < 1e-10


@pytest.mark.parametrize(("name", "biases", "m"), [("gelu", "all", 4), ("sigmoid", "hidden", 3)])
def test_the_pieces_are_as_many_as_the_formula_says(name, biases, m):
    """Of all types: those that a path joins to a plain one, and the others piece by piece."""
    rng = np.random.default_rng(7)
    family = SignedExpansions(2, m, name, d_in=2, biases=biases)
    teacher = Network([W, A], [B, C if biases == "all" else None])
    orbits = {}  # under the order of the neurons, which cannot matter
    for element in family:
        orbits.setdefault(orbit(element), []).append(element)
    plain, *_ = next(found for found in orbits.values() if found[0].shape.zero == m - 2)
    plain = embed(teacher, plain, rng, activation=name)
    alone = 0
    for elements in orbits.values():
        try:
            zero_loss_path(embed(teacher, elements[0], rng, activation=name), plain, 1e-8, name)
        except NoPathError:
            alone += len(elements)
    signs = 2 if name == "gelu" else 1  # s > 0 and s < 0 are two pieces of one type
    assert 1 + signs * alone == count_connected_pieces(2, m, Setting(name, 2, 1, biases)).number


def orbit(element):
    """How many neurons of each sign every class has; zero-type blocks in any order and sign."""
    found = {}
    for block, sign in zip(element.blocks, element.signs, strict=True):
        found.setdefault(block, []).append(sign)
    copies = tuple(tuple(sorted(found.get(t, ()))) for t in range(-1, element.r))
    zeros = [
        min(sorted(signs), sorted(-s for s in signs))
        for block, signs in found.items()
        if block >= element.r
    ]
    return copies, tuple(sorted(map(tuple, zeros)))


def test_the_pieces_of_a_path_fit_together():
    """The end of each is the start of the next, and curves are there: the path is continuous."""
    a = isolated("softplus", 0.7, 0.2, (-1, 1))
    b = student([*np.column_stack([W, B]), [0.3, 0.4, 0.1], [1, 2, 3]], [*A[0], 0, 0])
    path = zero_loss_path(a, b, 1e-9, "softplus")
    pieces = [piece for piece, _ in path._route.pieces()]
    for one, two in itertools.pairwise(pieces):
        end, start = one.at(1.0), two.at(0.0)
        for u, v in zip((*end.weights, *end.biases), (*start.weights, *start.biases), strict=True):
            np.testing.assert_allclose(u, v, atol=1e-12)
    curves = [getattr(piece, "piece", None) for piece in pieces]
    assert sum(isinstance(curve, Hyperbola) for curve in curves) == 31
    for value in values(path, 200):
        np.testing.assert_allclose(value, TEACHER(X, "softplus"), atol=1e-12)
    # a straight line instead of the hyperbola would leave the set
    where = [i for i, curve in enumerate(curves) if isinstance(curve, Hyperbola)]
    ends = pieces[where[0]].at(0.0), pieces[where[-1]].at(1.0)
    middle = Network(
        [(u + v) / 2 for u, v in zip(ends[0].weights, ends[1].weights, strict=True)],
        [(u + v) / 2 for u, v in zip(ends[0].biases, ends[1].biases, strict=True)],
    )
    assert np.abs(middle(X, "softplus") - TEACHER(X, "softplus")).max() > 1e-3


@pytest.mark.parametrize("name", ["softplus", "silu", "relu"])
def test_within_a_piece_of_its_own(name):
    path = zero_loss_path(isolated(name, 0.7, 0.2), isolated(name, 2.0, -1.0), 1e-9, name)
    assert len(list(path)) == len(path)
    assert path.segments == 0
    assert list(path.configurations()) == []
    assert path.deviation(X, name).overall < 1e-12
    assert list(path)[-1] == isolated(name, 2.0, -1.0)


def test_which_invariant_separates_two_students():
    one = isolated("gelu", 0.7, 0.2)
    with pytest.raises(NoPathError, match=r"flipped, balanced.*neuron 2, which keeps the balance, "
                                          r"has opposite signs, -0\.7 and 0\.7"):  # fmt: skip
        zero_loss_path(one, isolated("gelu", -0.7, 0.2), 1e-9, "gelu")
    with pytest.raises(NoPathError, match=r"neuron 0 is a copy of neuron 0 with the sign . in "
                                          "network_a and a copy of neuron 1"):  # fmt: skip
        zero_loss_path(one, isolated("gelu", 0.7, 0.2, order=(1, 0, 2, 3)), 1e-9, "gelu")
    with pytest.raises(NoPathError, match=r"neuron 1 is a copy .* and one of an opposite pair"):
        zero_loss_path(one, isolated("gelu", 0.7, 0.2, order=(0, 2, 1, 3)), 1e-9, "gelu")
    plain = student([*np.column_stack([W, B]), [1, 2, 3], [0, 1, 0]], [*A[0], 0, 0])
    with pytest.raises(NoPathError, match="of their own, in which network_b does not lie"):
        zero_loss_path(one, plain, 1e-9, "gelu")
    with pytest.raises(NoPathError, match=r"network_b has .*, in which network_a does not lie"):
        zero_loss_path(plain, one, 1e-9, "gelu")


def test_sigmoid_along_a_curve_of_an_idle_neuron():
    theta, sigma = np.column_stack([W, B]), activation_of("", "sigmoid")

    def curve(bias, flipped):
        out = [*A[0]]
        out[flipped] *= -1
        rows = theta.copy()
        rows[flipped] *= -1
        weight = A[0, flipped] / float(sigma(bias))
        return student([*rows, [0, 0, bias]], [*out, weight], output=False)

    teacher = Network([W, A], [B, None])
    np.testing.assert_allclose(curve(0.4, 1)(X, "sigmoid"), teacher(X, "sigmoid"), atol=1e-14)
    path = zero_loss_path(curve(0.4, 1), curve(-3.0, 1), 1e-9, "sigmoid")
    assert path.deviation(X, "sigmoid").overall < 1e-13
    assert any(
        isinstance(getattr(piece, "piece", None), IdleShift) for piece, _ in path._route.pieces()
    )
    with pytest.raises(NoPathError, match=r"of network_a the neurons \{\d\}.*of network_b \{\d\}"):
        zero_loss_path(curve(0.4, 1), curve(0.4, 0), 1e-9, "sigmoid")


@pytest.mark.parametrize(
    ("name", "r", "q", "d", "m"),
    [("silu", 2, 2, 3, 5), ("relu", 3, 2, 3, 6), ("softplus", 2, 3, 2, 6), ("gelu", 3, 2, 3, 7)],
)
def test_several_outputs(name, r, q, d, m):
    """However few the pairs are: they follow, vanish or become copies."""
    rng = np.random.default_rng(5)
    w, b, a = rng.standard_normal((r, d)), rng.standard_normal(r), rng.standard_normal((q, r))
    teacher, x = Network([w, a], [b, np.zeros(q)]), rng.standard_normal((20, d))
    family = SignedExpansions(r, m, name, d_in=d, d_out=q)
    plain = embed(teacher, next(iter(family)), rng, activation=name)
    seen = set()
    for element in family.random(rng, 30):
        shape = element.shape
        if shape in seen or not shape.flipped or len(seen) > 7:
            continue
        seen.add(shape)
        network = embed(teacher, element, rng, activation=name)
        np.testing.assert_allclose(network(x, name), teacher(x, name), atol=1e-10)
        path = zero_loss_path(network, plain, 1e-8, name)
        assert path.deviation(x, name, 20).overall < 1e-9
        pieces = [piece for piece, _ in path._route.pieces()]
        for one, two in itertools.pairwise(pieces):
            end, start = one.at(1.0), two.at(0.0)
            for u, v in zip(
                (*end.weights, *end.biases), (*start.weights, *start.biases), strict=True
            ):
                np.testing.assert_allclose(u, v, atol=1e-9)
    assert len(seen) > 3


def regular_pairs(s, order=(0, 1, 2, 3, 4, 5, 6)):
    """Three flipped neurons balanced by two pairs of two outputs, s their weights."""
    rng = np.random.default_rng(2)
    w, b, a = rng.standard_normal((3, 3)), rng.standard_normal(3), rng.standard_normal((2, 3))
    v = np.linalg.solve(s, a @ w)
    rows = np.concatenate([-w, v, -v])[list(order)]
    biases = np.concatenate([-b, [0.3, 0.1, -0.3, -0.1]])[list(order)]
    out = np.column_stack([a, s, -s])[:, list(order)]
    return Network([rows, out], [biases, a @ b - s @ [0.3, 0.1]])


def test_as_many_pairs_as_outputs_for_more_flips_are_cut_off():
    """With gelu, λ = 1/2: a flipped neuron leaves -aθ over, a pair makes 2λ s v."""
    one = regular_pairs(np.array([[1.0, 0.3], [-0.2, 0.8]]))
    rng = np.random.default_rng(2)
    w, b, a = rng.standard_normal((3, 3)), rng.standard_normal(3), rng.standard_normal((2, 3))
    x = rng.standard_normal((20, 3))
    spare = rng.standard_normal((4, 3))
    plain = Network(
        [np.concatenate([w, spare]), np.column_stack([a, np.zeros((2, 4))])],
        [np.append(b, np.zeros(4)), np.zeros(2)],
    )
    np.testing.assert_allclose(one(x, "gelu"), plain(x, "gelu"), atol=1e-12)
    with pytest.raises(NoPathError, match="2 opposite pairs; with 7 neurons none is left"):
        zero_loss_path(one, plain, 1e-9, "gelu")
    turned = regular_pairs(np.array([[1.0, 0.3], [0.2, -0.8]]))
    with pytest.raises(NoPathError, match=r"determinants of opposite signs, 0\.86 and -0\.86"):
        zero_loss_path(one, turned, 1e-9, "gelu")
    paired = regular_pairs(np.array([[1.0, 0.3], [-0.2, 0.8]]), (0, 1, 2, 3, 4, 6, 5))
    with pytest.raises(NoPathError, match="the opposite pairs are the neurons"):
        zero_loss_path(one, paired, 1e-9, "gelu")
    same = regular_pairs(np.array([[2.0, 0.1], [0.4, 0.9]]))
    with pytest.raises(NotImplementedError, match="they lie in one piece, but no way"):
        zero_loss_path(one, same, 1e-9, "gelu")


def test_trained_students_are_joined():
    """Softplus students of one teacher that training left with flipped neurons, and without."""
    by_teacher, joined, separated = {}, 0, 0
    for k, network, _, inputs, found in classified("softplus", runs("softplus")):
        if found is None or len(network.biases[0]) < 4 or (joined and separated):
            continue
        for other, one in by_teacher.get(k // 10, ()):
            if bool(one.shape.flipped) == bool(found.shape.flipped):
                continue
            ends = (network, other, max(one.tolerance, found.tolerance), "softplus")
            if one.is_alone or found.is_alone:
                if not separated:
                    with pytest.raises(NoPathError, match="a connected piece of their own"):
                        zero_loss_path(*ends)
                separated += 1
            elif not joined:
                deviation = zero_loss_path(*ends).deviation(inputs, "softplus", 20)
                assert deviation.between < 1e-9
                assert deviation.overall < 1e-4
                joined += 1
        by_teacher.setdefault(k // 10, []).append((network, found))
    assert joined
    assert separated


def test_scales_change_along_their_curve_exactly():
    theta = np.column_stack([W, B])
    a = student([*theta, [0.3, 0.4, 0.1]], [*A[0], 0.0])
    b = student([2 * theta[1], 0.5 * theta[0], 3 * theta[0]], [A[0, 1] / 2, 2.0, (1.3 - 1) / 3])
    path = zero_loss_path(a, b, 1e-9, "relu")
    assert path.deviation(X, "relu").overall < 1e-13
    assert isinstance(next(path._route.pieces())[0].piece, ScalingCurve)
    for value in values(path, 77):
        np.testing.assert_allclose(value, a(X, "relu"), atol=1e-12)


def test_a_function_without_a_network_of_its_classes():
    pair = [[3.0, 1.0, 0.3], [-3.0, -1.0, -0.3]]
    theta = np.column_stack([W, B])
    one = student([*theta, *pair], [*A[0], 0.4, -0.4])
    two = student([*theta[::-1], *pair], [*A[0, ::-1], 0.4, -0.4])
    with pytest.raises(NotImplementedError, match="2 classes of neurons, and no network of 2"):
        zero_loss_path(one, two, 1e-9, "gelu")


@pytest.mark.parametrize(("t", "error"), [(1.5, ValueError), (True, TypeError), ("1", TypeError)])
def test_a_point_outside(t, error):
    path = zero_loss_path(TEACHER, TEACHER, 1e-9, "tanh")
    with pytest.raises(error, match="t must be"):
        path.at(t)


def test_classes_of_both_signs_alone_turn_back():
    theta = np.column_stack([W, B])
    rows = [theta[0], -theta[0], theta[1], -theta[1], [0.2, 0.1, 0.4], [-0.2, -0.1, -0.4]]
    shares = np.linalg.solve(W.T, -0.5 * np.array([0.2, 0.1]))
    out = [A[0, 0] - shares[0], shares[0], A[0, 1] - shares[1], shares[1], -0.5, 0.5]
    shift = np.array(out) @ np.array(rows)[:, 2] - A[0] @ B
    one = student(rows, out, -0.5 * shift)
    np.testing.assert_allclose(one(X, "softplus"), TEACHER(X, "softplus"), atol=1e-13)
    two = student([*theta, *np.ones((4, 3))], [*A[0], 1, -1, 2, -2])
    assert classify(one, 1e-9, TEACHER, "softplus").shape[:4] == (0, 2, 0, 1)
    path = zero_loss_path(one, two, 1e-9, "softplus")
    assert path.deviation(X, "softplus").overall < 1e-12
