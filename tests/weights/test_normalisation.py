"""Batch normalisations in files, against the function written out neuron by neuron."""

import numpy as np
import pytest

from critcount import Network
from critcount._support.errors import SizeLimitError
from critcount.weights.files import save

EPS = 1e-3
X = np.random.default_rng(0).normal(size=(20, 3))


def linear(rng, rows, columns, bias=True):
    found = {"weight": rng.normal(size=(rows, columns))}
    return found | {"bias": rng.normal(size=rows)} if bias else found


def norm(rng, width, affine=True):
    found = {"running_mean": rng.normal(size=width), "running_var": rng.uniform(0, 2, size=width)}
    return found | {key: rng.normal(size=width) for key in ("weight", "bias") if affine}


def state(modules, prefix="net."):
    return {f"{prefix}{n}.{key}": v for n, module in modules.items() for key, v in module.items()}


def computed(modules, x):
    """What a sequence of modules computes, where "tanh" stands for itself."""
    for module in modules:
        if module == "tanh":
            x = np.tanh(x)
        elif "running_mean" in module:
            x = (x - module["running_mean"]) / (module["running_var"] + EPS) ** 0.5
            x = x * module.get("weight", 1.0) + module.get("bias", 0.0)
        else:
            x = x @ module["weight"].T + module.get("bias", 0.0)
    return x


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ""])
@pytest.mark.parametrize("order", ["LNTLNTL", "LTNLTNL", "NLTL", "LTLN", "LNTLTNL", "NLNTL"])
def test_against_the_modules_one_after_another(order, suffix, bias, affine, tmp_path):
    rng = np.random.default_rng(3)
    modules, width = [], 3
    for sign in order:
        if sign == "L":
            modules.append(linear(rng, width + 1, width, bias))
            width += 1
        else:
            modules.append("tanh" if sign == "T" else norm(rng, width, affine))
    tensors = state({n: m for n, m in enumerate(modules) if m != "tanh"})
    if suffix:
        save(tmp_path / f"a{suffix}", tensors.items())
        found = Network.load(tmp_path / f"a{suffix}", batch_norm_eps=EPS)
    else:
        counted = {"net.1.num_batches_tracked": np.array(7)} if "N" in order[1:2] else {}
        found = Network.from_state_dict(tensors | counted, batch_norm_eps=EPS)
    np.testing.assert_allclose(found(X, "tanh"), computed(modules, X), rtol=1e-12, atol=1e-12)


def test_precision_is_that_of_the_coarsest(tmp_path):
    rng = np.random.default_rng(0)
    coarse = {key: value.astype("float16") for key, value in norm(rng, 4).items()}
    tensors = state({0: linear(rng, 4, 3), 1: coarse, 3: linear(rng, 1, 4)})
    assert Network.from_state_dict(tensors, batch_norm_eps=EPS).precision == 2.0**-10


RNG = np.random.default_rng(5)
FIRST, LAST, NORM = linear(RNG, 4, 3), linear(RNG, 1, 4), norm(RNG, 4)


@pytest.mark.parametrize(
    ("tensors", "part"),
    [
        (state({0: FIRST, 1: NORM, 2: LAST}), "directly between two linear layers"),
        (state({0: FIRST, 2: NORM, 4: LAST}), "not directly after or before a linear layer"),
        (state({"fc1": FIRST, "bn1": NORM, "fc2": LAST}, ""), "not directly after or before"),
        (state({"fc.0": FIRST, "bn.0": NORM, "fc.1": LAST}, ""), "not directly after or before"),
        (state({0: FIRST, 1: norm(RNG, 5), 3: LAST}), "of 5 neurons and stands next to 4"),
        (state({0: FIRST, 1: norm(RNG, 5), 3: LAST}) | {}, r"'net\.1'"),
    ],
)
def test_what_has_no_place_is_refused(tensors, part):
    with pytest.raises(ValueError, match=part):
        Network.from_state_dict(tensors, batch_norm_eps=EPS)


def test_eps_is_asked_for_and_checked(tmp_path):
    tensors = state({0: FIRST, 1: NORM, 3: LAST})
    with pytest.raises(ValueError, match="say batch_norm_eps"):
        Network.from_state_dict(tensors)
    for eps in (-1e-5, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="batch_norm_eps must be 0 or more"):
            Network.from_state_dict(tensors, batch_norm_eps=eps)
    for eps in ("1e-5", True):
        with pytest.raises(TypeError, match="batch_norm_eps must be a number"):
            Network.from_state_dict(tensors, batch_norm_eps=eps)
    zero = NORM | {"running_var": np.zeros(4)}
    with pytest.raises(ValueError, match="must add up to more than 0"):
        Network.from_state_dict(state({0: FIRST, 1: zero, 3: LAST}), batch_norm_eps=0)
    save(tmp_path / "a.npz", tensors.items())
    assert sum(np.size(value) for value in tensors.values()) == 37
    with pytest.raises(SizeLimitError, match="37 numbers, past the limit of 36"):
        Network.load(tmp_path / "a.npz", batch_norm_eps=EPS, limit=36)


def test_on_the_command_line(run, tmp_path):
    file = tmp_path / "student.npz"
    save(file, state({0: FIRST, 1: NORM, 3: LAST}).items())
    code, _, err = run("classify", file)
    assert code == 2
    assert "--batch-norm-eps" in err
    code, out, _ = run("classify", file, "--batch-norm-eps", "1e-5", "--tolerance", "1e-6")
    assert code == 0
    assert "3-4-1" in out
    code, out, _ = run("count", file, "--batch-norm-eps", "1e-5")
    assert code == 0
    code, _, err = run("count", "3-4-1", "--batch-norm-eps", "1e-5")
    assert code == 2
    assert "--batch-norm-eps goes with the path of a weights file" in err
