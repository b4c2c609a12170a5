"""The permutation symmetry of a model: its exact order, families, random elements, proof."""

from __future__ import annotations

import itertools
import math
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from critcount._support import checks, markup
from critcount._support.numerals import factorial
from critcount.architecture import ArchitectureLike, as_architecture
from critcount.models.config_reader import build
from critcount.models.elements import Relabelling, Segments, axis_groups, label_images, real_names
from critcount.models.families import Found, Members, UnitFamily, walk_families
from critcount.models.labels import Labels
from critcount.models.parallel import merge_parallel_layers
from critcount.models.program import Program, label_tensors
from critcount.models.proofs import Forward, Proof, prove
from critcount.models.refine import Contracted, contract
from critcount.models.slots import Gap
from critcount.models.space import Space
from critcount.models.states import View, contiguous
from critcount.models.tree import Draw, Follower, Part, Solver

__all__ = ["Symmetry"]

#: Sums that let a unit be split in two: the copies' outgoing weights add up.
SPLIT = frozenset({"linear", "bilinear"})


@dataclass(slots=True)
class Symmetry:
    """The permutations of a model's parameters that leave its function unchanged.

    Made by `Symmetry.from_onnx`, `Symmetry.from_torch`, `Symmetry.from_architecture`.

    Attributes
    ----------
    program : Program
        The model, parallel layers written as one.
    original : Program
        The model that was read.
    gaps : tuple of (place, reason)
        Operations that were not understood. Their labels are pinned, so that the group found is
        a subgroup; with gaps the order is a lower bound.
    weights : mapping or None
        The model's parameters, where they are known.
    run : callable or None
        Runs the model in float64, where that is possible.
    fixed : tuple of str
        Parameters that no element moves.

    Notes
    -----
    The group is that of permutations of units *within* tensors and, where parallel layers
    that read one input were merged, across them. It is the full group for generic weights as far
    as the operations are understood; the symmetries of special weights are not in it.
    Where places along an axis matter (windows, sums that run, reflected or cut edges) its
    coordinates are held in place, and the arguments of a commutative operation keep their order:
    exchanges that only these would allow are left out without a gap; so are exchanges of equal
    copies of one feature and of units that constant indices gather.

    Examples
    --------
    >>> from critcount import Architecture
    >>> s = Symmetry.from_architecture(Architecture.parse("3-4-2-1"))
    >>> s.order, dict(s.factors), s.permutation_points(1)
    (48, {4: 1, 2: 1}, Fraction(2, 1))
    """

    program: Program
    original: Program
    gaps: tuple[Gap, ...]
    weights: Mapping[str, np.ndarray] | None
    run: Forward | None
    _space: Space
    _contracted: Contracted
    _solver: Solver
    _root: Part
    fixed: tuple[str, ...] = ()

    @classmethod
    def of_program(
        cls,
        program: Program,
        weights: Mapping[str, np.ndarray] | None = None,
        run: Forward | None = None,
        *,
        across: bool = True,
        fixed: Sequence[str] = (),
    ) -> Symmetry:
        """Return the symmetry of a program, or only that within tensors (not `across`).

        Elements that move a parameter named in `fixed` (of a frozen layer) are left out;
        exchanges across tensors are then not looked for.

        Raises
        ------
        TypeError
            When `fixed` is no sequence of names.
        ValueError
            When the model has no parameter of a name.

        Complexity: linear in operations times labels touched, and N log N in the labels.
        """
        original = program
        names = _names(fixed, program)
        if across and not names:
            program = merge_parallel_layers(program) or program
        space = label_tensors(program)
        for name in names:
            for _, state in space.structure.get(name, ()):
                for slot in state.slots:
                    space.graph.pin(slot)
        contracted = contract(space.graph)
        solver = Solver(contracted)
        root = solver.solve()
        gaps = list(space.gaps)
        if solver.pinned:
            gaps.append(
                ("group", f"{solver.pinned} coordinates of an intricate structure are pinned")
            )
        parts = (space, contracted, solver, root)
        return cls(program, original, tuple(gaps), weights, run, *parts, names)

    @classmethod
    def from_architecture(
        cls, architecture: ArchitectureLike, *, fixed: Sequence[str] = ()
    ) -> Symmetry:
        """Return the symmetry of a fully connected network, hidden layers with one activation.

        Parameters
        ----------
        architecture : Architecture, str or sequence of int
        fixed : sequence of str
            Parameters that must not move, of ``layers.0.weight``, ``layers.0.bias``, ...

        Raises
        ------
        TypeError, ValueError
            When `architecture` is none.

        Examples
        --------
        >>> Symmetry.from_architecture("3-4-2-1", fixed=["layers.0.weight"]).order
        2
        """
        widths = as_architecture(architecture).widths
        program = Program()
        x = program.input((2, widths[0]))
        for k, (n_in, n_out) in enumerate(itertools.pairwise(widths)):
            w = program.parameter(f"layers.{k}.weight", (n_out, n_in))
            b = program.parameter(f"layers.{k}.bias", (n_out,))
            x = program.emit("linear", [x, w], (2, n_out))
            x = program.combine([x, b], "add")
            if k < len(widths) - 2:
                x = program.combine([x], "activation")
        program.outputs.append(x)
        return cls.of_program(program, fixed=fixed)

    @classmethod
    def from_onnx(
        cls,
        path: str | os.PathLike[str],
        inputs: Mapping[str, Sequence[int]] | None = None,
        *,
        fixed: Sequence[str] = (),
    ) -> Symmetry:
        """Return the symmetry of the model in an ONNX file; see `critcount.models.onnx_reader`."""
        from critcount.models.onnx_reader import read_onnx

        program, weights, run = read_onnx(path, inputs)
        return cls.of_program(program, weights, run, fixed=fixed)

    @classmethod
    def from_torch(
        cls,
        model: Any,
        example: Sequence[Any],
        kwargs: Mapping[str, Any] | None = None,
        *,
        fixed: Sequence[str] = (),
    ) -> Symmetry:
        """Return the symmetry of a torch module; see `critcount.models.torch_reader`."""
        from critcount.models.torch_reader import read_torch

        program, weights, run = read_torch(model, example, kwargs)
        return cls.of_program(program, weights, run, fixed=fixed)

    @classmethod
    def from_config(cls, path: str | os.PathLike[str], *, fixed: Sequence[str] = ()) -> Symmetry:
        """Return the symmetry of a Hugging Face ``config.json``; no weights are needed.

        Parameters have the names that `families` shows.
        """
        model, example, kwargs = build(path)
        return cls.from_torch(model, example, kwargs, fixed=fixed)

    @property
    def within(self) -> Symmetry:
        """The symmetry without exchanges of units of different tensors."""
        if self.program is self.original:
            return self
        return Symmetry.of_program(self.original, self.weights, self.run, across=False)

    # ---- counts ------------------------------------------------------------------------------

    @property
    def factors(self) -> Counter[int]:
        """How often each n! occurs in the order, the largest n first."""
        found = sorted(self._root.factorials().items(), reverse=True)
        return Counter({n: t for n, t in found if n > 1})

    @property
    def orbits(self) -> Counter[int]:
        """How often a plain factor n, which is no factorial, occurs in the order."""
        return Counter({-n: t for n, t in self._root.factorials().items() if n < -1})

    @property
    def order(self) -> int:
        """The order of the group, exact."""
        result = 1
        for n, times in self.factors.items():
            result *= int(factorial(n)) ** times
        for n, times in self.orbits.items():
            result *= n**times
        return result

    @property
    def log10(self) -> float:
        """The decimal logarithm of the order, without the order itself."""
        terms = [t * math.lgamma(n + 1) for n, t in self.factors.items()]
        terms += [t * math.log(n) for n, t in self.orbits.items()]
        return math.fsum(terms) / math.log(10)

    def permutation_points(self, order: int) -> Fraction:
        """Return by what factor permutation points outnumber the minima, K collisions in a family.

        Σ C(n-K, K)/2^K over the families whose units can be duplicated; the others have none of
        this kind.

        Parameters
        ----------
        order : int
            K, at least 1.

        See Also
        --------
        critcount.permutation_point_factor : for a fully connected network, in three ways.
        """
        order = checks.integer("order", order, minimum=1)
        return sum(
            (f.permutation_points(order) for f in self.families if f.duplicable), Fraction(0)
        )

    # ---- families ----------------------------------------------------------------------------

    @property
    def families(self) -> tuple[UnitFamily, ...]:
        """The families of interchangeable units, those of equal kind in one."""
        found = list(walk_families(self._root))
        members = Members(len(self._contracted.colour), found, self._solver.followers)
        touched = self._touched(members, len(found))
        sums, functions = self._sums(members, found)
        result = []
        names: Counter[str] = Counter()
        for k, family in enumerate(found):
            parameters = tuple(sorted(touched[k].items()))
            name = next(iter(touched[k]), f"family {k}")
            names[name] += 1
            if names[name] > 1:
                name = f"{name} ({names[name]})"
            kinds = tuple(sorted(sums[k]))
            result.append(
                UnitFamily(
                    name,
                    family.size,
                    family.copies,
                    family.structure,
                    parameters,
                    kinds,
                    bool(kinds) and set(kinds) <= SPLIT,
                    _continuous(family, kinds, functions[k]),
                )
            )
        return tuple(result)

    def _touched(self, members: Members, count: int) -> list[dict[str, tuple[int, ...]]]:
        result: list[dict[str, tuple[int, ...]]] = [{} for _ in range(count)]
        for name, parts in self._space.structure.items():
            shape = self.program.shapes[self.program.parameters[name]]
            for view, state in parts:
                for axes, slots in axis_groups(state):
                    own = tuple(sorted({_axis(view, a, shape) for a in axes}))
                    for slot in slots:
                        for k in members.of(self._contracted.node[slot.ravel()]):
                            for real in real_names(self.program.merged, name):
                                old = result[k].get(real, ())
                                result[k][real] = tuple(sorted({*old, *own}))
        return result

    def _sums(
        self, members: Members, found: Sequence[Found]
    ) -> tuple[list[set[str]], list[set[str]]]:
        sums: list[set[str]] = [set() for _ in found]
        functions: list[set[str]] = [set() for _ in found]
        for use in self._space.graph.uses:
            for k in members.of(self._contracted.node[use.labels]):
                if use.kind.startswith("fn:"):
                    functions[k].add(use.kind[3:])
                elif not (use.inner and found[k].units_are_parts):
                    sums[k].add(use.kind)
        return sums, functions

    # ---- elements ----------------------------------------------------------------------------

    def random(self, rng: np.random.Generator) -> Relabelling:
        """Return an element of the group, exactly uniform.

        Parameters
        ----------
        rng : numpy.random.Generator
        """
        if not isinstance(rng, np.random.Generator):
            raise TypeError(f"rng must be a numpy.random.Generator, not {type(rng).__name__}")
        return self.drawn(rng.permutation)

    def drawn(self, draw: Draw) -> Relabelling:
        """Return the element that draws of orders of places make; see `elements.cycle`."""
        return self.of_image(
            label_images(self._contracted, self._root, self._solver.followers, draw)
        )

    def of_image(self, image: Labels) -> Relabelling:
        """Return the element with these images of the labels."""
        return Relabelling(image, self._space.structure, self.program.merged)

    def inside(self) -> tuple[Part, list[Follower], Contracted, Segments]:
        """Return the group taken apart, the contracted graph and the parts of the parameters."""
        return self._root, self._solver.followers, self._contracted, self._space.structure

    def movable(self) -> Labels:
        """Return the labels that some element of the group moves."""
        moves = np.zeros(len(self._contracted.colour), np.bool_)
        for family in walk_families(self._root):
            moves[family.nodes] = True
        for follower in self._solver.followers[::-1]:
            moves[follower.nodes] = moves[follower.leaders].any(axis=0)
        return np.flatnonzero(moves[self._contracted.node])

    def prove(self, rng: np.random.Generator, inputs: Sequence[np.ndarray] | None = None) -> Proof:
        """Apply a random element in float64 and compare the outputs; see `proofs.prove`."""
        return prove(self, rng, inputs)

    def _repr_html_(self) -> str:
        at_least = " at least" if self.gaps else ""
        rows: list[tuple[str, object]] = [
            (f"order{at_least}", self.order),
            ("log10 of the order", self.log10),
            ("gaps", "; ".join(f"{place}: {reason}" for place, reason in self.gaps) or "none"),
        ]
        columns = ("family", "units", "copies", "structure", "tensors")
        each = [(f.name, f.size, f.copies, f.structure, len(f.parameters)) for f in self.families]
        return markup.html_table((), rows, "Symmetry") + markup.html_table(columns, each)


