"""A fully connected network with weights: validated, immutable, evaluated with numpy."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from critcount._support import markup
from critcount._support.checks import show
from critcount._support.errors import SizeLimitError
from critcount._support.types import Array, EntryFunction
from critcount.activations import ACTIVATIONS, activation_of
from critcount.architecture import Architecture, widths_text
from critcount.weights import _drawing, _trees, files
from critcount.weights._arrays import own_array, require_finite, sequence
from critcount.weights._chain import Layout
from critcount.weights._reading import Reading
from critcount.weights._torch import traced
from critcount.weights.files import MAX_VALUES

__all__ = ["ACTIVATIONS", "Network", "activation_function", "interpolate"]


def activation_function(name: str, value: str | EntryFunction) -> EntryFunction:
    """Return the function that a name stands for, and a function as it is.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : str or callable
        A key of `ACTIVATIONS`, or a function of a numpy array, element by element.

    Raises
    ------
    TypeError, ValueError
        When it is neither.
    """
    return value if callable(value) else activation_of(name, value)


class Network:
    """The weights of a fully connected network; immutable, and equal where all weights are.

    The network computes h_0 = x, h_k = σ(W_k h_(k-1) + b_k) for every hidden layer and W h + b
    at its output, which has no activation.

    Parameters
    ----------
    weights : sequence of array_like
        Two or more matrices of shape (outputs, inputs), as PyTorch has them, first layer first.
        Floating-point numbers of at most 64 bits, or integers that float64 holds exactly. They
        are copied to float64. A hidden layer may have no neurons, an input or output not.
    biases : sequence of (array_like or None), optional
        One for every matrix: a vector, or a column, with an entry per row; None for no bias.

    Attributes
    ----------
    weights : tuple of numpy.ndarray
        Read-only, float64.
    biases : tuple of (numpy.ndarray or None)
        Read-only, float64; as many as there are matrices.
    precision : float
        The spacing of the numbers next to 1 in the coarsest data type received: 2^-52 for float64
        and integers, 2^-23 for float32, 2^-10 for float16.

    Raises
    ------
    TypeError
        An entry is no number.
    ValueError
        NaN or an infinity (with its place), a magnitude beyond 1e150, complex numbers, an array
        that is no matrix or no vector, shapes that do not chain.

    Examples
    --------
    >>> network = Network([[[1.0, 0.0], [0.5, -1.0]], [[2.0, 1.0]]], [[0.0, 0.5], None])
    >>> network
    <Network 2-2-1, biases in 1 of 2 layers>
    >>> network.architecture
    Architecture.parse('2-2-1')
    >>> network([[0.0, 0.0]], "tanh").round(3)
    array([[0.462]])
    """

    __slots__ = ("_activation", "_biases", "_precision", "_weights")

    _weights: tuple[Array, ...]
    _biases: tuple[Array | None, ...]
    _precision: float
    _activation: str | None

    def __init__(
        self,
        weights: Sequence[npt.ArrayLike],
        biases: Sequence[npt.ArrayLike | None] | None = None,
    ) -> None:
        matrices = sequence("weights", weights)
        vectors = [None] * len(matrices) if biases is None else sequence("biases", biases)
        if len(vectors) != len(matrices):
            raise ValueError(
                f"biases must be one for each of the {len(matrices)} matrices (None where a layer "
                f"has none), not {len(vectors)}"
            )
        precision = [0.0]
        arrays = [
            own_array(f"weights[{k}]", matrix, 2, precision) for k, matrix in enumerate(matrices)
        ]
        offsets = [
            None if vector is None else own_array(f"biases[{k}]", _flat(vector), 1, precision)
            for k, vector in enumerate(vectors)
        ]
        _require_chain(arrays, offsets)
        self._set(tuple(arrays), tuple(offsets), max(precision))

    def _set(
        self,
        weights: tuple[Array, ...],
        biases: tuple[Array | None, ...],
        precision: float,
        activation: str | None = None,
    ) -> None:
        for array in (*weights, *biases):
            if array is not None:
                array.flags.writeable = False
        object.__setattr__(self, "_weights", weights)
        object.__setattr__(self, "_biases", biases)
        object.__setattr__(self, "_precision", precision)
        object.__setattr__(self, "_activation", activation)

    @classmethod
    def _trusted(
        cls,
        weights: Iterable[Array],
        biases: Iterable[Array | None],
        precision: float = float(np.finfo(np.float64).eps),
        activation: str | None = None,
    ) -> Network:
        """Return the network of arrays that are known to be good and belong to it alone."""
        self = object.__new__(cls)
        self._set(tuple(weights), tuple(biases), precision, activation)
        return self

    @classmethod
    def from_torch(cls, module: Any) -> Network:
        """Return the network that a PyTorch module computes in evaluation mode.

        The module is traced (`torch.fx`), so that the layers come in the order in which `forward`
        calls them, whatever they are called: linear layers, one and the same activation between
        each two, and none after the last. The activation is remembered (`activation`). Dropout is
        passed over. A batch normalisation is folded into the linear layer before or after it,
        which is exact, as are pruning, weight and spectral normalisation. (PyTorch's softplus is
        linear from 20 on, by which it differs by 2e-9.)

        Parameters
        ----------
        module : torch.nn.Module
            On any device, in any floating-point type.

        Returns
        -------
        Network

        Raises
        ------
        TypeError
            When it is no module.
        ValueError
            When it cannot be traced, is no such chain, or has forward hooks; the message names
            the step. Slice a
            `torch.nn.Sequential` (``module[:-1]``) to leave out an activation at its end.

        Notes
        -----
        ``Network.from_torch(module)`` and ``module(x)`` agree up to rounding: the network computes
        in float64.
        """
        found = traced(module)
        _require_chain(found.weights, found.biases)
        return cls._trusted(*found)

    @classmethod
    def from_state_dict(
        cls,
        state: Any,
        tensors: Iterable[str] | None = None,
        *,
        layout: Layout | None = None,
        prefix: str = "",
        exclude: Iterable[str] = (),
        batch_norm_eps: float | None = None,
    ) -> Network:
        """Return the network of arrays by name, as frameworks hold their parameters.

        Parameters
        ----------
        state : mapping
            Of names to arrays: PyTorch's `state_dict()` (tensors on any device, whether they
            require a gradient or not, bfloat16 too), or a tree of mappings and sequences, as Flax
            and Haiku have it; the names of a tree are paths, ``params/Dense_0/kernel``.
        tensors, layout, prefix, exclude, batch_norm_eps
            As `load` takes them.

        Returns
        -------
        Network

        Raises
        ------
        TypeError, ValueError
            As `load`.

        Examples
        --------
        >>> params = {"Dense_0": {"kernel": np.ones((2, 3)), "bias": np.ones(3)},
        ...           "Dense_1": {"kernel": np.ones((3, 1))}}
        >>> Network.from_state_dict({"params": params})
        <Network 2-3-1, biases in 1 of 2 layers>
        """
        leaves = _trees.flat(state)
        plan = Reading(
            files.selected(_trees.shapes_of(leaves), prefix, exclude),
            tensors,
            layout,
            batch_norm_eps,
        )
        read = plan.carried_out(_trees.reading(leaves))
        _require_chain(*read[:2])
        return cls._trusted(*read)

    def to_state_dict(
        self,
        like: Any = None,
        tensors: Iterable[str] | None = None,
        *,
        layout: Layout | None = None,
    ) -> Any:
        """Return the weights and biases as a framework holds them.

        Parameters
        ----------
        like : mapping, optional
            A state dict or tree of a network of as many layers: its names, its layout, the types
            and devices of its arrays are taken over, and whatever in it belongs to no layer when
            `tensors` name those that do. Widths may differ. By default names as in `save`.
        tensors, layout
            As for `from_state_dict`, of `like`.

        Returns
        -------
        dict
            By default of arrays that are the network's own, read-only.

        Raises
        ------
        TypeError, ValueError
            When `like` has other layers, no place for a bias, or a type of numbers that cannot
            hold the weights: integers for what is none, a narrow one for what is too large.

        Examples
        --------
        >>> network = Network([np.ones((3, 2)), np.ones((1, 3))])
        >>> list(network.to_state_dict())
        ['0.weight', '1.weight']
        >>> like = {"a/kernel": np.ones((2, 5), "float32"), "b/kernel": np.ones((5, 1), "float32")}
        >>> {name: (array.shape, str(array.dtype))
        ...  for name, array in network.to_state_dict(like, ["a/kernel", "b/kernel"]).items()}
        {'a/kernel': ((2, 3), 'float32'), 'b/kernel': ((3, 1), 'float32')}
        """
        if like is None:
            return dict(self._tensors())
        return _trees.written_like(
            self._weights, self._biases, like, tensors=tensors, layout=layout
        )

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        tensors: Iterable[str] | None = None,
        *,
        layout: Layout | None = None,
        prefix: str = "",
        exclude: Iterable[str] = (),
        batch_norm_eps: float | None = None,
        limit: int = MAX_VALUES,
    ) -> Network:
        """Return the network in a ``.safetensors`` or ``.npz`` file; pickles are never loaded.

        The order of the layers follows from numbers in names that differ in nothing else
        (`layers.2.weight` before `layers.10.weight`), or from the shapes, where they form a chain
        in one order only; otherwise the file is refused and `tensors` says the order. A bias is
        known by its name, ``x.bias`` for ``x.weight`` (``b1`` for ``W1``), or, in what
        ``numpy.savez(path, W1, b1, W2, b2)`` writes, by the order: one vector for every matrix.
        Its shape is (n,), (n, 1) or (1, n). Pruned weights are multiplied by their masks, and
        weight normalisation is carried out.

        Parameters
        ----------
        path : path
        tensors : iterable of str, optional
            The names of the matrices of one multilayer perceptron, first layer first, ``.T``
            appended to the name of each that is stored as (inputs, outputs). A vector named
            after a matrix is its bias; where no vector is named, biases are found by name. By
            default all tensors of the file, none of which may be left over.
        layout : {"out-in", "in-out", "bias-column"}, optional
            How all matrices are stored: (outputs, inputs), (inputs, outputs), or (outputs,
            inputs + 1) with the bias as last column. By default (inputs, outputs) where the
            name says so (`kernel` of Keras and Flax, `linear/w` of Haiku, `coefs_` of
            scikit-learn) or the lengths of the biases show it, and else (outputs, inputs).
        prefix : str
            Only tensors whose names begin so are there: for files with several networks. When
            no name begins so, it is a pattern as of the shell.
        exclude : iterable of str
            Patterns, as of the shell, of names of tensors that are not there.
        batch_norm_eps : float, optional
            The eps of the batch normalisations with running statistics, which is in no file and
            1e-5 by default in PyTorch. Given, they are made part of the layer next to them, as
            evaluation has it, where the numbers in the names show which one that is: number n + 1
            directly after the linear layer n, or n - 1 directly before it, as
            `torch.nn.Sequential` numbers its modules. Otherwise they are refused.
        limit : int
            The most numbers to read.

        Raises
        ------
        OSError
            When the file is missing, a folder or unreadable.
        SizeLimitError
            When it holds more numbers than `limit`.
        ValueError
            When it is damaged, its matrices do not form one chain in one order, a tensor is of
            another kind (normalisation, convolution), the data type is no floating point, or a
            value is not finite.

        Examples
        --------
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "student.npz")
        >>> Network([np.ones((3, 2)), np.ones((1, 3))]).save(path)
        >>> Network.load(path)
        <Network 2-3-1, no biases>
        """
        with files.opened(path) as file:
            try:
                here = files.selected(file.shapes, prefix, exclude)
                plan = Reading(here, tensors, layout, batch_norm_eps)
                file.require(plan.parts, limit)
                read = plan.carried_out(file.read)
                _require_chain(*read[:2])
            except SizeLimitError:
                raise
            except ValueError as error:
                if os.fspath(path) in str(error):
                    raise
                raise ValueError(f"{os.fspath(path)}: {error}") from error
        return cls._trusted(*read)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to a ``.safetensors`` or ``.npz`` file, whole or not at all.

        The names are ``0.weight``, ``0.bias``, ``1.weight``, … and the type is float64.

        Raises
        ------
        OSError
            When the file cannot be written.
        ValueError
            For another suffix.
        """
        files.save(path, self._tensors())

    def _tensors(self, prefix: str = "") -> Iterator[tuple[str, Array]]:
        for k, (weight, bias) in enumerate(zip(self._weights, self._biases, strict=True)):
            yield f"{prefix}{k}.weight", weight
            if bias is not None:
                yield f"{prefix}{k}.bias", bias

    @property
    def weights(self) -> tuple[Array, ...]:
        """The weight matrices, read-only, of shape (outputs, inputs)."""
        return self._weights

    @property
    def biases(self) -> tuple[Array | None, ...]:
        """The bias vectors, read-only; None where a layer has none."""
        return self._biases

    @property
    def precision(self) -> float:
        """The spacing of the numbers next to 1 in the coarsest data type received."""
        return self._precision

    @property
    def widths(self) -> tuple[int, ...]:
        """Inputs, hidden widths, outputs; a hidden width may be 0."""
        return (self._weights[0].shape[1], *(len(weight) for weight in self._weights))

    @property
    def architecture(self) -> Architecture:
        """The widths as an architecture; ValueError when a hidden layer has no neurons."""
        return Architecture(self.widths)

    @property
    def activation(self) -> str | None:
        """The activation that the module had which `from_torch` read; None where none is known."""
        return self._activation

    def __call__(self, x: npt.ArrayLike, activation: str | EntryFunction | None = None) -> Array:
        """Return the outputs for given inputs.

        Parameters
        ----------
        x : array_like
            One input of shape (d_in,), or several of shape (…, d_in).
        activation : str or callable
            σ: a numpy function, or a name of `critcount.activations.ACTIVATIONS` such as "tanh".
            By default `activation`, where that is known.

        Returns
        -------
        numpy.ndarray
            Of shape (…, d_out).

        Raises
        ------
        TypeError, ValueError
            When x has another number of entries per input, or σ is not known.
        """
        if activation is None:
            activation = self._activation
        if activation is None:
            raise TypeError("the activation of the network is not known: name it in activation=")
        function = activation_function("activation", activation)
        h = np.asarray(x, dtype=np.float64)
        d_in = self._weights[0].shape[1]
        if h.ndim == 0 or h.shape[-1] != d_in:
            raise ValueError(f"x must have shape (…, {d_in}), not {h.shape}")
        last = len(self._weights) - 1
        for k, (weight, bias) in enumerate(zip(self._weights, self._biases, strict=True)):
            h = h @ weight.T
            if bias is not None:
                h = h + bias
            if k < last:
                h = function(h)
        return h

    def __eq__(self, other: object) -> bool:
        """Whether all weights and biases are the same; their `precision` may differ."""
        if not isinstance(other, Network):
            return NotImplemented
        return len(self._weights) == len(other._weights) and all(
            np.array_equal(a, b) if a is not None and b is not None else a is b
            for a, b in zip(self._arrays(), other._arrays(), strict=True)
        )

    def __hash__(self) -> int:
        # -0.0 equals 0.0
        return hash(tuple(None if a is None else (a + 0.0).tobytes() for a in self._arrays()))

    def _arrays(self) -> tuple[Array | None, ...]:
        return (*self._weights, *self._biases)

    def _repr_html_(self) -> str:
        rows: list[tuple[str, object]] = [
            ("widths", widths_text(self.widths)),
            (
                "weights and biases",
                sum(array.size for array in self._arrays() if array is not None),
            ),
            ("activation", self.activation),
        ]
        first, second = self._weights[:2]
        picture = _drawing.input_plane(first, second.sum(axis=0)) if self.widths[0] == 2 else ""
        return markup.html_table((), rows, "Network") + picture

    def __repr__(self) -> str:
        number = sum(bias is not None for bias in self._biases)
        which = (
            "no biases"
            if not number
            else "biases"
            if number == len(self._biases)
            else f"biases in {number} of {len(self._biases)} layers"
        )
        return f"<Network {widths_text(self.widths)}, {which}>"

    def __reduce__(self) -> tuple[object, ...]:
        return Network._trusted, (
            self._weights,
            self._biases,
            self._precision,
            self._activation,
        )

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Network is immutable: {name} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Network is immutable: {name} cannot be deleted")


