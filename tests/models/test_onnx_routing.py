"""Experts chosen by index in ONNX graphs: they move together with the columns of the router."""

from __future__ import annotations

import math

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from critcount.models import Symmetry

ROWS, INPUTS, EXPERTS, UNITS, BEST = 6, 5, 4, 3, 2
FULL = math.factorial(EXPERTS) * math.factorial(UNITS) ** EXPERTS
RNG = np.random.default_rng(0)
HEAD = [
    helper.make_node("MatMul", ["x", "router"], ["logits"]),
    helper.make_node("Softmax", ["logits"], ["score"], axis=-1),
    helper.make_node("TopK", ["score", "best"], ["values", "places"], axis=-1),
]
#: What each expert makes of each row, and the sum over experts that `gate` weighs.
TAIL = [
    helper.make_node("Einsum", ["x", "up"], ["inner"], equation="ni,eui->neu"),
    helper.make_node("Tanh", ["inner"], ["hidden"]),
    helper.make_node("Einsum", ["hidden", "down"], ["every"], equation="neu,eou->neo"),
    helper.make_node("Einsum", ["gate", "every"], ["y"], equation="ne,neo->no"),
]
NUMBERS = {
    "best": np.array([BEST]),
    "experts": np.array(EXPERTS),
    "off_on": np.array([0.0, 1.0], np.float32),
    "every_expert": np.arange(EXPERTS)[None, None],
    "some_experts": np.arange(EXPERTS)[None, None] % 3,
    "last": np.array([2]),
    "one": np.array([1]),
    "zero": np.zeros(1, np.float32),
    "rows": np.array([ROWS, EXPERTS]),
    "flat": np.array([-1]),
    "pairs": np.array([ROWS, BEST]),
}


def node(kind, inputs, output, **settings):
    return helper.make_node(kind, inputs.split(), [output], **settings)


SCORED = [node("ReduceSum", "chosen one", "kept", keepdims=0), node("Mul", "kept score", "gate")]
HOT = [node("OneHot", "places experts off_on", "chosen"), *SCORED]
EQUAL = [
    node("Unsqueeze", "places last", "wide"),
    node("Equal", "wide every_expert", "same"),
    node("Cast", "same", "chosen", to=TensorProto.FLOAT),
    *SCORED,
]
HOT_BEFORE = [
    node("OneHot", "places experts off_on", "chosen", axis=1),
    node("ReduceSum", "chosen last", "kept", keepdims=0),
    node("Mul", "kept score", "gate"),
]
SCATTERED = [
    node("Expand", "zero rows", "empty"),
    node("ScatterElements", "empty places values", "gate", axis=1),
]
GATHERED = [
    node("GatherElements", "logits places", "again", axis=1),
    node("Softmax", "again", "shares", axis=-1),
    node("Expand", "zero rows", "empty"),
    node("ScatterElements", "empty places shares", "gate", axis=1),
]
RESHAPED = [
    node("Cast", "places", "narrow", to=TensorProto.INT32),
    node("Reshape", "narrow flat", "line"),
    node("Shape", "places", "shape"),
    node("Reshape", "line shape", "again"),
    node("OneHot", "again experts off_on", "chosen"),
    *SCORED,
]
BEST_ONE = [
    node("ArgMax", "score", "first", axis=1, keepdims=0),
    node("OneHot", "first experts off_on", "kept"),
    node("Mul", "kept score", "gate"),
]
FOLLOWED = {
    "one hot": HOT,
    "one hot before": HOT_BEFORE,
    "compared": EQUAL,
    "scattered": SCATTERED,
    "gathered": GATHERED,
    "reshaped": RESHAPED,
    "the best": BEST_ONE,
}
AS_NUMBERS = [
    node("Cast", "places", "number", to=TensorProto.FLOAT),
    node("ReduceSum", "number one", "total", keepdims=1),
    node("Mul", "total score", "gate"),
]
LOOKED_UP = [
    node("Gather", "share places", "parts", axis=0),
    node("ReduceSum", "parts one", "total", keepdims=1),
    node("Mul", "total score", "gate"),
]
OTHERS = [
    node("Unsqueeze", "places last", "wide"),
    node("Equal", "wide some_experts", "same"),
    node("Cast", "same", "chosen", to=TensorProto.FLOAT),
    *SCORED,
]
PINNED = {"as numbers": AS_NUMBERS, "looked up": LOOKED_UP, "compared with others": OTHERS}


def read(middle, path):
    shapes = {
        "router": (INPUTS, EXPERTS),
        "up": (EXPERTS, UNITS, INPUTS),
        "down": (EXPERTS, 2, UNITS),
        "share": (EXPERTS,),
    }
    used = {name for n in middle for name in n.input}
    stored = {
        name: RNG.standard_normal(shape).astype(np.float32)
        for name, shape in shapes.items()
        if name != "share" or name in used
    }
    graph = helper.make_graph(
        [*HEAD, *middle, *TAIL],
        "experts",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (ROWS, INPUTS))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, (ROWS, 2))],
        [numpy_helper.from_array(v, k) for k, v in {**stored, **NUMBERS}.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return Symmetry.from_onnx(path)


@pytest.mark.parametrize("name", FOLLOWED)
def test_experts_move_with_the_router(name, tmp_path):
    symmetry = read(FOLLOWED[name], tmp_path / "m.onnx")
    assert (symmetry.order, symmetry.gaps) == (FULL, ())
    proof = symmetry.prove(np.random.default_rng(0))
    assert proof.holds
    assert proof.moved == 1


@pytest.mark.parametrize("name", PINNED)
def test_other_uses_of_places_pin_the_experts(name, tmp_path):
    symmetry = read(PINNED[name], tmp_path / "m.onnx")
    assert symmetry.order == math.factorial(UNITS) ** EXPERTS
    assert "chosen by their values" in symmetry.gaps[0][1]
    assert symmetry.prove(np.random.default_rng(0)).holds