def _names(fixed: Sequence[str], program: Program) -> tuple[str, ...]:
    """Return the names of fixed parameters, each a parameter of the program."""
    if isinstance(fixed, str) or not all(isinstance(name, str) for name in fixed):
        raise TypeError(f"fixed must be a sequence of names of parameters, not {fixed!r}")
    for name in fixed:
        if name not in program.parameters:
            raise ValueError(f"fixed names {name!r}, which is no parameter of the model")
    return tuple(fixed)


def _axis(view: View, axis: int, shape: Sequence[int]) -> int:
    """Return the axis of the parameter along which an axis of a view runs."""
    stride = abs(view.strides[axis])
    strides = contiguous(shape)
    return next((a for a, s in enumerate(strides) if s <= stride and shape[a] > 1), 0)


def _continuous(family: Found, kinds: Sequence[str], functions: set[str]) -> tuple[str, ...]:
    """Return the continuous symmetries that the operations met leave to a family."""
    if family.units_are_parts or not kinds or not set(kinds) <= SPLIT:
        return ()
    n = family.size
    kind = {name.split()[0] for name in functions}
    if kind <= {"add", "linear"}:
        between = "queries and keys" if set(kinds) == {"bilinear"} else "the layers"
        return (f"GL({n}): nothing but sums and linear maps between {between}",)
    if kind <= {"add", "homogeneous", "grouped"}:
        return ("positive scaling of each unit",)
    return ()
