"""Which tensors are the layers, and in which order: the one answer, or none."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from critcount.weights._chain import chain
from critcount.weights.files import shapes
from tests.weights.test_files import FUZZ, LENET, arrays


@pytest.mark.parametrize(
    ("found", "widths"),
    [
        (LENET, (784, 300, 100, 10)),
        ({"w": (3, 2)}, (2, 3)),
        ({"1": (1, 1), "2": (1, 1)}, (1, 1, 1)),
        ({"hidden.weight": (5, 2), "output.weight": (1, 5)}, (2, 5, 1)),
        ({"a": (4, 2), "b": (4, 4), "d": (1, 4)}, (2, 4, 4, 1)),
        ({"c": (2, 5), "a": (6, 4), "b": (5, 6)}, (4, 6, 5, 2)),
        ({"fc1": (3072, 768), "fc2": (768, 3072)}, (768, 3072, 768)),
        ({"l.2": (5, 2), "l.10": (3, 5)}, (2, 5, 3)),
        ({"l.10": (3, 5), "l.2": (5, 2)}, (2, 5, 3)),
        ({"l.10": (3, 5), "l.2": (5, 2), "out": (1, 3)}, (2, 5, 3, 1)),
        ({"0.10": (7, 5), "0.9": (5, 4), "00.8": (4, 3)}, (3, 4, 5, 7)),
        ({"w" + "9" * 5000: (5, 2), "w1" + "0" * 5000: (1, 5)}, (2, 5, 1)),
        (LENET | {"norm.weight": (300,), "norm.num_batches_tracked": ()}, (784, 300, 100, 10)),
        ({"W1": (5, 5), "b1": (5,), "W2": (5, 5), "b2": (5,)}, (5, 5, 5)),
    ],
)
def test_the_one_chain(found, widths):
    assert chain(found) == widths


@pytest.mark.parametrize(
    ("found", "part"),
    [
        ({}, "there must be matrices"),
        ({"b": (3,), "s": ()}, "there must be matrices"),
        ({"a1": (3, 2), "a2": (1, 4)}, "'a2' takes 4 inputs, 'a1' gives 3"),
        ({"a1": (5, 2), "a2": (1, 5), "a3": (1, 5)}, "'a3' takes 5 inputs, 'a2' gives 1"),
        ({"a1": (1, 5), "a2": (5, 2)}, "do not form one chain"),
        ({"a.weight": (3, 2), "conv.weight": (6, 3, 5, 5)}, "'conv.weight' (6, 3, 5, 5)"),
        ({"a.weight": (3, 2), "b": (1, 1, 1)}, "nothing of more dimensions"),
        ({"embedding.weight": (100, 8), "l.1": (5, 2), "l.2": (1, 5)}, "do not form one chain"),
    ],
)
def test_no_chain(found, part):
    with pytest.raises(ValueError, match="tensors") as caught:
        chain(found)
    assert part in str(caught.value)
    for name, shape in found.items():
        if len(shape) == 2:
            assert f"{name!r} {shape}" in str(caught.value)


def test_a_file_stored_as_in_out_is_recognised_but_not_guessed():
    found = {"layer.0": (784, 300), "layer.1": (300, 10)}
    with pytest.raises(ValueError, match=r"they do when all .* \(in, out\): .*--layout in-out"):
        chain(found)
    assert chain(found, layout="in-out") == (784, 300, 10)
    assert chain(found, ["layer.0.T", "layer.1.T"]) == (784, 300, 10)
    assert chain(found, ["layer.0", "layer.1"], "in-out") == (784, 300, 10)
    with pytest.raises(ValueError, match=r"they do when all"):
        chain(found, ["layer.0", "layer.1"])
    with pytest.raises(ValueError, match=r"do not form one chain"):
        chain(found, ["layer.0.T", "layer.1"])


@pytest.mark.parametrize(
    ("matrix", "bias"),
    [("a.weight", "a.bias"), ("W1", "b1"), ("w_in", "b_in"), ("W", "b")],
)
def test_the_bias_tells_the_layout(matrix, bias):
    found = {matrix: (784, 300), bias: (300,), "z": (300, 784)}
    with pytest.raises(ValueError, match=r"by its bias of 300 .* is stored as \(in, out\)"):
        chain(found, [matrix, "z"])
    assert chain(found, [matrix + ".T", "z.T"]) == (784, 300, 784)
    assert chain(found | {bias: (784,)}, ["z", matrix]) == (784, 300, 784)


@pytest.mark.parametrize(
    "found",
    [
        {"decoder.weight": (784, 300), "encoder.weight": (300, 784)},
        {"decoder.0": (5, 3), "decoder.2": (9, 5), "encoder.0": (5, 9), "encoder.2": (3, 5)},
        {"a": (1, 2), "b": (2, 1), "c": (3, 2), "d": (2, 3)},
    ],
)
def test_names_that_do_not_tell_the_order(found):
    with pytest.raises(ValueError, match="names do not tell the order"):
        chain(found)
    assert chain(found, list(found))


def test_a_name_may_come_twice():
    assert chain({"W": (300, 784)}, ["W", "W.T"]) == (784, 300, 784)
    assert chain({"W": (300, 784), "b": (300,)}, ["W", "W.T"]) == (784, 300, 784)
    assert chain({"W": (4, 4)}, ["W"] * 3) == (4, 4, 4, 4)


def test_a_name_that_ends_in_T_itself():
    found = {"a.T": (5, 2), "b": (1, 5), "b.T": (5, 9)}
    assert chain(found, ["a.T", "b"]) == (2, 5, 1)
    assert chain(found, ["b.T.T", "b.T"]) == (5, 9, 5)
    assert chain(found, ["b.T", "b"]) == (9, 5, 1)
    assert chain(found, ["a.T.T"]) == (5, 2)


@pytest.mark.parametrize("tensors", ["0.weight", b"0.weight", 3, [3], [None], [["0.weight"]]])
def test_tensors_of_another_type(tensors):
    with pytest.raises(TypeError, match="tensors must be"):
        chain(LENET, tensors)


@pytest.mark.parametrize(
    ("tensors", "part"),
    [
        ([], "there must be matrices"),
        (["1.weight"], "there is no tensor '1.weight'"),
        (["1.weight.T"], "there is no tensor '1.weight'"),
        ([""], "there is no tensor ''"),
        (["a\n\x1b"], r"there is no tensor 'a\n\x1b'"),
        (["0.bias"], "the vector '0.bias' does not follow a matrix"),
        (["0.bias.T"], "'0.bias' (300,) is no matrix"),
        (["0.weight", "4.weight"], "'4.weight' takes 100 inputs, '0.weight' gives 300"),
        (["4.weight", "2.weight", "0.weight"], "do not form one chain"),
    ],
)
def test_tensors_that_do_not_fit(tensors, part):
    with pytest.raises(ValueError, match="tensors=") as caught:
        chain(LENET, tensors)
    assert part in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_part_of_a_chain_may_be_picked():
    assert chain(LENET, ("2.weight", "4.weight")) == (300, 100, 10)
    assert chain(LENET, iter(["0.weight"])) == (784, 300)


def test_messages_stay_short():
    found = {f"block.{i}.{'x' * 500}\n.weight": (2, 3) for i in range(1000)}
    for tensors in (None, ["no"], [*found]):
        with pytest.raises(ValueError, match="and 988 more") as caught:
            chain(found, tensors)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 2500


def test_many_matrices_are_quickly_ordered(tmp_path):
    layers = {f"layers.{i}.weight": (i % 7 + 1, (i - 1) % 7 + 1) for i in range(1, 2001)}
    scrambled = dict(sorted(layers.items()))
    assert list(scrambled) != list(layers)
    assert chain(scrambled) == (1, *(i % 7 + 1 for i in range(1, 2001)))


MATRICES = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=5)


def widths_of(matrices):
    """Return the widths of matrices in this order, multiplied out, or None."""
    try:
        np.linalg.multi_dot([np.ones(m) for m in [*reversed(matrices), (matrices[0][1], 1)]])
    except ValueError:
        return None
    return (matrices[0][1], *(rows for rows, _ in matrices))


@FUZZ
@given(matrices=MATRICES)
def test_numbered_matrices_chain_when_they_multiply(matrices):
    found = {f"layer{i}": shape for i, shape in enumerate(matrices)}
    try:
        widths = chain(dict(reversed(found.items())))
    except ValueError:
        widths = None
    expected = widths_of(matrices)
    if expected is not None:
        assert widths == expected
    elif widths is not None:  # against the numbers only what the shapes alone determine
        orders = [
            p
            for p in itertools.permutations(range(len(matrices)))
            if widths_of([matrices[i] for i in p])
        ]
        assert len(orders) == 1
        assert widths == widths_of([matrices[i] for i in orders[0]])
        assert widths_of([shape[::-1] for shape in matrices]) is None


@FUZZ
@given(matrices=MATRICES)
def test_orders_are_counted_right(matrices):
    found = dict(zip(["up", "gate", "down", "proj", "head"], matrices, strict=False))
    orders = [p for p in itertools.permutations(matrices) if widths_of(p)]
    if len(orders) == 1:
        assert chain(found) == widths_of(orders[0])
    else:
        part = "do not tell the order" if orders else "do not form one chain"
        with pytest.raises(ValueError, match=part):
            chain(found)


@FUZZ
@given(matrices=MATRICES)
def test_under_other_names_no_second_chain_is_possible(matrices):
    found = dict(zip(["up", "gate", "down", "proj", "head"], matrices, strict=False))
    try:
        widths = chain(found)
    except ValueError:
        return
    orders = {widths_of(order) for order in itertools.permutations(matrices)}
    assert orders - {None} == {widths}


@FUZZ
@given(widths=st.lists(st.integers(1, 9), min_size=2, max_size=14), data=st.data())
def test_a_network_goes_through_both_formats(tmp_path, widths, data):
    transposed = data.draw(st.booleans())
    pairs = list(itertools.pairwise(widths))
    tensors = {
        f"layers.{i}.weight": np.zeros((a, b) if transposed else (b, a), np.float32)
        for i, (a, b) in enumerate(pairs)
    }
    biases = {f"layers.{i}.bias": np.zeros(b, np.float32) for i, (_, b) in enumerate(pairs)}
    picked = [name + ".T" for name in tensors] if transposed else None
    np.savez(tmp_path / "a.npz", **tensors, **biases)
    save_file(tensors | biases, tmp_path / "a.safetensors")
    for name in ("a.npz", "a.safetensors"):
        assert chain(shapes(tmp_path / name), picked) == tuple(widths)


# one block of a larger model


@pytest.fixture
def gpt2(tmp_path):
    """A file laid out like GPT-2: Conv1D weights as (in, out), causal masks of four dimensions."""
    tensors = {
        "wte.weight": (50, 8),
        "wpe.weight": (16, 8),
        "ln_f.weight": (8,),
        "ln_f.bias": (8,),
    }
    for i in range(12):
        tensors |= {
            f"h.{i}.ln_1.weight": (8,),
            f"h.{i}.ln_1.bias": (8,),
            f"h.{i}.attn.bias": (1, 1, 16, 16),
            f"h.{i}.attn.c_attn.weight": (8, 24),
            f"h.{i}.attn.c_attn.bias": (24,),
            f"h.{i}.attn.c_proj.weight": (8, 8),
            f"h.{i}.attn.c_proj.bias": (8,),
            f"h.{i}.mlp.c_fc.weight": (8, 32),
            f"h.{i}.mlp.c_fc.bias": (32,),
            f"h.{i}.mlp.c_proj.weight": (32, 8),
            f"h.{i}.mlp.c_proj.bias": (8,),
        }
    save_file(arrays(tensors), tmp_path / "gpt2.safetensors")
    return shapes(tmp_path / "gpt2.safetensors")


@pytest.fixture
def bert(tmp_path):
    """A file laid out like BERT: linear layers as (out, in), embeddings, a pooler."""
    prefix = "bert.embeddings"
    tensors = {
        f"{prefix}.word_embeddings.weight": (50, 8),
        f"{prefix}.position_embeddings.weight": (16, 8),
        f"{prefix}.LayerNorm.weight": (8,),
        f"{prefix}.position_ids": (1, 16),
        "bert.pooler.dense.weight": (8, 8),
        "bert.pooler.dense.bias": (8,),
    }
    for i in range(12):
        layer = f"bert.encoder.layer.{i}"
        for part in ("query", "key", "value"):
            tensors |= {f"{layer}.attention.self.{part}.weight": (8, 8)}
        tensors |= {
            f"{layer}.intermediate.dense.weight": (32, 8),
            f"{layer}.intermediate.dense.bias": (32,),
            f"{layer}.output.dense.weight": (8, 32),
            f"{layer}.output.dense.bias": (8,),
            f"{layer}.output.LayerNorm.weight": (8,),
        }
    np.savez(tmp_path / "bert.npz", **arrays(tensors))
    return shapes(tmp_path / "bert.npz")


@pytest.mark.parametrize("model", ["gpt2", "bert"])
def test_a_whole_transformer_is_no_chain(request, model):
    with pytest.raises(ValueError, match=r"matrices: '.* \([0-9]+, [0-9]+\).* more$"):
        chain(request.getfixturevalue(model))


def test_a_block_of_bert(bert):
    layer = "bert.encoder.layer.11"
    block = [f"{layer}.intermediate.dense.weight", f"{layer}.output.dense.weight"]
    assert chain(bert, block) == (8, 32, 8)
    with pytest.raises(ValueError, match=rf"matrices: '{block[0]}' \(32, 8\), '.*intermediate"):
        chain(bert, ["encoder.layer.11.intermediate.dense.weight", block[1]])


def test_a_block_of_gpt2(gpt2):
    block = ["h.0.mlp.c_fc.weight", "h.0.mlp.c_proj.weight"]
    assert chain(gpt2, [name + ".T" for name in block]) == (8, 32, 8)
    with pytest.raises(ValueError, match=r"by its bias of 32 entries 'h\.0\.mlp\.c_fc\.weight'"):
        chain(gpt2, block)
    with pytest.raises(ValueError, match="do not form one chain"):
        chain(gpt2, [block[0] + ".T", "h.0.attn.c_attn.weight.T"])


def test_without_biases_nothing_tells_the_layout_of_gpt2(gpt2):
    block = ["h.0.mlp.c_fc.weight", "h.0.mlp.c_proj.weight"]
    bare = {name: shape for name, shape in gpt2.items() if not name.endswith("bias")}
    assert chain(bare, block) == (32, 8, 32)
    assert chain(bare, [name + ".T" for name in block]) == (8, 32, 8)
