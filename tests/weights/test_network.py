"""Networks: what they take, what they compute, and files."""

from __future__ import annotations

import copy
import itertools
import math
import pickle

import numpy as np
import pytest
from safetensors.numpy import save_file

from critcount import Architecture, SizeLimitError
from critcount.weights.network import ACTIVATIONS, Network, interpolate

W1 = np.array([[1.0, -2.0], [0.5, 0.0], [3.0, 1.0]])
W2 = np.array([[1.0, 2.0, -1.0]])
B1 = np.array([0.1, 0.2, 0.3])
B2 = np.array([-1.0])


def test_attributes():
    network = Network([W1, W2], [B1, None])
    assert [w.shape for w in network.weights] == [(3, 2), (1, 3)]
    assert network.biases[1] is None
    assert network.architecture == Architecture.parse("2-3-1")
    assert network.widths == (2, 3, 1)
    assert repr(network) == "<Network 2-3-1, biases in 1 of 2 layers>"
    assert repr(Network([W1, W2])) == "<Network 2-3-1, no biases>"
    assert repr(Network([W1, W2], [B1, B2])) == "<Network 2-3-1, biases>"


def test_immutable_copies():
    weight = W1.copy()
    network = Network([weight, W2])
    weight[0, 0] = 99
    assert network.weights[0][0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        network.weights[0][0, 0] = 2
    for name in ("weights", "anything"):
        with pytest.raises(AttributeError, match="immutable"):
            setattr(network, name, ())
    with pytest.raises(AttributeError, match="immutable"):
        del network._weights
    for other in (pickle.loads(pickle.dumps(network)), copy.deepcopy(network)):
        np.testing.assert_array_equal(other.weights[0], network.weights[0])
        with pytest.raises(ValueError, match="read-only"):
            other.weights[0][0, 0] = 2


def by_hand(x, sigma):
    hidden = [
        sigma(sum(w * v for w, v in zip(row, x, strict=True)) + b)
        for row, b in zip(W1, B1, strict=True)
    ]
    return [
        sum(w * h for w, h in zip(row, hidden, strict=True)) + b
        for row, b in zip(W2, B2, strict=True)
    ]


FUNCTIONS = {
    "generic": lambda z: 1 / (1 + math.exp(-4 * z)) + math.log1p(math.exp(z)),
    "erf": math.erf,
    "exp": math.exp,
    "gelu": lambda z: z * (1 + math.erf(z / math.sqrt(2))) / 2,
    "relu": lambda z: max(z, 0.0),
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "silu": lambda z: z / (1 + math.exp(-z)),
    "softplus": lambda z: math.log1p(math.exp(z)),
    "tanh": math.tanh,
    "celu": lambda z: z if z > 0 else math.expm1(z),
    "cos": math.cos,
    "elu": lambda z: z if z > 0 else math.expm1(z),
    "gaussian": lambda z: math.exp(-z * z),
    "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
    "mish": lambda z: z * math.tanh(math.log1p(math.exp(z))),
    "selu": lambda z: 1.0507009873554805 * (z if z > 0 else 1.6732632423543772 * math.expm1(z)),
    "sin": math.sin,
}


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_the_function(name):
    network = Network([W1, W2], [B1, B2])
    x = [0.3, -0.7]
    np.testing.assert_allclose(network(x, name), by_hand(x, FUNCTIONS[name]), rtol=1e-14)
    many = np.random.default_rng(0).normal(size=(4, 5, 2))
    out = network(many, name)
    assert out.shape == (4, 5, 1)
    np.testing.assert_allclose(out[2, 3], by_hand(many[2, 3], FUNCTIONS[name]), rtol=1e-12)
    size = 1e2 if name == "exp" else 1e3  # the exponential itself overflows from 710 on
    far = network([[size, -size], [-size, size]], name)
    assert np.isfinite(far).all()


def test_every_function_has_its_oracle():
    assert set(FUNCTIONS) == set(ACTIVATIONS)


def test_a_function_of_the_user():
    np.testing.assert_allclose(
        Network([W1, W2])([1.0, 1.0], np.square), [[-1, 0.5, 4]] @ np.diag([-1, 0.5, 4]) @ W2[0]
    )


def test_bad_calls():
    network = Network([W1, W2])
    for x in (1.0, [1.0], np.ones((2, 3))):
        with pytest.raises(ValueError, match=r"x must have shape \(…, 2\)"):
            network(x, "tanh")
    with pytest.raises(ValueError, match="activation must be one of"):
        network([1.0, 2.0], "swish")
    with pytest.raises(TypeError, match="activation"):
        network([1.0, 2.0], 3)


def test_interpolation():
    a, b = Network([W1, W2], [B1, None]), Network([2 * W1, 4 * W2], [B1, None])
    point = interpolate(a, b, 0.25)
    np.testing.assert_allclose(point.weights[1], 1.75 * W2)
    np.testing.assert_allclose(point.biases[0], B1)
    assert point.biases[1] is None


def bad(value, place=(1, 0)):
    weight = W1.copy()
    weight[place] = value
    return [weight, W2]


@pytest.mark.parametrize(
    ("weights", "biases", "error", "part"),
    [
        (bad(np.nan), None, ValueError, r"weights\[0\]\[1, 0\] must be finite, not nan"),
        (bad(-np.inf), None, ValueError, r"weights\[0\]\[1, 0\] must be finite, not -inf"),
        (bad(1e200), None, ValueError, r"at most 1e\+150 in magnitude, not 1e\+200"),
        ([W1, W2], [[0, np.nan, 0], None], ValueError, r"biases\[0\]\[1\] must be finite"),
        ([W1, W1], None, ValueError, r"weights\[1\] must take as many inputs .* 3, not 2"),
        ([W1.T, W2.T], None, ValueError, r"shape \(outputs, inputs\)"),
        ([W1], None, ValueError, "two or more matrices, .* not 1"),
        ([], None, ValueError, "not 0"),
        ([W1, W2], [B1], ValueError, "biases must be one for each of the 2"),
        (
            [W1, W2],
            [B2, B1],
            ValueError,
            r"biases\[0\] must have one entry for each of the 3 rows",
        ),
        ([W1, W2], [B1, [[1.0]]], ValueError, r"biases\[1\] must have 1 dimension, not 2"),
        (
            [np.ones((4, 3, 5, 5)), W2],
            None,
            ValueError,
            r"must have 2 dimensions, not 4 .*convolution.*reshape its weights to \(out, -1\)",
        ),
        ([W1, [1.0, 2.0, 3.0]], None, ValueError, r"weights\[1\] must have 2 dimensions, not 1"),
        ([np.ones((3, 0)), W2], None, ValueError, "at least one input"),
        ([W1, np.ones((0, 3))], None, ValueError, "at least one input and one output"),
        ([W1 + 0j, W2], None, ValueError, "real numbers of at most 64 bits, not of type complex"),
        ([W1.astype(np.longdouble), W2], None, ValueError, "at most 64 bits, not of type"),
        ([W1 > 0, W2], None, TypeError, "real numbers, not of type bool"),
        ([[["a"]], [[1.0]]], None, TypeError, "real numbers"),
        ([[[None]], [[1.0]]], None, TypeError, "real numbers"),
        ([[[1.0], [1.0, 2.0]], [[1.0]]], None, TypeError, "rectangular"),
        ([[[2**53 + 1]], [[1.0]]], None, ValueError, "beyond 2.53"),
        ([[[10**5000]], [[1.0]]], None, TypeError, "real numbers"),
        (W1[0, 0], None, TypeError, "weights must be a sequence of arrays"),
        ("weights", None, TypeError, "weights must be a sequence of arrays"),
        ({"0.weight": W1}, None, TypeError, "weights must be a sequence of arrays"),
        ([W1, W2], 3, TypeError, "biases must be a sequence"),
    ],
)
def test_bad_weights(weights, biases, error, part):
    with pytest.raises(error, match=part):
        Network(weights, biases)


@pytest.mark.parametrize(
    ("dtype", "precision"),
    [
        ("f2", 2**-10),
        ("f4", 2**-23),
        ("f8", 2**-52),
        (">f4", 2**-23),
        ("i1", 2**-52),
        ("u8", 2**-52),
    ],
)
def test_dtypes(dtype, precision):
    network = Network([np.ones((3, 2), dtype), W2])
    assert all(w.dtype == np.float64 for w in network.weights)
    assert network.precision == precision


def test_a_bias_may_be_a_column():
    matrices = [np.ones((3, 2)), np.ones((1, 3))]
    column = Network(matrices, [np.arange(3.0).reshape(3, 1), np.ones((1, 1))])
    for made, bias in zip(column.biases, (np.arange(3.0), np.ones(1)), strict=True):
        np.testing.assert_array_equal(made, bias)
    with pytest.raises(ValueError, match=r"biases\[0\] must have 1 dimension, not 2"):
        Network(matrices, [np.ones((1, 3)), None])


def test_a_layer_without_neurons():
    network = Network([np.ones((0, 2)), np.ones((1, 0))], [None, [3.0]])
    np.testing.assert_array_equal(network([[1.0, 2.0]], "tanh"), [[3.0]])
    assert network.widths == (2, 0, 1)
    with pytest.raises(ValueError, match="at least 1"):
        _ = network.architecture


# files


SUFFIXES = (".npz", ".safetensors")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("biases", [None, [B1, None], [None, B2], [B1, B2]])
def test_save_and_load(tmp_path, suffix, biases):
    path = tmp_path / f"net{suffix}"
    network = Network([W1, W2], biases)
    network.save(path)
    back = Network.load(path)
    for a, b in itertools.chain(
        zip(back.weights, network.weights, strict=True),
        zip(back.biases, network.biases, strict=True),
    ):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_array_equal(a, b)
    first = path.read_bytes()
    network.save(path)
    assert path.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_deep_network_comes_back_in_order(tmp_path):
    rng = np.random.default_rng(0)
    network = Network([rng.normal(size=(2, 2)) for _ in range(13)])
    for suffix in SUFFIXES:
        network.save(tmp_path / f"deep{suffix}")
        back = Network.load(tmp_path / f"deep{suffix}")
        for a, b in zip(back.weights, network.weights, strict=True):
            np.testing.assert_array_equal(a, b)


def test_the_names_of_pytorch(tmp_path):
    state = {"fc1.weight": W1, "fc1.bias": B1, "fc2.weight": W2, "fc2.bias": B2}
    np.savez(tmp_path / "a.npz", **state)
    save_file({k: v.astype(np.float32) for k, v in state.items()}, tmp_path / "a.safetensors")
    for suffix in SUFFIXES:
        network = Network.load(tmp_path / f"a{suffix}")
        np.testing.assert_array_equal(
            network.biases[0], B1.astype(np.float32 if suffix[1] == "s" else np.float64)
        )
        assert network.widths == (2, 3, 1)


def test_arrays_in_order(tmp_path):
    np.savez(tmp_path / "a.npz", W1, B1, W2, B2)
    np.savez(tmp_path / "b.npz", W1, W2, B1, B2)
    np.savez(tmp_path / "c.npz", W1, W2)
    for name in "ab":
        network = Network.load(tmp_path / f"{name}.npz")
        np.testing.assert_array_equal(network.biases[0], B1)
        np.testing.assert_array_equal(network.biases[1], B2)
    assert Network.load(tmp_path / "c.npz").biases == (None, None)
    np.savez(tmp_path / "d.npz", W1, B1, W2)
    with pytest.raises(ValueError, match=r"'arr_1' .* is neither a weight matrix nor a bias"):
        Network.load(tmp_path / "d.npz")


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_transposed_matrices(tmp_path, order, save):
    kernels = {"a": np.asarray(W1.T, order=order), "b": np.asarray(W2.T, order=order)}
    save(tmp_path / "a.npz", **kernels, c=B1)
    network = Network.load(tmp_path / "a.npz", ["a.T", "c", "b.T"])
    np.testing.assert_array_equal(network.weights[0], W1)
    np.testing.assert_array_equal(network.biases[0], B1)
    assert network.biases[1] is None
    np.testing.assert_array_equal(Network.load(tmp_path / "a.npz", ["a.T", "b.T"]).weights[1], W2)


@pytest.mark.parametrize(
    ("name", "values", "precision"),
    [
        ("F64", W1.astype("<f8"), 2**-52),
        ("F32", W1.astype("<f4"), 2**-23),
        ("F16", W1.astype("<f2"), 2**-10),
        ("BF16", (W1.astype("<f4").view("<u4") >> 16).astype("<u2"), 2**-7),
    ],
)
def test_safetensors_data_types(tmp_path, name, values, precision):
    import json
    import struct

    second = W2.astype("<f8").tobytes()
    first = values.tobytes()
    header = json.dumps(
        {
            "0.weight": {"dtype": name, "shape": [3, 2], "data_offsets": [0, len(first)]},
            "1.weight": {
                "dtype": "F64",
                "shape": [1, 3],
                "data_offsets": [len(first), len(first) + len(second)],
            },
        }
    ).encode()
    path = tmp_path / "a.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + first + second)
    network = Network.load(path)
    np.testing.assert_array_equal(network.weights[0], W1)  # all exact in eight bits
    np.testing.assert_array_equal(network.weights[1], W2)
    assert network.precision == precision


@pytest.mark.parametrize("dtype", ["i1", "u1", "i8", "bool", "c8", "g", "U3"])
def test_data_types_that_are_no_weights(tmp_path, dtype):
    np.savez(tmp_path / "a.npz", **{"0.weight": W1.astype(dtype), "1.weight": W2})
    with pytest.raises(ValueError, match=r"a\.npz.*'0\.weight' has the data type"):
        Network.load(tmp_path / "a.npz")
    if dtype in ("i1", "u1", "i8", "bool"):
        save_file({"0.weight": W1.astype(dtype), "1.weight": W2}, tmp_path / "a.safetensors")
        with pytest.raises(ValueError, match="quantised"):
            Network.load(tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    ("extra", "part"),
    [
        ({"norm.weight": np.ones(3)}, "normalisation changes the function"),
        ({"count": np.array(3.0)}, "neither a weight matrix nor a bias"),
        ({"conv.weight": np.ones((4, 3, 5, 5))}, "nothing of more dimensions"),
        ({"0.bias": np.ones(7)}, "has 7 entries, the matrix '0.weight' gives 3"),
        ({"3.weight": np.ones((5, 7))}, "do not form one chain"),
    ],
)
def test_tensors_of_another_kind(tmp_path, extra, part):
    for suffix, save in (
        (".npz", lambda p, d: np.savez(p, **d)),
        (".safetensors", lambda p, d: save_file(d, p)),
    ):
        path = tmp_path / f"a{suffix}"
        save(path, {"0.weight": W1, "2.weight": W2, **extra})
        with pytest.raises(ValueError, match=part) as caught:
            Network.load(path)
        assert str(path) in str(caught.value)
        if "0.bias" not in extra:
            assert Network.load(path, ["0.weight", "2.weight"]).widths == (2, 3, 1)


def test_bad_values_in_a_file(tmp_path):
    np.savez(tmp_path / "a.npz", **{"0.weight": bad(np.nan)[0], "2.weight": W2})
    with pytest.raises(ValueError, match=r"a\.npz: weights\[0\]\[1, 0\] must be finite"):
        Network.load(tmp_path / "a.npz")


def test_bad_names(tmp_path):
    Network([W1, W2], [B1, B2]).save(tmp_path / "a.npz")
    for names, error, part in (
        (["0.weight", "nothing"], ValueError, "no tensor 'nothing'"),
        (["0.bias", "0.weight", "1.weight"], ValueError, "does not follow a matrix"),
        (["0.weight", "0.bias", "1.bias", "1.weight"], ValueError, "does not follow a matrix"),
        (["0.weight", "1.bias", "1.weight"], ValueError, "has 1 entries, the matrix"),
        (["0.weight", 3], TypeError, "must be names"),
        ("0.weight", TypeError, "must be a sequence"),
        (3, TypeError, "must be a sequence"),
        (["0.weight"], ValueError, "two or more matrices"),
    ):
        with pytest.raises(error, match=part):
            Network.load(tmp_path / "a.npz", names)


def test_too_large(tmp_path):
    Network([W1, W2]).save(tmp_path / "a.npz")
    with pytest.raises(SizeLimitError, match="9 numbers, past the limit of 8: raise limit"):
        Network.load(tmp_path / "a.npz", limit=8)
    assert Network.load(tmp_path / "a.npz", limit=9).widths == (2, 3, 1)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_truncation_and_changed_byte(tmp_path, suffix):
    path, other = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    Network([W1, W2]).save(path)
    content = path.read_bytes()
    for length in range(len(content)):
        other.write_bytes(content[:length])
        with pytest.raises(ValueError, match="b"):
            Network.load(other)
    for place in range(0, len(content), 3):
        other.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            network = Network.load(other)
        except ValueError:
            pass
        else:  # a byte of a value in a format without checksum, or one that says nothing
            assert network.widths == (2, 3, 1)
            if suffix == ".npz":
                np.testing.assert_array_equal(network.weights[0], W1)


def test_a_packed_bomb_is_refused_by_its_size(tmp_path):
    big = np.broadcast_to(np.zeros((), dtype="f2"), (2**16, 2**11))
    np.savez_compressed(tmp_path / "a.npz", **{"0.weight": big, "1.weight": np.ones((1, 2**16))})
    assert (tmp_path / "a.npz").stat().st_size < 10**6
    with pytest.raises(SizeLimitError, match="numbers"):
        Network.load(tmp_path / "a.npz", limit=2**24)


def test_files_that_cannot_be_written(tmp_path):
    network = Network([W1, W2])
    for suffix in (".pt", "", ".npy"):
        with pytest.raises(ValueError, match=r"\.safetensors or \.npz"):
            network.save(tmp_path / f"a{suffix}")
    for suffix in SUFFIXES:
        with pytest.raises(FileNotFoundError):
            network.save(tmp_path / "nowhere" / f"a{suffix}")
    assert not list(tmp_path.iterdir())
    with pytest.raises(FileNotFoundError):
        Network.load(tmp_path / "a.npz")
