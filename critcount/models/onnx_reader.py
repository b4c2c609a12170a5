"""ONNX files, read operator by operator; nothing of the file is run."""

from __future__ import annotations

import os
import pathlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from critcount._support import checks
from critcount._support.extras import optional
from critcount.models import layers, onnx_operations
from critcount.models.onnx_node import Node
from critcount.models.onnx_routing import Places
from critcount.models.program import MOST_FOLDED, Program

__all__ = ["parse_shape", "read_onnx"]

#: Numbers from here on stand for infinity: a tensor that holds some is a mask.
MASKED = 1e30


def load_model(path: str | os.PathLike[str]) -> Any:
    """Return the model in a file.

    Raises
    ------
    ValueError
        One sentence: no ONNX file, truncated, or a file of weights beside it is missing.
    ImportError
        When onnx is not installed.
    """
    onnx = optional("onnx", "models", "ONNX files need onnx")
    DecodeError = optional("google.protobuf.message", "models", "ONNX files need onnx").DecodeError
    path = pathlib.Path(path)
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:  # a null byte, which no name of a file has
        raise ValueError(f"{checks.show(str(path))} is no name of a file: {error}") from error
    if not path.is_file() or size == 0:
        raise ValueError(f"{path} is no ONNX file: it is empty or no file")
    try:
        model = onnx.load(str(path), load_external_data=False)
    except (DecodeError, ValueError, RuntimeError, OSError) as error:
        raise ValueError(f"{path} is no ONNX file, or it is truncated") from error
    if not model.graph.node or not model.opset_import:
        raise ValueError(f"{path} is no ONNX file: it has no operators")
    external = [t for t in model.graph.initializer if t.data_location == t.EXTERNAL]
    if external:
        try:
            onnx.external_data_helper.load_external_data_for_model(model, str(path.parent))
        except Exception as error:
            where = {e.value for t in external for e in t.external_data if e.key == "location"}
            raise ValueError(
                f"{path} keeps its weights in {', '.join(sorted(where))[:200]}, "
                f"which cannot be read beside it"
            ) from error
    if model.functions:
        model = optional("onnx.inliner", "models", "ONNX files need onnx").inline_local_functions(
            model
        )
    return model


def read_onnx(
    path: str | os.PathLike[str], inputs: Mapping[str, Sequence[int]] | None = None
) -> tuple[Program, dict[str, np.ndarray], OnnxRunner]:
    """Return the program of an ONNX file, its parameters and a function that runs it.

    Parameters
    ----------
    path : path
    inputs : mapping of str to shape, optional
        Shapes of inputs that the file leaves open; of those that it fixes only what it says.

    Raises
    ------
    TypeError
        When a shape is no sequence of integers.
    ValueError
        When the file cannot be read, an input's shape is open or contradicts the file, or a
        tensor is malformed.
    """
    model = load_model(path)
    given = {
        name: checks.integers(f"the shape of the input {name}", shape, minimum=1)
        for name, shape in (inputs or {}).items()
    }
    try:
        reader = GraphReader(model, given, str(path))
        program = reader.read()
    except (IndexError, KeyError, TypeError, ZeroDivisionError, AttributeError) as error:
        raise ValueError(f"{path} is malformed: {type(error).__name__}: {error}") from error
    weights = {name: reader.arrays[name] for name in program.parameters}
    return program, weights, OnnxRunner(model, reader.shapes)


class MalformedError(ValueError):
    """The file contradicts itself."""


