"""ONNX files: orders known by hand, proofs, files that cannot be read."""

from __future__ import annotations

import math
import pathlib
from fractions import Fraction

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from critcount import Architecture
from critcount.models import Symmetry

FILES = pathlib.Path(__file__).parents[1] / "fixtures" / "models"
f = math.factorial
ORDERS = {
    "mlp": f(5) * f(4),
    "residual": f(6) * f(4),
    "grouped": 2 * f(3) ** 3,  # the groups, channels before and in each of them
    "lstm": f(4),
    "gru": f(4),
    "vit": f(4) * f(6) * f(2) * f(2) ** 4,  # residual, MLP, heads, two dimensions of each
    "llama": f(8) * f(6) * f(2) * f(2) ** 2 * f(4) ** 2,  # rotary: no query-key dimensions
    "gpt2": f(6) * f(24) * f(2) * f(3) ** 4,
    "beside": f(7),
}


@pytest.mark.parametrize("name", ORDERS)
def test_the_order_is_known_and_proved(name):
    symmetry = Symmetry.from_onnx(FILES / f"{name}.onnx")
    assert symmetry.gaps == ()
    assert symmetry.order == ORDERS[name]
    proof = symmetry.prove(np.random.default_rng(0))
    assert proof.holds
    assert proof.moved == 1
    assert proof.relative < 1e-13


def test_a_wrong_permutation_is_seen():
    """The inputs of the first layer are pinned: exchanging two changes the outputs."""
    symmetry = Symmetry.from_onnx(FILES / "mlp.onnx")
    weights = dict(symmetry.weights)
    inputs = symmetry.run.inputs()
    before = symmetry.run(weights, inputs)[0]
    name = next(n for n, w in weights.items() if 3 in w.shape)
    weights[name] = weights[name].take([1, 0, 2], axis=weights[name].shape.index(3))
    assert np.abs(symmetry.run(weights, inputs)[0] - before).max() > 1e-6


def test_an_architecture_and_a_file_agree():
    symmetry = Symmetry.from_onnx(FILES / "mlp.onnx")
    architecture = Symmetry.from_architecture(Architecture.parse("3-5-4-2"))
    assert symmetry.order == architecture.order
    for order in (1, 2, 3):
        assert symmetry.permutation_points(order) == architecture.permutation_points(order)


def test_families_name_tensors_and_axes():
    families = Symmetry.from_onnx(FILES / "residual.onnx").families
    by_size = {family.size: family for family in families}
    assert set(by_size) == {4, 6}
    assert ("a.weight", (0,)) in by_size[4].parameters
    assert ("b.weight", (1,)) in by_size[4].parameters
    assert ("head.weight", (1,)) in by_size[6].parameters
    assert by_size[4].permutation_points(1) == Fraction(3, 2)


def test_units_under_a_norm_are_not_duplicable():
    families = Symmetry.from_onnx(FILES / "llama.onnx").families
    residual = next(family for family in families if family.size == 8)
    assert not residual.duplicable
    with pytest.raises(ValueError, match="cannot be duplicated"):
        residual.permutation_points(1)


def _model(nodes, shape=(1, 3), initialisers=(), outputs=("y",)):
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in outputs],
        [numpy_helper.from_array(a.astype(np.float32), n) for n, a in initialisers],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])


RNG = np.random.default_rng(5)
LAYERS = [("w", RNG.standard_normal((3, 4))), ("v", RNG.standard_normal((4, 2)))]


def _two_layers(between):
    return [
        helper.make_node("MatMul", ["x", "w"], ["h"]),
        between,
        helper.make_node("MatMul", ["k", "v"], ["y"]),
    ]


def test_an_unknown_operator_pins_what_it_reads(tmp_path):
    """The order falls to 1 and the gap is named."""
    nodes = _two_layers(helper.make_node("Secret", ["h"], ["k"], domain="my.own"))
    model = _model(nodes, initialisers=LAYERS)
    model.opset_import.append(helper.make_opsetid("my.own", 1))
    model.graph.value_info.append(helper.make_tensor_value_info("k", TensorProto.FLOAT, (1, 4)))
    onnx.save(model, tmp_path / "m.onnx")
    symmetry = Symmetry.from_onnx(tmp_path / "m.onnx")
    assert symmetry.order == 1
    assert len(symmetry.gaps) == 1
    assert "Secret" in symmetry.gaps[0][0]


def test_units_that_end_in_one_sum_are_free(tmp_path):
    nodes = _two_layers(helper.make_node("Tanh", ["h"], ["k"]))
    onnx.save(_model(nodes, initialisers=LAYERS), tmp_path / "m.onnx")
    assert Symmetry.from_onnx(tmp_path / "m.onnx").order == 24


