"""The registry of activations: names, kinds, and what is refused."""

import pickle

import numpy as np
import pytest

from critcount.activations import ACTIVATIONS, KINDS, Activation, activation_of

GRID = np.linspace(-4, 4, 81)


def test_every_kind_has_an_activation():
    assert {a.kind for a in ACTIVATIONS.values()} == set(KINDS)


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=list(ACTIVATIONS))
def test_the_identity_of_the_kind_and_of_no_other(activation):
    plus, minus = activation(GRID), activation(-GRID)
    scale = 1e-14 * (1 + np.abs(plus) + np.abs(minus))
    central = bool((np.abs(plus + minus - 2 * activation(0.0)) <= scale).all())
    difference = plus - minus
    slope = difference[-1] / (2 * GRID[-1])
    linear = bool((np.abs(difference - 2 * slope * GRID) <= scale).all())
    homogeneous = bool((np.abs(activation(2 * GRID) - 2 * plus) <= scale).all())
    kind = (
        "odd"
        if central and activation(0.0) == 0
        else "odd_constant"
        if central
        else "homogeneous"
        if homogeneous
        else "even_linear"
        if linear and abs(slope) > 1e-9
        else "even"
        if linear
        else "generic"
    )
    if activation.kind == "trigonometric":
        assert kind in ("odd", "even")
    elif activation.kind == "exponential":
        np.testing.assert_allclose(activation(GRID + 0.7), np.exp(0.7) * plus)
    else:
        assert kind == activation.kind
    if kind in ("homogeneous", "even_linear"):
        assert activation.slope == pytest.approx(slope, abs=1e-12)
    if kind == "odd_constant":
        assert activation.constant == activation(0.0)
    assert activation.vanishes_at_zero == (activation(0.0) == 0)
    crossing = (np.sign(activation(GRID)) != np.sign(activation(GRID[0]))).any()
    assert activation.has_zero == crossing


def test_slopes_of_the_leaky_relu():
    leaky = activation_of("activation", "leaky_relu:0.25")
    assert leaky.name == "leaky_relu:0.25"
    np.testing.assert_array_equal(leaky([-2.0, 3.0]), [-0.5, 3.0])
    assert (leaky.slope, leaky.kink) == (0.625, 0.375)
    assert activation_of("activation", "leaky_relu:0.01") == ACTIVATIONS["leaky_relu"]
    for slope in ("1", "-1", "x", "nan", "inf", ""):
        with pytest.raises(ValueError, match="leaky_relu:SLOPE needs a slope"):
            activation_of("activation", f"leaky_relu:{slope}")


@pytest.mark.parametrize("name", ["hardswish", "relu6", "hardtanh", "gelu_tanh"])
def test_refused_with_the_reason(name):
    with pytest.raises(ValueError, match="relations that are not worked out: "):
        activation_of("activation", name)


def test_a_plain_function_is_refused_and_a_declared_one_tried():
    with pytest.raises(TypeError, match="declare them, for instance"):
        activation_of("activation", np.tanh)
    with pytest.raises(ValueError, match="activation must be one of"):
        activation_of("activation", "swish")
    with pytest.raises(ValueError, match="not of the kind even: at z = "):
        Activation("mine", np.tanh, "even")
    with pytest.raises(ValueError, match="slope must not be 0 for the kind even_linear"):
        Activation("mine", np.cosh, "even_linear")
    with pytest.raises(ValueError, match="kind must be one of"):
        Activation("mine", np.tanh, "strange")
    with pytest.raises(TypeError, match="function must be callable"):
        Activation("mine", 3, "odd")
    with pytest.raises(ValueError, match="one number for each"):
        Activation("mine", lambda z: z.sum(), "generic")
    mine = Activation("arctan", np.arctan, "odd")
    assert activation_of("activation", mine) is mine
    assert mine.has_zero
    assert not Activation("mine", lambda z: 1 / (1 + z**2), "even").has_zero


def test_copies_are_equal():
    for name in (*ACTIVATIONS, "leaky_relu:0.3"):
        activation = activation_of("activation", name)
        assert pickle.loads(pickle.dumps(activation)) == activation
    mine = Activation("arctan", np.arctan, "odd")
    assert pickle.loads(pickle.dumps(mine)) == mine