class GraphReader:
    """Reads the graph of a model into a `Program`."""

    def __init__(self, model: Any, inputs: Mapping[str, tuple[int, ...]], path: str) -> None:
        from onnx import numpy_helper

        self.model = model
        self.p = Program()
        self.path = path
        self.opset = {o.domain: o.version for o in model.opset_import}.get("", 1)
        self.env: dict[str, int] = {}
        self.places = Places(self)
        self.values: dict[str, np.ndarray] = {}
        self.arrays: dict[str, np.ndarray] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.given = inputs
        self.inferred = self._inferred()
        graph = model.graph
        try:
            stored = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        except (ValueError, RuntimeError, TypeError) as error:
            raise ValueError(f"{path} holds a tensor that cannot be read: {error}") from error
        uses = Counter(name for node in graph.node for name in node.input)
        fixed = self._constants(stored, uses)
        for name, array in stored.items():
            if name in fixed:
                self.values[name] = array
            else:
                self.arrays[name] = array
        unknown = set(inputs) - {i.name for i in graph.input}
        if unknown:
            raise ValueError(
                f"{path} has no input {sorted(unknown)[0]!r}; "
                f"its inputs are {', '.join(i.name for i in graph.input)[:200]}"
            )
        for value in graph.input:
            if value.name not in stored:
                self.env[value.name] = self.p.input(self._input_shape(value))

    def _input_shape(self, value: Any) -> tuple[int, ...]:
        name, known = value.name, value.type.tensor_type
        dims = known.shape.dim
        said = ",".join(str(d.dim_value or d.dim_param or "?") for d in dims)
        if name in self.given:
            shape = self.given[name]
            if known.HasField("shape") and (
                len(shape) != len(dims)
                or any(0 < d.dim_value != n for d, n in zip(dims, shape, strict=True))
            ):
                raise ValueError(
                    f"the input {name} of {self.path} has the axes ({said}), which the shape "
                    f"({','.join(map(str, shape))}) does not fit"
                )
        else:
            shape = tuple(d.dim_value for d in dims)
            if any(n <= 0 for n in shape) or not value.type.HasField("tensor_type"):
                ones = ",".join(str(d.dim_value or 1) for d in dims)
                raise ValueError(
                    f"the input {name} of {self.path} has open axes ({said}): "
                    f"say --input {name}={ones}"
                )
        self.shapes[name] = shape
        return shape

    def _inferred(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes that onnx infers: for operators not understood."""
        import onnx

        try:
            model = onnx.shape_inference.infer_shapes(self.model)
        except Exception:
            model = self.model
        result = {}
        for value in [*model.graph.value_info, *model.graph.output]:
            dims = value.type.tensor_type.shape.dim
            if all(d.dim_value > 0 for d in dims):
                result[value.name] = tuple(d.dim_value for d in dims)
        return result

    def _constants(self, stored: Mapping[str, np.ndarray], uses: Counter[str]) -> set[str]:
        """Return the names of stored tensors that are no parameters.

        Whole numbers, masks with infinities, single numbers, angles (what leads to a sine or
        cosine without an input), tables that multiply elementwise along two axes, and a vector of
        equal numbers that several operators share: exporters merge equal tensors.
        """
        fixed = set()
        for name, array in stored.items():
            if (
                (array.dtype.kind != "f" and array.dtype.name not in ("bfloat16",))
                or array.size < 2
                or (uses[name] > 1 and bool((array == array.flat[0]).all()))
                or not bool((np.abs(array.astype(np.float64)) < MASKED).all())
            ):
                fixed.add(name)
        made = {o: node for node in self.model.graph.node for o in node.output}
        kinds: dict[str, set[str]] = {}
        for node in self.model.graph.node:
            for name in node.input:
                kinds.setdefault(name, set()).add(node.op_type)
            if node.op_type in ("DequantizeLinear", "ConvInteger", "MatMulInteger", "QLinearConv"):
                fixed.difference_update(node.input[:1])
            if node.op_type == "DequantizeLinear":  # a zero point for each unit moves with it
                points = [n for n in node.input[2:3] if n in stored and stored[n].size > 1]
                fixed.difference_update(points)
        for name, array in stored.items():
            if kinds.get(name) == {"Mul"} and sum(n > 1 for n in array.shape) > 1:
                fixed.add(name)
        inputs = {i.name for i in self.model.graph.input} - set(stored)
        for node in self.model.graph.node:
            if node.op_type in ("Sin", "Cos"):
                seen, stack = set(), [node.input[0]]
                while stack:
                    name = stack.pop()
                    if name not in seen:
                        seen.add(name)
                        if name in made:
                            stack.extend(made[name].input)
                if not seen & inputs:
                    fixed |= seen & set(stored)
        return fixed

    def tensor(self, name: str) -> int:
        """Return the number of a named tensor."""
        if name not in self.env:
            if name in self.places.named:
                self.env[name] = self.places.plain(name)
            elif name in self.values:
                self.env[name] = self.p.constant(self.values[name])
            elif name in self.arrays:
                self.env[name] = self.p.parameter(name, self.arrays[name].shape)
            else:
                raise MalformedError(
                    f"{self.path} is malformed: nothing makes the tensor {name!r}"
                )
        return self.env[name]

    def read(self) -> Program:
        """Read every operator."""
        for node in self.model.graph.node:
            self.node(node)
        for value in self.model.graph.output:
            self.p.outputs.append(self.tensor(value.name))
        return self.p

    def node(self, proto: Any) -> None:
        """Read one operator."""
        node = Node(self, proto)
        self.p.place = f"{proto.op_type} {proto.name or proto.output[0]}"[:120]
        if node.kind in ("Shape", "Size"):
            name = node.inputs[0]
            named = name in self.places.named
            shape = self.places.shape(name) if named else self.p.shapes[node.tensor(0)]
            part = slice(node.settings.get("start", 0), node.settings.get("end"))
            told = int(np.prod(shape)) if node.kind == "Size" else shape[part]
            self.values[proto.output[0]] = np.array(told, np.int64)
            return
        if all(name in self.values for name in proto.input if name) and self.fold(proto):
            return
        standard = proto.domain in ("", "ai.onnx")
        if standard and self.places.read(node):
            return
        handler = onnx_operations.HANDLERS.get(node.kind)
        if handler is not None and proto.domain in ("", "ai.onnx", "com.microsoft"):
            before = len(self.p.operations)
            try:
                result = handler(node)
            except MalformedError:
                raise
            except layers.MisfitError as error:
                said = ", ".join(f"{n} ({','.join(map(str, s))})" for n, s in self.given.items())
                blamed = f"with the inputs {said}" if said else "is malformed"
                raise MalformedError(
                    f"{self.path} {blamed}: {proto.op_type} does not fit its inputs: {error}"
                ) from error
            except (NotImplementedError, ValueError):
                del self.p.operations[before:]
            else:
                results = result if isinstance(result, list) else [result]
                for name, number in zip(proto.output, results, strict=False):
                    if name:
                        self.env[name] = number
                return
        shapes = []
        for name in proto.output:
            if name and name not in self.inferred:
                raise ValueError(
                    f"{self.path}: the operator {proto.op_type} is not understood and the shape "
                    f"of what it makes is not known: write the shape of {name} into the file"
                )
            shapes.append(self.inferred.get(name, ()))
        inputs = [self.tensor(name) for name in proto.input if name]
        for attribute in proto.attribute:  # tensors that a branch or loop reads from outside
            for graph in [attribute.g, *attribute.graphs]:
                names = {name for inner in graph.node for name in inner.input}
                known = {*self.env, *self.arrays}
                inputs += [self.tensor(name) for name in sorted(names & known)]
        for name, number in zip(proto.output, self.p.unknown(inputs, shapes), strict=True):
            self.env[name] = number

    def fold(self, proto: Any) -> bool:
        """Compute an operator on constants."""
        from onnx.reference import ReferenceEvaluator

        if proto.op_type in ("If", "Loop", "Scan") or proto.op_type.startswith("Random"):
            return False
        shape = self.inferred.get(proto.output[0])
        if shape is not None and np.prod(shape, dtype=float) > MOST_FOLDED:
            return False
        if proto.op_type in ("ConstantOfShape", "Expand", "Tile", "Range"):
            target = self.values[proto.input[0 if proto.op_type == "ConstantOfShape" else 1]]
            if proto.op_type == "Range":
                start, stop, step = (float(self.values[name]) for name in proto.input)
                if (stop - start) / step > MOST_FOLDED:
                    return False
            elif np.prod(target.astype(float)) > MOST_FOLDED:
                return False
        try:
            evaluator = ReferenceEvaluator(
                proto, opsets={o.domain: o.version for o in self.model.opset_import}
            )
            results = evaluator.run(None, {n: self.values[n] for n in proto.input if n})
        except Exception:
            return False
        for name, value in zip(proto.output, results, strict=True):
            self.values[name] = np.asarray(value)
        return True


class OnnxRunner:
    """Runs a model in float64 with other parameters, by onnx's reference evaluator."""

    def __init__(self, model: Any, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self.model = model
        self.shapes = shapes

    def inputs(self) -> list[np.ndarray]:
        """Return random inputs of the shapes read; whole numbers are 0 or 1."""
        rng = np.random.default_rng(0)
        result: list[np.ndarray] = []
        types = {i.name: i.type.tensor_type.elem_type for i in self.model.graph.input}
        for name, shape in self.shapes.items():
            if types[name] in (1, 10, 11, 16):
                result.append(rng.standard_normal(shape))
            elif types[name] == 9:
                result.append(np.ones(shape, np.bool_))
            else:
                kind = np.int32 if types[name] == 6 else np.int64
                result.append(rng.integers(0, 2, shape).astype(kind))
        return result

    def __call__(
        self, weights: Mapping[str, np.ndarray], inputs: Sequence[np.ndarray]
    ) -> list[np.ndarray]:
        """Return the outputs."""
        from onnx.reference import ReferenceEvaluator

        try:
            evaluator = ReferenceEvaluator(self._wide(weights))
            results = evaluator.run(None, dict(zip(self.shapes, inputs, strict=True)))
        except (RuntimeError, NotImplementedError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise ValueError(f"the model cannot be run by onnx's evaluator: {reason}") from error
        return [np.asarray(r, np.float64) for r in results]

    def _wide(self, weights: Mapping[str, np.ndarray]) -> Any:
        """Return the model with other parameters, every narrower float a double."""
        import onnx
        from onnx import TensorProto, numpy_helper

        narrow = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16)
        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        graph = model.graph

        def widened(tensor: Any) -> Any:
            if tensor.data_type not in narrow:
                return tensor
            array = numpy_helper.to_array(tensor).astype(np.float64)
            return numpy_helper.from_array(array, tensor.name)

        stored = [
            numpy_helper.from_array(np.ascontiguousarray(weights[t.name]), t.name)
            if t.name in weights
            else widened(t)
            for t in graph.initializer
        ]
        del graph.initializer[:]
        graph.initializer.extend(stored)
        for value in graph.input:
            if value.type.tensor_type.elem_type in narrow:
                value.type.tensor_type.elem_type = TensorProto.DOUBLE
        del graph.value_info[:]
        for node in graph.node:
            for attribute in node.attribute:
                if attribute.HasField("t"):
                    attribute.t.CopyFrom(widened(attribute.t))
                if attribute.name in ("to", "dtype") and attribute.i in narrow:
                    attribute.i = TensorProto.DOUBLE
            if node.op_type == "Constant":
                for attribute in node.attribute:
                    if attribute.name in ("value_float", "value_floats"):
                        values = (
                            attribute.f if attribute.name == "value_float" else attribute.floats
                        )
                        tensor = numpy_helper.from_array(np.array(values, np.float64))
                        attribute.CopyFrom(onnx.helper.make_attribute("value", tensor))
        return model


def parse_shape(text: str) -> tuple[str, tuple[int, ...]]:
    """Return name and shape of ``name=1,3,64,64``.

    >>> parse_shape("x=1,3,8,8")
    ('x', (1, 3, 8, 8))
    """
    name, _, shape = text.rpartition("=")
    if not name or not re.fullmatch(r"[0-9]{1,9}([,x][0-9]{1,9})*", shape):
        raise ValueError(f"an input must be given as name=1,3,64,64, not {checks.show(text)}")
    return name, tuple(int(n) for n in re.split("[,x]", shape))