def test_open_axes_are_asked_for(tmp_path):
    nodes = _two_layers(helper.make_node("Tanh", ["h"], ["k"]))
    onnx.save(_model(nodes, ("batch", 3), LAYERS), tmp_path / "m.onnx")
    with pytest.raises(ValueError, match=r"open axes \(batch,3\): say --input x=1,3"):
        Symmetry.from_onnx(tmp_path / "m.onnx")
    assert Symmetry.from_onnx(tmp_path / "m.onnx", {"x": (5, 3)}).order == 24


@pytest.mark.parametrize(
    ("shape", "error", "said"),
    [
        ((7, 3), ValueError, r"has the axes \(5,3\), which the shape \(7,3\) does not fit"),
        ((2, 5, 3), ValueError, r"has the axes \(5,3\), which the shape \(2,5,3\) does not fit"),
        ((5.0, 3), TypeError, r"the shape of the input x\[0\] must be an integer, not 5.0"),
        ((0, 3), ValueError, r"the shape of the input x\[0\] must be at least 1, not 0"),
        ("53", TypeError, "the shape of the input x must be a sequence of integers, not '53'"),
    ],
)
def test_a_shape_that_the_file_contradicts_or_that_is_none(tmp_path, shape, error, said):
    nodes = _two_layers(helper.make_node("Tanh", ["h"], ["k"]))
    onnx.save(_model(nodes, (5, 3), LAYERS), tmp_path / "m.onnx")
    with pytest.raises(error, match=said) as caught:
        Symmetry.from_onnx(tmp_path / "m.onnx", {"x": shape})
    assert "malformed" not in str(caught.value)
    assert Symmetry.from_onnx(tmp_path / "m.onnx", {"x": (5, 3)}).order == 24


def test_a_shape_that_the_operators_refuse_is_not_blamed_on_the_file(tmp_path):
    nodes = _two_layers(helper.make_node("Tanh", ["h"], ["k"]))
    onnx.save(_model(nodes, ("batch", "features"), LAYERS), tmp_path / "m.onnx")
    with pytest.raises(ValueError, match=r"m.onnx with the inputs x \(5,4\): MatMul does not fit"):
        Symmetry.from_onnx(tmp_path / "m.onnx", {"x": (5, 4)})


def test_a_null_byte_is_no_name_of_a_file():
    with pytest.raises(ValueError, match=r"'a.x00b' is no name of a file"):
        Symmetry.from_onnx("a\0b")


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x07"])
def test_no_model_is_one_sentence(tmp_path, content):
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(ValueError, match="no ONNX file"):
        Symmetry.from_onnx(tmp_path / "m.onnx")


def test_every_truncated_file_is_one_sentence_or_read(tmp_path):
    whole = (FILES / "mlp.onnx").read_bytes()
    for length in range(0, len(whole), 37):
        (tmp_path / "m.onnx").write_bytes(whole[:length])
        with pytest.raises(ValueError):  # noqa: PT011 - any of the sentences
            Symmetry.from_onnx(tmp_path / "m.onnx")


def test_missing_external_data(tmp_path):
    model = onnx.load(FILES / "mlp.onnx")
    onnx.save(
        model, tmp_path / "m.onnx", save_as_external_data=True, location="w.bin", size_threshold=0
    )
    assert Symmetry.from_onnx(tmp_path / "m.onnx").order == f(5) * f(4)
    (tmp_path / "w.bin").unlink()
    with pytest.raises(ValueError, match=r"weights in w\.bin"):
        Symmetry.from_onnx(tmp_path / "m.onnx")


def test_a_branch_is_a_gap(tmp_path):
    """Control flow is not followed: what the branches read is pinned."""

    def branch(op):
        node = helper.make_node(op, ["h"], [f"{op}_out"])
        out = helper.make_tensor_value_info(f"{op}_out", TensorProto.FLOAT, (1, 4))
        return helper.make_graph([node], op, [], [out])

    nodes = _two_layers(
        helper.make_node(
            "If", ["c"], ["k"], then_branch=branch("Tanh"), else_branch=branch("Relu")
        )
    )
    nodes.insert(0, helper.make_node("Cast", ["s"], ["c"], to=TensorProto.BOOL))
    nodes.insert(0, helper.make_node("ReduceSum", ["x"], ["s"], keepdims=0))
    model = _model(nodes, initialisers=LAYERS)
    model.graph.value_info.append(helper.make_tensor_value_info("k", TensorProto.FLOAT, (1, 4)))
    onnx.save(model, tmp_path / "m.onnx")
    symmetry = Symmetry.from_onnx(tmp_path / "m.onnx")
    assert symmetry.order == 1
    assert symmetry.gaps


