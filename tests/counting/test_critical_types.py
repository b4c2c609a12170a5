"""Critical types for each activation: signed copies and idle neurons, judged by their gradients.

A network is made a critical point by its targets: the residuals are drawn at random and freed of
what the columns of its Jacobian span. Then every word of signed copies and idle neurons is drawn
once, at a random point, and counted when the gradient of the wider network vanishes there.
"""

import itertools

import numpy as np
import pytest

from critcount.activations import ACTIVATIONS, Activation
from critcount.counting.activations import count_critical_types
from critcount.counting.setting import BIASES, Setting
from tests.oracles.signed_brute_force import signed_subspaces

INPUTS = np.random.default_rng(5).standard_normal((60, 2))


def jacobian(sigma, setting, theta, a):
    """Return the columns of ∂f/∂θ, ∂f/∂a and of what else is trained, at a network of one output.

    The slope of σ by central differences of the fourth order.
    """
    bar = np.column_stack([INPUTS, np.ones(len(INPUTS))])[:, : theta.shape[1]]
    z = bar @ theta.T
    h = 1e-3
    slope = (8 * (sigma(z + h) - sigma(z - h)) - sigma(z + 2 * h) + sigma(z - 2 * h)) / (12 * h)
    columns = [(a * slope)[:, :, None] * bar[:, None, :], sigma(z)[:, :, None]]
    parts = [part.reshape(len(bar), -1) for part in columns]
    if setting.output_bias:
        parts.append(np.ones((len(bar), 1)))
    if setting.skip:
        parts.append(INPUTS)
    return np.hstack(parts)


def is_critical(sigma, setting, theta, a, residual):
    scale = np.abs(residual).sum()
    return np.abs(residual @ jacobian(sigma, setting, theta, a)).max() < 1e-9 * scale


def student(key, setting, theta, a, rng):
    """Return a random network of the word: shares of both signs that sum to 1 where needed."""
    wide, weights = np.zeros((len(key), theta.shape[1])), np.zeros(len(key))
    odd = setting.activation.sign < 0
    for t in range(len(theta)):
        place = [(i, sign) for i, (v, sign) in enumerate(key) if v == t + 1]
        share = rng.uniform(0.5, 1, len(place))
        for (i, sign), part in zip(place, share / share.sum(), strict=True):
            wide[i] = sign * theta[t]
            weights[i] = part * a[t] * (sign if odd else 1)
    idle = [i for i, (v, _) in enumerate(key) if v == 0]
    if setting.output_bias and setting.hidden_biases:
        wide[idle, -1] = rng.standard_normal(len(idle))  # any b; else b = 0
    return wide, weights


def settings():
    for name, biases, skip in itertools.product(sorted(ACTIVATIONS), BIASES, (False, True)):
        try:
            setting = Setting(name, 2, 1, biases, skip)
        except ValueError:
            continue
        if setting.form != "trigonometric":
            yield setting


def named(setting):
    return f"{setting.activation.name}-{setting.biases}-{'skip' if setting.skip else ''}"


@pytest.mark.parametrize("setting", list(settings()), ids=named)
def test_words_with_a_vanishing_gradient(setting):
    rng = np.random.default_rng(11)
    sigma, width = setting.activation, 2 + setting.hidden_biases
    # without a bias an idle neuron sits on the kink
    kinked = setting.scales and not setting.hidden_biases
    for r, m in ((1, 1), (1, 2), (2, 3)):
        theta, a = rng.standard_normal((r, width)), rng.uniform(0.5, 2, r)
        basis = np.linalg.qr(jacobian(sigma, setting, theta, a))[0]
        residual = rng.standard_normal(len(INPUTS))
        for _ in range(2):  # twice is enough: orthogonal to rounding
            residual -= basis @ (basis.T @ residual)
        assert is_critical(sigma, setting, theta, a, residual)
        found = sum(
            is_critical(sigma, setting, *student(key, setting, theta, a, rng), residual)
            for key in signed_subspaces(r, m, idle=not kinked, free=False)
        )
        assert found == count_critical_types(r, m, setting), (r, m)


def test_what_is_not_worked_out():
    with pytest.raises(ValueError, match="sin with biases: critical points"):
        count_critical_types(1, 2, Setting("sin", 2))
    crossing = Activation("crossing", lambda z: np.square(z) - 1, "even", has_zero=True)
    with pytest.raises(ValueError, match="at each zero of σ"):
        count_critical_types(1, 2, Setting(crossing, 2, biases="hidden"))
    assert count_critical_types(1, 2, Setting(crossing, 2)) == 8
