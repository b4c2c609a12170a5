"""Files as frameworks write them: the layers that they hold, or a word on why none are read."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import save_file

from critcount import Network, SizeLimitError, read_architecture
from critcount.weights._chain import chain, stored_layers

#: what is stored, and the layers as "matrix+bias", ".T" for what is stored as (in, out)
READ = {
    "PyTorch": (
        {"0.weight": (5, 2), "0.bias": (5,), "2.weight": (1, 5), "2.bias": (1,)},
        "0.weight+0.bias 2.weight+2.bias",
    ),
    "PyTorch, square": (
        {"0.weight": (3, 3), "0.bias": (3,), "2.weight": (3, 3)},
        "0.weight+0.bias 2.weight",
    ),
    "deep prefixes": (
        {"module._orig_mod.net.10.weight": (4, 4), "module._orig_mod.net.2.weight": (4, 4)},
        "module._orig_mod.net.2.weight module._orig_mod.net.10.weight",
    ),
    "one template but for the ends": (
        {"h.1.weight": (4, 4), "h.0.weight": (4, 4), "in.weight": (4, 2), "out.weight": (1, 4)},
        "in.weight h.0.weight h.1.weight out.weight",
    ),
    "two numbers that tell one order": (
        {"l2.fc2.weight": (4, 4), "l1.fc1.weight": (4, 4)},
        "l1.fc1.weight l2.fc2.weight",
    ),
    "shapes alone": ({"x": (2, 5), "a": (6, 4), "m": (5, 6)}, "a m x"),
    "shapes against the numbers": ({"l1": (5, 2), "l2": (1, 3), "l3": (3, 5)}, "l1 l3 l2"),
    "sizes in the names": (
        {"fc10": (10, 256), "fc256": (256, 512), "fc512": (512, 784)},
        "fc512 fc256 fc10",
    ),
    "both sizes in the names": (
        {"W_300_10": (10, 300), "W_784_300": (300, 784)},
        "W_784_300 W_300_10",
    ),
    "pruned": (
        {"0.weight_orig": (5, 5), "0.weight_mask": (5, 5), "0.bias": (5,), "2.weight": (5, 5)},
        "0.weight+0.bias 2.weight",
    ),
    "pruned biases": (
        {"0.weight": (5, 2), "0.bias_orig": (5,), "0.bias_mask": (5,), "2.weight": (1, 5)},
        "0.weight+0.bias 2.weight",
    ),
    "weight_norm": (
        {"0.weight_g": (5, 1), "0.weight_v": (5, 2), "0.bias": (5,), "2.weight": (1, 5)},
        "0.weight+0.bias 2.weight",
    ),
    "parametrizations.weight_norm": (
        {
            "0.parametrizations.weight.original0": (5, 1),
            "0.parametrizations.weight.original1": (5, 2),
            "0.bias": (5,),
            "2.weight": (1, 5),
        },
        "0.weight+0.bias 2.weight",
    ),
    "Flax": (
        {
            "params/Dense_0/kernel": (3, 5),
            "params/Dense_0/bias": (5,),
            "params/Dense_1/kernel": (5, 3),
        },
        "params/Dense_0/kernel.T+params/Dense_0/bias params/Dense_1/kernel.T",
    ),
    "Flax, square": (
        {"Dense_0.kernel": (3, 3), "Dense_0.bias": (3,), "Dense_1.kernel": (3, 3)},
        "Dense_0.kernel.T+Dense_0.bias Dense_1.kernel.T",
    ),
    "Flax nnx": (
        {
            "linear1/kernel/value": (3, 5),
            "linear1/bias/value": (5,),
            "linear2/kernel/value": (5, 3),
        },
        "linear1/kernel/value.T+linear1/bias/value linear2/kernel/value.T",
    ),
    "Keras": (
        {"dense_1/kernel:0": (5, 3), "dense/kernel:0": (3, 5), "dense/bias:0": (5,)},
        "dense/kernel:0.T+dense/bias:0 dense_1/kernel:0.T",
    ),
    "Keras, square": (
        {"dense_10/kernel": (4, 4), "dense_9/kernel": (4, 4), "dense/kernel": (4, 4)},
        "dense/kernel.T dense_9/kernel.T dense_10/kernel.T",
    ),
    "Keras 3": (
        {
            "layers/dense/vars/0": (4, 4),
            "layers/dense/vars/1": (4,),
            "layers/dense_1/vars/0": (4, 4),
        },
        "layers/dense/vars/0.T+layers/dense/vars/1 layers/dense_1/vars/0.T",
    ),
    "Haiku": (
        {"mlp/~/linear_0/w": (3, 3), "mlp/~/linear_0/b": (3,), "mlp/~/linear_1/w": (3, 3)},
        "mlp/~/linear_0/w.T+mlp/~/linear_0/b mlp/~/linear_1/w.T",
    ),
    "a tree of pairs": (
        {"0/0": (2, 5), "0/1": (5,), "2/0": (5, 1), "2/1": (1,)},
        "0/0.T+0/1 2/0.T+2/1",
    ),
    "scikit-learn": (
        {"coefs_0": (3, 5), "intercepts_0": (5,), "coefs_1": (5, 3), "intercepts_1": (3,)},
        "coefs_0.T+intercepts_0 coefs_1.T+intercepts_1",
    ),
    "TensorFlow 1": (
        {"h/weights": (5, 2), "h/biases": (5,), "o/weights": (1, 5)},
        "h/weights+h/biases o/weights",
    ),
    "capitals": (
        {"L1.WEIGHT": (5, 2), "L1.BIAS": (5,), "L2.WEIGHT": (1, 5)},
        "L1.WEIGHT+L1.BIAS L2.WEIGHT",
    ),
    "biases as columns": (
        {"W1": (5, 2), "b1": (5, 1), "W2": (1, 5), "b2": (1, 1)},
        "W1+b1 W2+b2",
    ),
    "square and biases as columns": ({"W1": (5, 5), "b1": (5, 1), "W2": (5, 5)}, "W1+b1 W2"),
    "biases as rows": ({"W1": (2, 5), "b1": (1, 5), "W2": (5, 1)}, "W1.T+b1 W2.T"),
    "biases show (in, out)": (
        {"w0": (2, 5), "b0": (5,), "w1": (5, 5), "b1": (5,), "w2": (5, 1), "b2": (1,)},
        "w0.T+b0 w1.T+b1 w2.T+b2",
    ),
    "numpy.savez": (
        {"arr_0": (5, 2), "arr_1": (5,), "arr_2": (1, 5), "arr_3": (1,)},
        "arr_0+arr_1 arr_2+arr_3",
    ),
    "numpy.savez, columns": (
        {"arr_0": (5, 2), "arr_1": (5, 1), "arr_2": (1, 5), "arr_3": (1, 1)},
        "arr_0+arr_1 arr_2+arr_3",
    ),
    "numpy.savez, (in, out)": (
        {"arr_0": (2, 5), "arr_1": (5,), "arr_2": (5, 1), "arr_3": (1,)},
        "arr_0.T+arr_1 arr_2.T+arr_3",
    ),
    "numpy.savez, biases at the end": (
        {"arr_0": (5, 2), "arr_1": (1, 5), "arr_2": (5,), "arr_3": (1,)},
        "arr_0+arr_2 arr_1+arr_3",
    ),
    "a module called kernel": (
        {"kernel_net.0.weight": (5, 2), "kernel_net.2.weight": (1, 5)},
        "kernel_net.0.weight kernel_net.2.weight",
    ),
    "no hidden neurons": ({"0.weight": (0, 2), "2.weight": (1, 0)}, "0.weight 2.weight"),
}

SQUARE = (4, 4)
REFUSED = {
    "encoder and decoder": (
        {"encoder.weight": SQUARE, "decoder.weight": SQUARE},
        "allow 'encoder.weight', 'decoder.weight'; or 'decoder.weight', 'encoder.weight':",
    ),
    "names that a reader would order": (
        {"input": SQUARE, "hidden": SQUARE, "output": SQUARE},
        "'hidden', 'output'; or 'input', 'output', 'hidden'; or",
    ),
    "an autoencoder": (
        {"encoder.weight": (20, 784), "decoder.weight": (784, 20)},
        "allow 'encoder.weight', 'decoder.weight'; or",
    ),
    "letters": ({"layer_a": SQUARE, "layer_b": SQUARE}, "allow 'layer_a', 'layer_b'; or"),
    "a head of no number": (
        {"fc1": SQUARE, "fc2": SQUARE, "head": SQUARE},
        "'head', 'fc1', 'fc2'",
    ),
    "attention": ({"q": SQUARE, "k": SQUARE, "v": SQUARE}, "do not tell the order"),
    "EMA": (
        {f"{a}.{i}.weight": (5, 5) for a in ("model", "ema") for i in (0, 2)},
        "by its prefix ('model.', 'ema.')",
    ),
    "EMA of other shapes": (
        {f"{a}.{i}.weight": s for a in ("model", "ema") for i, s in ((0, (5, 2)), (2, (1, 5)))},
        "by its prefix ('model.', 'ema.')",
    ),
    "EMA by another ending": (
        {f"fc{i}.{a}": (5, 5) for a in ("weight", "weight_ema") for i in (1, 2)},
        "do not tell the order",
    ),
    "an ensemble": (
        {f"nets.{n}.{i}.weight": (5, 5) for n in (0, 1) for i in (0, 2)},
        "do not tell the order",
    ),
    "actor and critic": (
        {
            "actor.0.weight": (8, 4),
            "actor.2.weight": (2, 8),
            "critic.0.weight": (8, 4),
            "critic.2.weight": (1, 8),
        },
        "('actor.', 'critic.')",
    ),
    "optimiser": (
        {"fc1": (5, 5), "fc2": (5, 5), "adam.fc1": (5, 5), "adam.fc2": (5, 5)},
        "do not tell the order",
    ),
    "recurrent": (
        {"rnn.weight_ih_l0": (5, 3), "rnn.weight_hh_l0": (5, 5), "fc.weight": (1, 5)},
        "something else than a fully connected layer",
    ),
    "recurrent, Keras": (
        {"rnn/kernel": (3, 5), "rnn/recurrent_kernel": (5, 5), "dense/kernel": (5, 1)},
        "something else",
    ),
    "a parametrisation": (
        {"0.parametrizations.weight.original": (5, 2), "1.weight": (1, 5)},
        "something else",
    ),
    "spectral_norm": (
        {"0.weight_orig": (5, 2), "0.weight_u": (5,), "0.weight_v": (2,), "1.weight": (1, 5)},
        "something else",
    ),
    "a vector for a matrix": (
        {"W1": (5, 2), "W2": (4, 5), "W3": (4,)},
        "'W3' (4,) is called like a matrix",
    ),
    "a bias against the name": (
        {"a_0/kernel": (5, 2), "a_0/bias": (5,), "a_1/kernel": (1, 5)},
        "by its bias of 5 entries 'a_0/kernel' is stored as (out, in)",
    ),
    "a bias that fits nothing": (
        {"0.weight": (5, 2), "0.bias": (7,), "2.weight": (1, 5)},
        "the bias '0.bias' has 7 entries",
    ),
    "a bias against the chain": (
        {"0.weight": (5, 2), "0.bias": (2,), "2.weight": (1, 5)},
        "do not form one chain",
    ),
    "biases of two kinds": (
        {"0.weight": (5, 2), "0.bias": (5,), "2.weight": (5, 1), "2.bias": (1,)},
        "show some matrices as (out, in)",
    ),
    "square, biases as rows": (
        {"W1": (5, 5), "b1": (1, 5), "W2": (5, 5), "b2": (1, 5)},
        "name the layout",
    ),
    "numbers the other way": (
        {"l1": (1, 5), "l2": (5, 2)},
        "they do when all are taken as stored as (in, out)",
    ),
    "biases as last column": ({"w1": (5, 3), "w2": (1, 6)}, "--layout bias-column"),
    "convolution": (
        {"0.weight": (6, 3, 5, 5), "3.weight": (5, 6), "5.weight": (1, 5)},
        "nothing of more dimensions",
    ),
    "nothing": ({"step": (), "b": (3,)}, "there must be matrices"),
}


def text(found):
    return " ".join(
        layer.matrix.name
        + (".T" if layer.layout == "in-out" else "")
        + (f"+{layer.bias.name}" if layer.bias else "")
        for layer in found
    )


@pytest.mark.parametrize("case", READ)
@pytest.mark.parametrize("order", [1, -1])
def test_what_is_read(case, order):
    shapes, expected = READ[case]
    if case == "numpy.savez" or order == 1 or len(shapes) > 1:
        shapes = dict(list(shapes.items())[::order])
    assert text(stored_layers(shapes)) == expected


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case):
    shapes, part = REFUSED[case]
    for whole in (False, True):
        with pytest.raises(ValueError, match="tensors=") as caught:
            stored_layers(shapes, whole=whole)
        assert part in str(caught.value)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("kernel", [True, False])
def test_a_layout_for_all_overrides_the_names(kernel):
    name = "kernel" if kernel else "weight"
    shapes = {f"l1.{name}": (3, 5), f"l2.{name}": (5, 3)}
    assert chain(shapes, layout="in-out") == (3, 5, 3)
    assert chain(shapes, layout="out-in") == (5, 3, 5)
    assert chain(shapes) == ((3, 5, 3) if kernel else (5, 3, 5))
    assert chain(shapes, list(shapes)) == ((3, 5, 3) if kernel else (5, 3, 5))
    with pytest.raises(ValueError, match="layout must be one of"):
        chain(shapes, layout="transposed")


def test_kernels_that_are_named_keep_their_biases():
    shapes = {"a/kernel": (3, 5), "a/bias": (5,), "b/kernel": (5, 3), "b/bias": (3,)}
    expected = "a/kernel.T+a/bias b/kernel.T+b/bias"
    for names in (["a/kernel", "b/kernel"], ["a/kernel.T", "b/kernel.T"]):
        assert text(stored_layers(shapes, names)) == expected


def test_a_bias_as_column_may_be_named():
    shapes = {"W1": (5, 2), "b1": (5, 1), "W2": (1, 5), "b2": (1, 1), "other": (3, 3)}
    assert text(stored_layers(shapes, ["W1", "b1", "W2"])) == "W1+b1 W2"
    assert text(stored_layers(shapes, ["W1", "W2"])) == "W1+b1 W2+b2"


@pytest.mark.exhaustive
def test_sixty_thousand_layers_are_ordered():
    shapes = {f"l.{i}.weight": (1, 1) for i in range(60_000)}
    assert len(stored_layers(dict(reversed(shapes.items())))) == 60_000
    bare = {f"{'abcdefgh'[i % 8]}{'x' * (i // 8)}": (1, 1) for i in range(2_000)}
    with pytest.raises(ValueError, match="do not tell the order"):
        stored_layers(bare)


# values

W1, B1 = np.arange(10.0).reshape(5, 2) - 3, np.arange(5.0)
W2, B2 = np.arange(5.0).reshape(1, 5) + 1, np.array([7.0])
NETWORK = Network([W1, W2], [B1, B2])


def written(path, tensors):
    if path.suffix == ".npz":
        np.savez(path, **tensors)
    else:
        save_file({name: np.ascontiguousarray(a) for name, a in tensors.items()}, path)
    return path


LENGTHS = np.linalg.norm(W1, axis=1, keepdims=True)
MASK = (np.arange(10).reshape(5, 2) % 3 > 0).astype(float)
VALUES = {
    "flax": (
        {"Dense_0/kernel": W1.T, "Dense_0/bias": B1, "Dense_1/kernel": W2.T, "Dense_1/bias": B2},
        {},
    ),
    "columns": ({"W1": W1, "b1": B1[:, None], "W2": W2, "b2": B2[:, None]}, {}),
    "last column": (
        {"w1": np.column_stack([W1, B1]), "w2": np.column_stack([W2, B2])},
        {"layout": "bias-column"},
    ),
    "in-out": ({"1": W1.T, "2": W2.T}, {"layout": "in-out"}),
    "prefix": (
        {"a.0.weight": W1, "a.0.bias": B1, "a.1.weight": W2, "a.1.bias": B2, "b.0.weight": W1},
        {"prefix": "a."},
    ),
    "pattern": (
        {"x.net.0.weight": W1, "x.net.1.weight": W2, "y.ema.0.weight": W1},
        {"prefix": "*.net."},
    ),
    "exclude": (
        {
            "0.weight": W1,
            "0.bias": B1,
            "1.weight": W2,
            "1.bias": B2,
            "step": np.array(3.0),
            "ema.0": W1,
        },
        {"exclude": ["step", "ema.*"]},
    ),
    "pruned": ({"0.weight_orig": W1 + 5 * (1 - MASK), "0.weight_mask": MASK, "1.weight": W2}, {}),
    "weight_norm": (
        {
            "0.weight_g": LENGTHS,
            "0.weight_v": W1 * [[2.0]] * np.arange(1.0, 6)[:, None],
            "1.weight": W2,
        },
        {},
    ),
}


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("case", VALUES)
def test_values(tmp_path, suffix, case):
    tensors, options = VALUES[case]
    path = written(tmp_path / f"a{suffix}", tensors)
    network = Network.load(path, **options)
    first = W1 * MASK if case == "pruned" else W1
    np.testing.assert_allclose(network.weights[0], first, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(network.weights[1], W2)
    if any("b" in name.split(".")[-1] for name in tensors) or "column" in case:
        np.testing.assert_array_equal(network.biases[0], B1)
        np.testing.assert_array_equal(network.biases[1], B2)
    assert str(read_architecture(path, **options)) == "2-5-1"


def test_selections_that_leave_nothing(tmp_path):
    path = written(tmp_path / "a.npz", {"0.weight": W1, "1.weight": W2})
    with pytest.raises(
        ValueError, match=r"no tensor that begins with 'x\.'; there are '0\.weight'"
    ):
        Network.load(path, prefix="x.")
    with pytest.raises(ValueError, match="is not excluded"):
        Network.load(path, exclude=["*"])
    for options in ({"prefix": 3}, {"exclude": "*"}, {"exclude": [3]}, {"exclude": 3}):
        with pytest.raises(TypeError, match="must"):
            Network.load(path, **options)


def test_a_limit_is_met_before_anything_is_read(tmp_path):
    path = written(tmp_path / "a.npz", {"0.weight": W1, "1.weight": W2})
    assert Network.load(path, limit=15).widths == (2, 5, 1)
    with pytest.raises(SizeLimitError, match=r"15 numbers, past the limit of 14: raise limit"):
        Network.load(path, limit=14)


def test_a_batch_normalisation_is_not_folded_by_guess():
    norm = {"1.weight": (5,), "1.bias": (5,), "1.running_mean": (5,), "1.running_var": (5,)}
    shapes = {"0.weight": (5, 2), **norm, "3.weight": (1, 5)}
    assert chain(shapes) == (2, 5, 1)
    with pytest.raises(ValueError, match=r"batch_norm_eps \(--batch-norm-eps\), 1e-5 by default"):
        stored_layers(shapes)
    with pytest.raises(ValueError, match="a normalisation changes the function"):
        stored_layers({"0.weight": (5, 2), "1.weight": (5,), "3.weight": (1, 5)})
