"""Modules of PyTorch: what is traced computes what the module computes."""

import itertools

import numpy as np
import pytest

from critcount import Network, classify
from critcount.weights import _torch

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
nn, F = torch.nn, torch.nn.functional

X = np.random.default_rng(0).normal(size=(7, 3))


def layers(activation, bias=True, sizes=(3, 5, 4, 2)):
    torch.manual_seed(0)
    steps = []
    for a, b in itertools.pairwise(sizes):
        steps += [nn.Linear(a, b, bias=bias), activation()]
    return steps[:-1]


def same(module, activation=None, dtype=torch.float64, tolerance=1e-12):
    module = module.to(dtype).eval()
    network = Network.from_torch(module)
    with torch.no_grad():
        expected = module(torch.as_tensor(X, dtype=dtype)).double().numpy()
    np.testing.assert_allclose(network(X), expected, rtol=0, atol=tolerance)
    if activation:
        assert network.activation == activation
    return network


@pytest.mark.parametrize(
    ("activation", "name"),
    [
        (nn.Tanh, "tanh"),
        (nn.ReLU, "relu"),
        (nn.Sigmoid, "sigmoid"),
        (nn.GELU, "gelu"),
        (nn.SiLU, "silu"),
        (nn.Softplus, "softplus"),
        (nn.Mish, "mish"),
        (nn.ELU, "elu"),
        (nn.SELU, "selu"),
        (nn.CELU, "celu"),
        (nn.LeakyReLU, "leaky_relu"),
        (lambda: nn.LeakyReLU(0.2), "leaky_relu:0.2"),
    ],
)
def test_activations(activation, name):
    same(nn.Sequential(*layers(activation)), name)


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (torch.tanh, "tanh"),
        (F.relu, "relu"),
        (torch.sigmoid, "sigmoid"),
        (F.gelu, "gelu"),
        (torch.erf, "erf"),
        (torch.sin, "sin"),
        (torch.cos, "cos"),
        (torch.exp, "exp"),
        (lambda x: x.tanh(), "tanh"),
        (lambda x: x.relu_(), "relu"),
        (lambda x: F.leaky_relu(x, 0.3), "leaky_relu:0.3"),
        (lambda x: F.leaky_relu(x, negative_slope=0.3), "leaky_relu:0.3"),
    ],
)
def test_functions_in_the_order_of_forward(function, name):
    class Module(nn.Module):
        def __init__(self):
            super().__init__()
            self.last, self.a, self.middle = nn.Linear(4, 2), nn.Linear(3, 5), nn.Linear(5, 4)

        def forward(self, x):
            x = x.view(x.size(0), -1)
            return self.last(function(self.middle(function(self.a(x)))))

    assert same(Module(), name).widths == (3, 5, 4, 2)


def test_functional_linear_and_nested_modules():
    class Block(nn.Module):
        def __init__(self, a, b):
            super().__init__()
            self.weight, self.bias = nn.Parameter(torch.randn(b, a)), nn.Parameter(torch.randn(b))

        def forward(self, x):
            return F.linear(x, self.weight, bias=self.bias)

    same(nn.Sequential(nn.Flatten(), Block(3, 4), nn.Sequential(nn.Tanh(), Block(4, 1))), "tanh")


@pytest.mark.parametrize("where", [1, 2])
@pytest.mark.parametrize("affine", [True, False])
def test_batch_normalisation_is_folded(where, affine):
    steps = layers(nn.Tanh, sizes=(3, 5, 2))
    norm = nn.BatchNorm1d(5, affine=affine, eps=0.01)
    norm.running_mean[:] = torch.randn(5)
    norm.running_var[:] = torch.rand(5) + 0.5
    if affine:
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    steps.insert(where, norm)
    module = nn.Sequential(*steps)
    same(module, "tanh")
    read = Network.from_state_dict(module.state_dict(), batch_norm_eps=0.01)
    for mine, traced in zip(read.weights, Network.from_torch(module).weights, strict=True):
        np.testing.assert_allclose(mine, traced, rtol=1e-14)
    for mine, traced in zip(read.biases, Network.from_torch(module).biases, strict=True):
        np.testing.assert_allclose(mine, traced, rtol=1e-13)
    same(nn.Sequential(nn.BatchNorm1d(3), nn.BatchNorm1d(3, eps=1), *layers(nn.Tanh, bias=False)))


def test_dropout_identity_and_training_mode():
    steps = layers(nn.ReLU)
    steps[2:2] = [nn.Dropout(0.9), nn.Identity()]
    module = nn.Sequential(*steps).train()
    network = Network.from_torch(module)
    assert module.training
    assert network == Network.from_torch(module.eval())
    same(module)