def test_equal_biases_that_an_exporter_merged(tmp_path):
    """One vector of zeros for two layers ties nothing."""
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["h"]),
        helper.make_node("Tanh", ["h"], ["k"]),
        helper.make_node("Gemm", ["k", "v", "b"], ["i"]),
        helper.make_node("Tanh", ["i"], ["j"]),
        helper.make_node("MatMul", ["j", "u"], ["y"]),
    ]
    stored = [
        ("w", RNG.standard_normal((3, 4))),
        ("v", RNG.standard_normal((4, 4))),
        ("u", RNG.standard_normal((4, 1))),
    ]
    onnx.save(_model(nodes, initialisers=[*stored, ("b", np.zeros(4))]), tmp_path / "m.onnx")
    assert Symmetry.from_onnx(tmp_path / "m.onnx").order == f(4) ** 2
    onnx.save(
        _model(nodes, initialisers=[*stored, ("b", RNG.standard_normal(4))]), tmp_path / "m.onnx"
    )
    assert Symmetry.from_onnx(tmp_path / "m.onnx").order == f(4)


def _quantised(scales, opset):
    """Two layers whose first weights are int8, scale and zero point for each unit or for all."""
    nodes = [
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["w"], axis=1),
        *_two_layers(helper.make_node("Tanh", ["h"], ["k"])),
    ]
    model = _model(nodes, initialisers=[("v", LAYERS[1][1]), ("s", scales)])
    zeros = np.arange(np.size(scales), dtype=np.int8).reshape(np.shape(scales))
    model.opset_import[0].version = opset
    weights = RNG.integers(-99, 99, (3, 4)).astype(np.int8)
    model.graph.initializer.extend(
        [numpy_helper.from_array(weights, "q"), numpy_helper.from_array(zeros, "z")]
    )
    return model


@pytest.mark.parametrize("scales", [np.array(0.1), np.array([0.1, 0.2, 0.3, 0.4])])
def test_quantised_weights_are_no_wrong_symmetry(tmp_path, scales):
    onnx.save(_quantised(scales, 21), tmp_path / "m.onnx")
    symmetry = Symmetry.from_onnx(tmp_path / "m.onnx")
    assert symmetry.order == 24
    assert symmetry.prove(np.random.default_rng(0)).holds


def test_a_model_that_cannot_be_run_is_one_sentence(tmp_path):
    onnx.save(_quantised(np.array(0.1), 18), tmp_path / "m.onnx")
    symmetry = Symmetry.from_onnx(tmp_path / "m.onnx")
    assert symmetry.order == 24
    with pytest.raises(ValueError, match="cannot be run by onnx's evaluator: No implementation"):
        symmetry.prove(np.random.default_rng(0))


CONTRADICTORY = {
    "a matrix of another height": (
        _two_layers(helper.make_node("Tanh", ["h"], ["k"])),
        [("w", np.ones((2, 4))), LAYERS[1]],
        "malformed: MatMul does not fit its inputs",
    ),
    "a tensor that nothing makes": (
        _two_layers(helper.make_node("Tanh", ["g"], ["k"])),
        LAYERS,
        "malformed: nothing makes the tensor 'g'",
    ),
    "a circle": (
        _two_layers(helper.make_node("Add", ["h", "y"], ["k"])),
        LAYERS,
        "malformed: nothing makes the tensor 'y'",
    ),
    "an own operator of unknown shape": (
        _two_layers(helper.make_node("Secret", ["h"], ["k"], domain="my.own")),
        LAYERS,
        "the shape of what it makes is not known: write the shape of k",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTORY)
def test_contradictory_files_are_one_sentence(name, tmp_path):
    nodes, stored, message = CONTRADICTORY[name]
    model = _model(nodes, initialisers=stored)
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ValueError, match=message) as caught:
        Symmetry.from_onnx(tmp_path / "m.onnx")
    assert "\n" not in str(caught.value)


def test_half_precision(tmp_path):
    nodes = [
        helper.make_node("Cast", ["w16"], ["w"], to=TensorProto.FLOAT),
        *_two_layers(helper.make_node("Tanh", ["h"], ["k"])),
    ]
    model = _model(nodes, initialisers=LAYERS[1:])
    model.graph.initializer.append(numpy_helper.from_array(LAYERS[0][1].astype(np.float16), "w16"))
    onnx.save(model, tmp_path / "m.onnx")
    symmetry = Symmetry.from_onnx(tmp_path / "m.onnx")
    assert symmetry.order == 24
    assert symmetry.prove(np.random.default_rng(0)).holds


@pytest.mark.parametrize(
    ("dims", "data"),
    [([3, -4], b""), ([3, 4], b"12"), ([2**40, 2**40], b""), ([3, 5], b"\0" * 60)],
)
def test_hostile_tensors_are_one_sentence(tmp_path, dims, data):
    model = _model(_two_layers(helper.make_node("Tanh", ["h"], ["k"])), initialisers=LAYERS[1:])
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=dims, raw_data=data)
    model.graph.initializer.append(tensor)
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - any of the sentences
        Symmetry.from_onnx(tmp_path / "m.onnx")
    assert "\n" not in str(caught.value)