def interpolate(a: Network, b: Network, t: float) -> Network:
    """Return the point (1 - t) a + t b on the straight line between two networks of one kind.

    >>> a, b = (Network([[[x]], [[x]]]) for x in (0.0, 2.0))
    >>> interpolate(a, b, 0.25).weights[0]
    array([[0.5]])
    """
    return Network._trusted(
        ((1 - t) * u + t * v for u, v in zip(a.weights, b.weights, strict=True)),
        (
            None if u is None or v is None else (1 - t) * u + t * v
            for u, v in zip(a.biases, b.biases, strict=True)
        ),
        max(a.precision, b.precision),
        a.activation if a.activation == b.activation else None,
    )


def require_network(name: str, value: object) -> Network:
    """Return a network, or raise TypeError."""
    if not isinstance(value, Network):
        raise TypeError(f"{name} must be a Network, not {show(value)} ({type(value).__name__})")
    return value


def _flat(vector: Any) -> Any:
    """Return a bias of shape (n, 1), as columns are in Julia, as one of shape (n,)."""
    return vector.reshape(-1) if getattr(vector, "shape", ())[1:] == (1,) else vector


def _require_chain(weights: Sequence[Array], biases: Sequence[Array | None]) -> None:
    """Raise ValueError when arrays are not the layers of a network."""
    if len(weights) < 2:
        raise ValueError(
            "weights must be two or more matrices, the first and the last layer of a network, "
            f"not {len(weights)}"
        )
    for k, array in enumerate(weights):
        if k and array.shape[1] != weights[k - 1].shape[0]:
            raise ValueError(
                f"weights[{k}] must take as many inputs as weights[{k - 1}] has rows, "
                f"{weights[k - 1].shape[0]:,}, not {array.shape[1]:,}: matrices have shape "
                "(outputs, inputs)"
            )
    if not weights[0].shape[1] or not weights[-1].shape[0]:
        raise ValueError("a network must have at least one input and one output")
    for k, (offset, array) in enumerate(zip(biases, weights, strict=True)):
        if offset is not None and len(offset) != len(array):
            raise ValueError(
                f"biases[{k}] must have one entry for each of the {len(array):,} rows of "
                f"weights[{k}], not {len(offset):,}"
            )
    for k, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        require_finite(f"weights[{k}]", weight)
        if bias is not None:
            require_finite(f"biases[{k}]", bias)
