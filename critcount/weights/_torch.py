"""A PyTorch module as a network, by tracing: nothing is guessed from names.

PyTorch is imported here alone, when somebody who has it passes a module.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from critcount._support.checks import show
from critcount._support.types import Array
from critcount.weights._arrays import doubles
from critcount.weights._normalisation import Scaling, scaling, then_layer, then_scaling

__all__ = ["Traced", "traced"]

#: Functions and methods that are activations, and arguments with which they are not these.
FUNCTIONS = (
    "celu",
    "cos",
    "elu",
    "erf",
    "exp",
    "gelu",
    "leaky_relu",
    "mish",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "sin",
    "softplus",
    "tanh",
)
DEFAULTS = {"alpha": 1.0, "beta": 1.0, "threshold": 20.0, "approximate": "none"}
POSITIONAL = {
    "leaky_relu": ("slope",),
    "celu": ("alpha",),
    "elu": ("alpha",),
    "softplus": ("beta", "threshold"),
}
DROPOUTS = ("dropout", "alpha_dropout")
SKIPPED = (*DROPOUTS, "contiguous", "identity", "to", "float", "double")
REPARAMETRISATIONS = tuple(
    f"torch.nn.utils.{part}" for part in ("weight_norm", "spectral_norm", "prune")
)
RESHAPES = ("flatten", "view", "reshape")
SIZES = ("size", "getattr", "getitem")


class Traced(NamedTuple):
    """What a module computes.

    Attributes
    ----------
    weights : list of numpy.ndarray
    biases : list of (numpy.ndarray or None)
    precision : float
    activation : str
    """

    weights: list[Array]
    biases: list[Array | None]
    precision: float
    activation: str


class _Layer:
    def __init__(self, weight: Array, bias: Array | None) -> None:
        self.weight, self.bias = weight, bias


def traced(module: Any) -> Traced:
    """Return the layers of a module in the order of its `forward`, in evaluation mode.

    Raises
    ------
    TypeError
        When it is no module of PyTorch.
    ValueError
        When it cannot be traced, or is no chain of linear layers with one activation between each
        two; the message names the operation.
    """
    import torch
    from torch import fx, nn

    if not isinstance(module, nn.Module):
        raise TypeError(f"module must be a torch.nn.Module, not {show(module)}")

    class Tracer(fx.Tracer):  # type: ignore[misc]
        def is_leaf_module(self, m: Any, qualified: str) -> bool:
            known = _is_linear(m) or type(m).__module__.startswith("torch.nn.modules")
            return bool(
                (known and not isinstance(m, nn.Sequential | nn.ModuleList | nn.ModuleDict))
                or super().is_leaf_module(m, qualified)
            )

    with _evaluating(module):
        whole = nn.Sequential(module)  # so that a layer alone is a step, too
        try:
            graph = Tracer().trace(whole)
        except Exception as error:  # whatever a forward does with a proxy
            reason = (str(error) or type(error).__name__).splitlines()[0][:200]
            raise ValueError(
                f"the module cannot be traced: {reason}; give its layers as torch.nn.Sequential, "
                "or its state_dict() to Network.from_state_dict"
            ) from None
        precision = [0.0]
        with torch.no_grad():
            steps = list(_steps(graph, dict(whole.named_modules()), precision))
    return _folded(steps, max(precision))


@contextlib.contextmanager
def _evaluating(module: Any) -> Iterator[None]:
    """Put a module in evaluation mode, and each part back into its own."""
    modes = [(part, part.training) for part in module.modules()]
    try:
        for part, _ in modes:
            part.training = False
        yield
    finally:
        for part, mode in modes:
            part.training = mode


def _is_linear(module: Any) -> bool:
    """Return whether a module is a linear layer that no subclass computes otherwise."""
    from torch import nn

    return isinstance(module, nn.Linear) and type(module).forward is nn.Linear.forward


def _steps(graph: Any, modules: dict[str, Any], precision: list[float]) -> Iterator[Any]:
    """Yield layers, scalings and names of activations, one after another."""
    current: Any = None
    aside: set[Any] = set()
    layers = 0
    for node in graph.nodes:
        name = str(getattr(node.target, "__name__", node.target)).rpartition(".")[2]
        if node.op == "placeholder":
            if node.users and current is not None:
                raise ValueError("the module takes more than one input")
            current = node if node.users else current
            continue
        if node.op == "get_attr":
            aside.add(node)
            continue
        before = [a for a in node.all_input_nodes if a not in aside]
        if node.op == "output":
            if before != [current]:
                raise ValueError("the module returns something else than its last layer's output")
            continue
        if node.op != "call_module" and name in SIZES and (not before or before == [current]):
            aside.add(node)
            continue
        if before != [current]:
            raise ValueError(
                f"{show(node.name)} does not take just the output of the step before it: the "
                "layers form no chain"
            )
        current = node
        step = _step(node, name, modules, precision)
        if step == "reshape" and layers:
            raise ValueError(f"{show(node.name)} reshapes what a layer gives")
        if isinstance(step, _Layer):
            layers += 1
        if step not in ("reshape", "nothing"):
            yield step


def _step(node: Any, name: str, modules: dict[str, Any], precision: list[float]) -> Any:
    from torch import nn

    if node.op == "call_module":
        module = modules[node.target]
        _refresh(node.target, module)
        if _is_linear(module):
            return _layer(node.target, module.weight, module.bias, precision)
        if isinstance(module, nn.BatchNorm1d) and module.running_mean is not None:
            return _normalisation(node.target, module, precision)
        if isinstance(module, nn.Dropout | nn.AlphaDropout | nn.Identity):
            return "nothing"
        if isinstance(module, nn.Flatten):
            return "reshape"
        options = vars(module) | {"slope": getattr(module, "negative_slope", None)}
        return _activation(type(module).__name__, options)
    if node.op == "call_function" and name == "linear":
        given = dict(zip(("input", "weight", "bias"), node.args, strict=False)) | node.kwargs
        weight, bias = (_attribute(modules[""], given.get(part)) for part in ("weight", "bias"))
        return _layer(node.name, weight, bias, precision)
    if name in SKIPPED:
        given = dict(zip(("input", "p", "training"), node.args, strict=False)) | node.kwargs
        if given.get("training", name == "dropout") and name in DROPOUTS:
            raise ValueError(
                f"{show(node.name)} drops at random in evaluation mode, too: give it "
                "training=self.training"
            )
        return "nothing"
    if name in RESHAPES:
        return "reshape"
    options = {key.replace("negative_slope", "slope"): v for key, v in node.kwargs.items()}
    options |= zip(POSITIONAL.get(name.removesuffix("_"), ()), node.args[1:], strict=False)
    return _activation(name.removesuffix("_"), options)


def _attribute(root: Any, item: Any) -> Any:
    """Return the tensor that a node reads from the module."""
    if item is None:
        return None
    if getattr(item, "op", None) != "get_attr":
        raise ValueError("a linear step whose weights are computed from the input")
    for part in item.target.split("."):
        root = getattr(root, part)
    return root


def _refresh(name: str, module: Any) -> None:
    """Let pruning and normalisations write the weight that the next call would use.

    Raises
    ------
    ValueError
        For another hook, or a forward of this module alone: they can compute anything.
    """
    if "forward" in vars(module):
        raise ValueError(f"{show(name)} has a forward of its own in place of its class's")
    hooks = [*module._forward_pre_hooks.values(), *module._forward_hooks.values()]
    for hook in hooks:
        if type(hook).__module__ not in REPARAMETRISATIONS:
            raise ValueError(
                f"{show(name)} has a forward hook, which can change what it computes: remove it"
            )
        hook(module, ())


def _layer(name: str, weight: Any, bias: Any, precision: list[float]) -> _Layer:
    matrix, spacing = doubles(f"{name}.weight", weight)
    precision.append(spacing)
    vector = None if bias is None else np.array(doubles(f"{name}.bias", bias).values)
    return _Layer(np.array(matrix), vector)


def _normalisation(name: str, module: Any, precision: list[float]) -> Scaling:
    mean, spacing = doubles(f"{name}.running_mean", module.running_mean)
    variance = doubles(f"{name}.running_var", module.running_var).values
    precision.append(spacing)
    weight, bias = (
        None if value is None else doubles(f"{name}.{part}", value).values
        for part, value in (("weight", module.weight), ("bias", module.bias))
    )
    return scaling(mean, variance, module.eps, weight, bias)


def _activation(name: str, options: dict[str, Any]) -> str:
    """Return the name under which an activation is known here, or raise ValueError."""
    known = {function.replace("_", ""): function for function in FUNCTIONS}
    found = known.get(name.lower().replace("_", ""))
    if found is None:
        raise ValueError(
            f"{show(name)} is neither a linear layer nor an activation that is known "
            f"({', '.join(FUNCTIONS)})"
        )
    for option, default in DEFAULTS.items():
        if options.get(option, default) != default:
            raise ValueError(f"{found} with {option} = {options[option]} is another activation")
    slope = options.get("slope")
    if found == "leaky_relu" and slope not in (None, 0.01):
        return f"leaky_relu:{slope!r}"
    return found


def _folded(steps: list[Any], precision: float) -> Traced:
    """Return the network of the steps, scalings made part of the layer before or after them."""
    layers: list[_Layer] = []
    between: list[str] = []
    names: list[str] = []
    waiting: list[Scaling] = []
    for step in steps:
        if isinstance(step, str):
            if not layers:
                raise ValueError(f"the module begins with the activation {step}")
            between.append(step)
        elif isinstance(step, Scaling):
            if layers and not between:
                last = layers[-1]
                last.weight, last.bias = then_scaling(last.weight, last.bias, step)
            else:
                waiting.append(step)
        else:
            if layers and len(between) != 1:
                raise ValueError(
                    f"between the linear layers {len(layers) - 1} and {len(layers)} there must be "
                    f"one activation, not {' and '.join(between) or 'none'}"
                )
            names += between
            between = []
            for before in reversed(waiting):
                step.weight, step.bias = then_layer(before, step.weight, step.bias)
            waiting = []
            layers.append(step)
    if between or waiting:
        what = between[0] if between else "a normalisation"
        raise ValueError(
            f"after the last linear layer there is {what}: a Network has none at its output; pass "
            "the module without it"
        )
    if len(set(names)) > 1:
        raise ValueError(f"the activations of the layers differ: {', '.join(names)}")
    weights, biases = [s.weight for s in layers], [s.bias for s in layers]
    return Traced(weights, biases, precision, names[0] if names else "")
