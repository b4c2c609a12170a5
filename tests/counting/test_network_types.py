"""Types of several hidden layers: products of words made into networks, and their gradients."""

import itertools

import numpy as np
import pytest

from critcount import (
    SignedExpansions,
    SignedNetworkExpansions,
    count_critical_subspaces,
    count_expansions,
)
from critcount.activations import ACTIVATIONS
from critcount.counting.activations import (
    count_critical_types,
    count_plain_types,
    count_types,
    count_types_by_definition,
)
from critcount.counting.network_types import (
    count_network_critical_types,
    count_network_types,
    layer_settings,
    network_group,
)
from critcount.counting.setting import BIASES, Setting, TypeShape
from tests.oracles.signed_brute_force import signed_subspaces

INPUTS = np.random.default_rng(1).standard_normal((40, 2))


def forward(sigma, layers, inputs=INPUTS):
    """Return the output of layers [(W, b), …], σ between them."""
    values = inputs
    for k, (weight, bias) in enumerate(layers):
        values = values @ weight.T + bias
        if k < len(layers) - 1:
            values = sigma(values)
    return values


def teacher(widths, rng, biases):
    there = {"all": (1, 1), "hidden": (1, 0), "output": (0, 1), "none": (0, 0)}[biases]
    return [
        (
            rng.standard_normal((n, d)),
            rng.standard_normal(n) * there[k == len(widths) - 2],
        )
        for k, (d, n) in enumerate(itertools.pairwise(widths))
    ]


def widened(sigma, layers, words, rng, *, odd, critical):
    """Return a network whose hidden neurons are as the words say, with the same function.

    A word has (vector, sign) for each neuron, vectors 1 … r the neurons of `layers`, greater ones
    free, 0 idle. Where `critical`, shares are the same for all neurons that follow, and idle
    neurons have no outgoing weights.
    """
    found, before = [], None
    for k, (weight, bias) in enumerate(layers):
        if k == len(layers) - 1:
            rows, offsets = weight, bias.copy()
        else:
            free = {v: rng.standard_normal(weight.shape[1] + 1) for v, _ in words[k]}
            rows, offsets = np.zeros((len(words[k]), weight.shape[1])), np.zeros(len(words[k]))
            for i, (v, sign) in enumerate(words[k]):
                if 1 <= v <= len(weight):
                    rows[i], offsets[i] = sign * weight[v - 1], sign * bias[v - 1]
                else:
                    rows[i] = sign * free[v][:-1] * (v > 0)
                    offsets[i] = sign * free[v][-1] * bias.any()
        after = (words[k], offsets.copy()) if k < len(layers) - 1 else None
        if before is not None:
            rows, offsets = spread(sigma, *before, rows, offsets, rng, odd, critical)
        found.append((rows, offsets))
        before = after
    return found


def spread(sigma, word, constants, rows, offsets, rng, odd, critical):
    """Return weights from a widened layer, and biases, that hand on what the rows do."""
    wide, offsets = np.zeros((len(rows), len(word))), offsets.copy()
    share = rng.uniform(0.2, 1, len(word))
    for j, row in enumerate(rows):
        if not critical:
            share = rng.uniform(0.2, 1, len(word))
        for v in {v for v, _ in word}:
            place = [i for i, (w, _) in enumerate(word) if w == v]
            signs = np.array([word[i][1] if odd else 1 for i in place])
            part = share[place] / share[place].sum()
            if 1 <= v <= len(row):
                wide[j, place] = signs * part * row[v - 1]
            elif v > 0:
                wide[j, place] = signs * (part - 1 / len(part))
            elif not critical:
                wide[j, place] = share[place]
                if constants.any():  # with biases, which take it up; else σ(0) = 0
                    offsets[j] -= share[place] @ sigma(constants[place])
    return wide, offsets


@pytest.mark.parametrize(
    ("name", "biases"), [("tanh", "all"), ("erf", "none"), ("gaussian", "all"), ("mish", "all")]
)
def test_every_product_of_types_has_zero_loss(name, biases):
    rng = np.random.default_rng(4)
    sigma = ACTIVATIONS[name]
    layers = teacher((2, 1, 1, 1), rng, biases)
    expected = forward(sigma, layers)
    words = [
        [(b + 1, s) for b, s in zip(e.blocks, e.signs, strict=True)]
        for e in SignedExpansions(1, 3, name, biases=biases)
    ]
    if name == "mish":
        words = [word for word in words if all(s == 1 for _, s in word)]
    assert count_network_types("2-3-3-1", (1, 1), name, biases).number == len(words) ** 2
    for first, second in zip(words, rng.permutation(len(words)), strict=True):
        pair = (first, words[second])
        student = widened(sigma, layers, pair, rng, odd=sigma.sign < 0, critical=False)
        assert [len(w) for w, _ in student] == [3, 3, 1]
        np.testing.assert_allclose(forward(sigma, student), expected, atol=1e-12)


