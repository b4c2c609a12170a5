"""Networks from and to parameters in memory, of any framework."""

import numpy as np
import pytest

from critcount import Network

W1, B1 = np.arange(10.0).reshape(5, 2) - 3, np.arange(5.0)
W2, B2 = np.arange(5.0).reshape(1, 5) + 1, np.array([7.0])
NETWORK = Network([W1, W2], [B1, B2])
FLAX = {
    "params": {
        "Dense_0": {"kernel": W1.T, "bias": B1},
        "Dense_1": {"kernel": W2.T, "bias": B2},
    }
}
STATES = {
    "torch": {"0.weight": W1, "0.bias": B1, "2.weight": W2, "2.bias": B2},
    "lists": {"W1": W1.tolist(), "b1": B1.tolist(), "W2": W2.tolist(), "b2": B2.tolist()},
    "flax": FLAX,
    "haiku": {
        "mlp/~/linear_0": {"w": W1.T, "b": B1},
        "mlp/~/linear_1": {"w": W2.T, "b": B2},
    },
    "pairs": [(W1.T, B1), (), (W2.T, B2)],
    "columns": {"W1": W1, "b1": B1[:, None], "W2": W2, "b2": B2[:, None]},
    "rows": {"W1": W1.T, "b1": B1[None], "W2": W2.T, "b2": B2[None]},
}


@pytest.mark.parametrize("name", STATES)
def test_from_and_back(name):
    state = STATES[name]
    network = Network.from_state_dict(state)
    assert network == NETWORK
    assert network.activation is None
    back = (2 * W1, 2 * W2), (2 * B1, 2 * B2)
    twice = Network(*back).to_state_dict(state)
    assert Network.from_state_dict(twice) == Network(*back)
    assert Network.from_state_dict(state) == NETWORK, "the original is as it was"


def test_the_default_names_are_those_of_save():
    state = NETWORK.to_state_dict()
    assert list(state) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert state["0.weight"] is NETWORK.weights[0]
    assert Network.from_state_dict(state) == NETWORK


def test_other_widths_types_and_tensors_beside():
    wide = {
        "params": {
            "Dense_0": {"kernel": np.zeros((2, 9), np.float32), "bias": np.zeros(9, np.float16)},
            "Dense_1": {"kernel": np.zeros((9, 1)), "bias": np.zeros(1)},
            "step": np.array(3),
        }
    }
    names = ["params/Dense_0/kernel", "params/Dense_1/kernel"]
    state = NETWORK.to_state_dict(wide, names)["params"]
    np.testing.assert_array_equal(state["Dense_0"]["kernel"], W1.T)
    assert state["Dense_0"]["kernel"].dtype == np.float32
    assert state["Dense_0"]["bias"].dtype == np.float16
    assert state["step"] == 3
    assert Network.from_state_dict({"params": state}, names) == NETWORK


def test_the_last_column():
    state = {"w1": np.column_stack([W1, B1]), "w2": np.column_stack([W2, B2])}
    assert Network.from_state_dict(state, layout="bias-column") == NETWORK
    back = NETWORK.to_state_dict(
        {"w1": np.ones((2, 3)), "w2": np.ones((1, 3))}, layout="bias-column"
    )
    for name, array in state.items():
        np.testing.assert_array_equal(back[name], array)
    bare = Network([W1, W2]).to_state_dict(state, layout="bias-column")
    assert not bare["w1"][:, -1].any()


def test_what_a_place_is_missing_for():
    bare = {"0.weight": W1, "1.weight": W2}
    with pytest.raises(ValueError, match=r"like has no bias for '0\.weight'"):
        NETWORK.to_state_dict(bare)
    assert Network([W1, W2], [np.zeros(5), None]).to_state_dict(bare).keys() == bare.keys()
    zeros = Network([W1, W2]).to_state_dict(STATES["torch"])
    np.testing.assert_array_equal(zeros["0.bias"], np.zeros(5))
    with pytest.raises(ValueError, match="like has 2 layers, the network 3"):
        Network([W1, np.eye(5), W2]).to_state_dict(bare)
    with pytest.raises(ValueError, match=r"in several tensors"):
        Network([W1, W2]).to_state_dict({"0.weight_orig": W1, "0.weight_mask": W1, "1.weight": W2})
    normalised = {**bare, "norm.running_mean": np.zeros(5), "norm.running_var": np.ones(5)}
    with pytest.raises(ValueError, match="like has the batch normalisation 'norm', which would"):
        Network([W1, W2]).to_state_dict(normalised, ["0.weight", "1.weight"])