def test_pruning_and_weight_normalisation():
    from torch.nn.utils import parametrizations, prune

    module = nn.Sequential(*layers(nn.Tanh)).double()
    prune.random_unstructured(module[0], "weight", 0.5)
    parametrizations.weight_norm(module[2])
    with torch.no_grad():
        module[2].parametrizations.weight.original0.mul_(3)
        module[0].weight_orig.mul_(2)
    network = same(module)
    assert Network.from_state_dict(module.state_dict()).weights[0] == pytest.approx(
        network.weights[0], abs=1e-14
    )
    np.testing.assert_allclose(
        Network.from_state_dict(module.state_dict()).weights[1], network.weights[1], atol=1e-14
    )


@pytest.mark.parametrize("spectral_norm", ["utils", "parametrizations"])
def test_spectral_normalisation_as_evaluation_has_it(spectral_norm):
    home = nn.utils if spectral_norm == "utils" else nn.utils.parametrizations
    module = nn.Sequential(*layers(nn.Tanh)).double()
    home.spectral_norm(module[0])
    before = {name: value.clone() for name, value in module.state_dict().items()}
    network = Network.from_torch(module)
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert network == same(module)


class Scaled(nn.Linear):
    def forward(self, x):
        return F.linear(x, 2 * self.weight, self.bias)


class Named(nn.Linear):
    def forward(self, x):
        return F.linear(bias=self.bias, input=x, weight=self.weight)


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def test_subclasses_of_linear_are_read_by_their_forward():
    module = nn.Sequential(Named(3, 3), nn.Tanh(), Named(3, 2, bias=False))
    assert same(module).biases[1] is None


def hooked(function):
    module = nn.Sequential(*layers(nn.Tanh))
    module[0].register_forward_hook(function)
    return module


def patched():
    module = nn.Sequential(*layers(nn.Tanh))
    module[0].forward = lambda x: x
    return module


def between(function):
    return nn.Sequential(*layers(lambda: Function(function)))


def test_types_and_gradients():
    module = nn.Sequential(*layers(nn.Tanh))
    assert Network.from_torch(module).precision == 2.0**-23
    half = Network.from_torch(module.bfloat16())
    assert half.precision == 2.0**-7
    assert half == Network.from_state_dict(module.state_dict())
    state = half.to_state_dict(module.state_dict())
    assert state["0.weight"].dtype == torch.bfloat16
    module.load_state_dict(state)
    assert Network.from_torch(module) == half


def test_the_activation_stays_with_what_is_made_of_the_network():
    network = same(nn.Sequential(*layers(nn.Tanh)))
    found = classify(network, 1e-9)
    for made in (found.minimal, found.equivalent, found.projection):
        assert made.activation == "tanh"


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x):
        return x + self.b(torch.tanh(self.a(x)))


class Branching(Residual):
    def forward(self, x):
        return self.a(x) if x.sum() > 0 else self.b(x)


@pytest.mark.parametrize(
    ("module", "part"),
    [
        (lambda: Residual(), "form no chain"),
        (lambda: Branching(), "cannot be traced"),
        (lambda: nn.Sequential(*layers(nn.Tanh), nn.Sigmoid()), "after the last linear layer"),
        (lambda: nn.Sequential(*layers(nn.Tanh), nn.Softmax(1)), "'Softmax' is neither"),
        (lambda: nn.Sequential(nn.Tanh(), *layers(nn.Tanh)), "begins with the activation"),
        (lambda: nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3)), "one activation, not none"),
        (lambda: nn.Sequential(*layers(lambda: nn.GELU("tanh"))), "another activation"),
        (lambda: nn.Sequential(*layers(lambda: nn.ELU(0.5))), "another activation"),
        (lambda: nn.Sequential(*layers(nn.ReLU6)), "'ReLU6' is neither"),
        (lambda: nn.Sequential(nn.LayerNorm(3), *layers(nn.Tanh)), "'LayerNorm' is neither"),
        (
            lambda: nn.Sequential(
                nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1)
            ),
            "differ: tanh, relu",
        ),
        (lambda: nn.Sequential(nn.Conv1d(3, 3, 1), *layers(nn.Tanh)), "'Conv1d' is neither"),
        (lambda: nn.Sequential(nn.Linear(3, 1)), "two or more matrices"),
        (lambda: nn.Sequential(Scaled(3, 3), nn.Tanh(), nn.Linear(3, 1)), "'mul' does not take"),
        (lambda: hooked(lambda module, inputs, output: 2 * output), "'0.0' has a forward hook"),
        (lambda: patched(), "'0.0' has a forward of its own"),
        (lambda: between(lambda x: F.softplus(x, 1.0, 0.1)), "threshold = 0.1 is another"),
        (lambda: between(lambda x: F.dropout(x.tanh())), "give it training=self.training"),
        (lambda: between(lambda x: F.alpha_dropout(x, 0.5, True)), "give it training"),
    ],
)
def test_what_is_refused(module, part):
    with pytest.raises(ValueError, match=part):
        Network.from_torch(module())


@pytest.mark.parametrize("module", [None, 3, {}, nn.Linear])
def test_what_is_no_module(module):
    with pytest.raises(TypeError, match="must be a torch"):
        _torch.traced(module)