def of_type(activation, layers, element, rng, biases):
    """Return a network of a product of types that has the function of `layers`."""
    found, before = [], None
    for k, (weight, bias) in enumerate(layers):
        if last := k == len(layers) - 1:
            rows, offsets = weight, bias
        else:
            part = element.layers[k]
            free = rng.standard_normal((part.m + 1, weight.shape[1] + 1))
            free[:, -1] *= biases in ("all", "hidden")
            free[: part.r] = np.column_stack([weight, bias])
            free[-1, :-1] = 0  # of idle neurons, by the block -1
            if k == 1 and biases == "hidden" and activation.has_zero:
                free[-1, -1] = 0  # no bias takes up their constant
            chosen = np.array(part.signs)[:, None] * free[list(part.blocks)]
            rows, offsets = chosen[:, :-1], chosen[:, -1]
        wide, moved = rows, offsets
        if before is not None:
            takes = biases in ("all", "output" if last else "hidden")
            wide, moved = handed_on(activation, *before, rows, offsets, takes, rng)
        found.append((wide, moved))
        before = None if last else (part, offsets)
    return found


def handed_on(activation, part, constants, rows, offsets, takes, rng):
    """Return weights from a layer of a type, and biases, that hand on what the rows do.

    Solved for: the sums of every block, and where no bias takes up the constants that they vanish.
    Neither the parts of a mixed block nor the weights of idle neurons may vanish.
    """
    blocks, signs = np.array(part.blocks), np.array(part.signs)
    odd = activation.kind in ("odd", "odd_constant")
    zero = float(activation(np.zeros(1))[0])
    left = np.where(blocks < 0, activation(constants), 0.0)
    if activation.kind == "odd_constant":
        left = left + 2 * zero * (signs < 0)
    names = range(max(part.r, int(blocks.max()) + 1))
    system = [(blocks == b) * (signs if odd else 1.0) for b in names]
    targets = [np.append(row, np.zeros(len(names) - part.r)) for row in rows]
    if not takes:
        system.append(left)
        targets = [np.append(target, 0) for target in targets]
    matrix = np.array(system)
    _, sizes, kernel = np.linalg.svd(matrix)
    kernel = kernel[(sizes > 1e-9).sum() :]
    wide = np.array([np.linalg.lstsq(matrix, target)[0] for target in targets])
    wide += rng.standard_normal((len(rows), len(kernel))) @ kernel
    np.testing.assert_allclose(wide @ matrix.T, targets, atol=1e-9)
    for b in names:
        sides = [(blocks == b) & (signs == sign) for sign in (1, -1)]
        if all(side.any() for side in sides):
            assert all(np.abs(wide[:, side].sum(axis=1)).max() > 1e-5 for side in sides)
    assert not (blocks < 0).any() or np.abs(wide[:, blocks < 0]).max(axis=0).min() > 1e-5
    return wide, offsets - wide @ left if takes else offsets


@pytest.mark.parametrize(
    ("name", "biases", "flips"),
    [
        ("sigmoid", "none", True),
        ("sigmoid", "hidden", True),
        ("sigmoid", "output", True),
        ("sigmoid", "all", True),
        ("tanh", "none", True),
        ("gaussian", "all", True),
        ("mish", "hidden", True),
        ("gelu", "all", False),
        ("softplus", "none", False),
    ],
)
def test_elements_of_the_product_have_zero_loss(name, biases, flips):
    rng = np.random.default_rng(3)
    activation = ACTIVATIONS[name]
    family = SignedNetworkExpansions("2-4-3-2", (2, 1), name, biases, flips)
    found = count_network_types("2-4-3-2", (2, 1), name, biases)
    assert family.cardinality() == (found.number if flips else found.plain)
    layers = teacher((2, 2, 1, 2), rng, "none")
    for k, (_, bias) in enumerate(layers):
        if biases in ("all", "output" if k == 2 else "hidden"):
            bias += rng.standard_normal(len(bias))
    expected = forward(activation, layers)
    for element in family.random(rng, 40):
        student = of_type(activation, layers, element, rng, biases)
        assert [len(weight) for weight, _ in student] == [4, 3, 2]
        np.testing.assert_allclose(forward(activation, student), expected, atol=1e-9)