@pytest.mark.parametrize(("dtype", "factor"), [("int64", 0.5), ("float16", 1e5)])
def test_types_that_cannot_hold_the_weights(dtype, factor):
    like = {"0.weight": np.ones((5, 2), dtype), "1.weight": np.ones((1, 5), dtype)}
    with pytest.raises(ValueError, match=rf"'0\.weight' in the type {dtype}, which cannot hold"):
        Network([factor * W1, W2]).to_state_dict(like)
    np.testing.assert_array_equal(Network([W1, W2]).to_state_dict(like)["0.weight"], W1)


class Tensor:
    """As much of a tensor of PyTorch as is asked for: values only after detach and cpu."""

    def __init__(self, array, dtype="torch.float32", free=False, here=False):
        self.array, self.dtype, self.free, self.here = array, dtype, free, here
        self.shape = array.shape

    def detach(self):
        return Tensor(self.array, self.dtype, True, self.here)

    def cpu(self):
        return Tensor(self.array, self.dtype, self.free, True)

    def double(self):
        return Tensor(self.array.astype(float), "torch.float64", self.free, self.here)

    def numpy(self):
        assert self.free
        assert self.here
        if self.dtype == "torch.bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.array

    def __array__(self, *arguments, **options):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")


def test_tensors_on_a_device_that_require_a_gradient():
    state = {"0.weight": Tensor(W1.astype(np.float32)), "1.weight": Tensor(W2)}
    network = Network.from_state_dict(state)
    assert network == Network([W1, W2])
    assert network.precision == 2.0**-23
    assert Network(list(state.values())) == network
    half = {"0.weight": Tensor(W1, "torch.bfloat16"), "1.weight": W2}
    assert Network.from_state_dict(half).precision == 2.0**-7


def test_jax_arrays():
    jnp = pytest.importorskip("jax.numpy", reason="needs the extra landscape")
    state = {
        f"linear_{k}": {"w": jnp.asarray(w.T, jnp.bfloat16), "b": jnp.asarray(b, jnp.float32)}
        for k, (w, b) in enumerate([(W1, B1), (W2, B2)])
    }
    network = Network.from_state_dict(state)
    assert network == NETWORK
    assert network.precision == 2.0**-7
    back = network.to_state_dict(state)
    assert back["linear_0"]["w"].dtype == jnp.bfloat16
    assert type(back["linear_0"]["b"]) is type(state["linear_0"]["b"])


def test_selections():
    both = {"a": STATES["torch"], "b": STATES["torch"]}
    assert Network.from_state_dict(both, prefix="a/") == NETWORK
    assert Network.from_state_dict(both, exclude=["b/*"]) == NETWORK
    with pytest.raises(ValueError, match=r"do not form one chain|do not tell the order"):
        Network.from_state_dict(both)


@pytest.mark.parametrize(
    ("state", "error", "part"),
    [
        (3, TypeError, "must be a mapping"),
        (W1, TypeError, "must be a mapping"),
        (None, TypeError, "must be a mapping"),
        ({}, ValueError, "there must be matrices"),
        ([], ValueError, "there must be matrices"),
        ({"a": {"b": W1}, "a/b": W1}, ValueError, "two arrays of the path 'a/b'"),
        ({"0.weight": W1, "1.weight": W2 * np.nan}, ValueError, r"weights\[1\]\[0, 0\]"),
        ({"0.weight": W1, "1.weight": W2 > 0}, TypeError, "real numbers"),
        ({"0.weight": W1, "1.weight": W2 + 1j}, ValueError, "real numbers"),
        ({"0.weight": [[1], [2, 3]], "1.weight": W2}, TypeError, "'0.weight' must be a rectang"),
        ({"0.weight": np.ma.masked_less(W1, 0), "1.weight": W2}, ValueError, "masked entries"),
        ({"0.weight": W1}, ValueError, "two or more matrices"),
    ],
)
def test_what_is_no_state(state, error, part):
    with pytest.raises(error, match=part):
        Network.from_state_dict(state)


def test_the_arrays_are_copies():
    state = {"0.weight": W1.copy(), "1.weight": W2.copy()}
    network = Network.from_state_dict(state)
    state["0.weight"][:] = 9
    assert network == Network([W1, W2])


def test_an_activation_that_is_not_known():
    with pytest.raises(TypeError, match="activation of the network is not known"):
        NETWORK([[0.0, 0.0]])