def gradients(sigma, layers):
    """Return ∂f/∂p of the single output for every weight and bias there is, a column each."""
    columns = []
    for part in (part for layer in layers for part in layer):
        for index in np.ndindex(part.shape):
            kept, values = part[index], []
            for step in (1e-3, -1e-3, 2e-3, -2e-3):
                part[index] = kept + step
                values.append(forward(sigma, layers)[:, 0])
            part[index] = kept
            columns.append((8 * (values[0] - values[1]) - values[2] + values[3]) / 0.012)
    return np.array(columns).T


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "gelu", "mish", "gaussian"])
def test_critical_subspaces_of_two_layers_by_gradients(name):
    rng = np.random.default_rng(8)
    sigma = ACTIVATIONS[name]
    layers = teacher((2, 1, 1, 1), rng, "all")
    basis = np.linalg.qr(gradients(sigma, layers))[0]
    residual = rng.standard_normal(len(INPUTS))
    for _ in range(2):
        residual -= basis @ (basis.T @ residual)
    found = 0
    words = sorted(signed_subspaces(1, 2, idle=True, free=False))
    for pair in itertools.product(words, repeat=2):
        student = widened(sigma, layers, pair, rng, odd=sigma.sign < 0, critical=True)
        if name == "sigmoid":  # what a flipped neuron adds to the sums goes to the next bias
            for k in range(2):
                flipped = [i for i, (_, sign) in enumerate(pair[k]) if sign < 0]
                weight, bias = student[k + 1]
                bias -= weight[:, flipped].sum(axis=1)
        found += np.abs(residual @ gradients(sigma, student)).max() < 1e-9
    assert found == count_network_critical_types("2-2-2-1", (1, 1), name)


def test_products_and_one_layer():
    for name, biases in itertools.product(("generic", "tanh", "sigmoid", "relu"), BIASES):
        try:
            setting = Setting(name, 2, 1, biases)
        except ValueError:
            continue
        found = count_network_types("2-5-1", 2, name, biases)
        assert found.number == count_types(2, 5, setting)
        assert found.plain == count_plain_types(2, 5, setting)
        critical = count_network_critical_types("2-5-1", 2, name, biases)
        assert critical == count_critical_types(2, 5, setting)
    # without activation, what the package counts anyway
    found = count_network_types("2-5-4-1", (2, 3), "generic", "none")
    assert found.number == found.plain == count_expansions("2-5-4-1", (2, 3))
    critical = count_network_critical_types("2-5-4-1", (2, 3), "generic", "none")
    assert critical == count_critical_subspaces("2-5-4-1", (2, 3))
    assert "further zero-loss networks" in found.reason


def test_plain_types_are_those_without_flips():
    for name, biases in itertools.product(("gelu", "softplus", "tanh", "mish", "generic"), BIASES):
        setting = Setting(name, 3, 1, biases)
        for r, m in itertools.product(range(4), range(7)):
            shapes = [TypeShape(0, 0, z, 0, i) for i in range(m + 1) for z in range(m - i + 1)]
            number = sum(shape.number(r, m) for shape in shapes if setting.idle(shape.idle))
            assert count_plain_types(r, m, setting) == number, (name, biases, r, m)
            if setting.form == "generic":
                assert number == count_types_by_definition(r, m, setting)


def test_settings_and_groups():
    inner = {biases: layer_settings("2-3-4-1", "tanh", biases) for biases in BIASES}
    assert {b: (s[0].biases, s[1].biases) for b, s in inner.items()} == {
        "all": ("all", "all"),
        "hidden": ("all", "hidden"),
        "output": ("none", "output"),
        "none": ("none", "none"),
    }
    assert (inner["all"][0].d_in, inner["all"][0].d_out, inner["all"][1].d_in) == (2, 4, 3)
    assert network_group((2, 3), layer_settings("2-3-4-1", "relu"))[1:] == (12, 5)
    assert network_group((1,), layer_settings("2-3-1", "sin")).order is None


def test_what_is_not_known_is_said():
    for name in ("gelu", "relu", "softplus", "leaky_relu"):
        found = count_network_types("2-4-4-1", (2, 2), name)
        assert found.number is None
        assert found.plain == 122**2
        assert "not known" in found.reason
    with pytest.raises(ValueError, match="hidden layer 1 of 2: sin: with biases"):
        count_network_types("2-3-4-1", (1, 1), "sin")
    with pytest.raises(ValueError, match="hidden layer 1 of 2: exp"):
        count_network_critical_types("2-3-4-1", (1, 1), "exp")
    with pytest.raises(ValueError, match=r"^relu: with biases"):
        layer_settings("2-3-1", "relu", "hidden")
    with pytest.raises(ValueError, match="biases must be one of"):
        layer_settings("2-3-1", "relu", "some")
    with pytest.raises(ValueError, match="minimal must have one width for each"):
        count_network_types("2-3-4-1", 2, "tanh")
