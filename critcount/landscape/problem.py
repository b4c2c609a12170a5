"""A task for networks: data, activation and loss; the loss and its derivatives in float64."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NoReturn, get_args

import numpy as np
import numpy.typing as npt

from critcount._support import checks, markup
from critcount._support.types import Array
from critcount.activations import ACTIVATIONS, activation_of
from critcount.landscape.factors import Factor, factor_bytes, factored
from critcount.landscape.spectra import Spectrum, lowest_spectrum, spectrum
from critcount.landscape.vectors import (
    MatrixShapes,
    layout_of,
    number_of_parameters,
    to_vector,
)
from critcount.weights.network import Network, require_network

if TYPE_CHECKING:
    from critcount.landscape._jax import JaxArray

__all__ = ["ACTIVATIONS", "LOSSES", "Loss", "Objective", "Problem", "read_data"]


Loss = Literal["mse", "cross-entropy"]
LOSSES: tuple[Loss, ...] = get_args(Loss)

#: Bytes that the Hessian's products may take at once.
MEMORY = 2**28
#: Seconds for the eigenvalues of a matrix, per cube of its size, on one core.
FACTORING = 1e-10
#: How far the two triangles of a Hessian may differ: relative to its largest entry, and, where
#: much cancels, to 1 or the square of the largest weight.
ASYMMETRY, ROUNDING = 1e-10, 2e-15


class Problem:
    """Data, activation and loss: a loss landscape over the networks of any widths; immutable.

    Everything is computed in float64 with JAX, on all samples at once; what else a program does
    with JAX keeps the precision that it has.

    Parameters
    ----------
    inputs : array_like
        Of shape (samples, d_in).
    targets : array_like
        Of shape (samples, d_out). For the loss "cross-entropy" the classes as integers of shape
        (samples,), counted from 0, where d_out is the largest plus 1; or the probabilities of
        the classes, of shape (samples, d_out).
    activation : str
        A name of `critcount.activations.ACTIVATIONS`. "generic" is sigmoid(4z) + softplus(z), the
        function that Şimşek et al. 2021 use. For "relu", "leaky_relu", and second derivatives of
        "elu", "selu" and "celu" at 0, derivatives at a kink are those that JAX gives.
    loss : {"mse", "cross-entropy"}
        For outputs f and targets y or p: (1/samples) Σ_n Σ_o (f_no - y_no)², the mean squared
        error; or -(1/samples) Σ_n Σ_c p_nc log softmax(f_n)_c.
    biases : bool
        Whether networks that are trained have biases, in every layer. The other methods take
        the network as it is.
    weight_decay : float
        λ ≥ 0: λ/2 times the sum of the squares of all weights and biases is added to the loss.

    Raises
    ------
    ImportError
        When JAX is not installed.
    TypeError, ValueError
        Data that are no numbers, not finite, or whose shapes do not fit.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 20)[:, None]
    >>> problem = Problem(x, np.sin(3 * x), activation="tanh")
    >>> problem
    <Problem of 20 samples, 1 input, 1 output: tanh, mse, no biases>
    >>> network = Network([[[1.0], [2.0]], [[0.5, 0.5]]])
    >>> round(problem.loss(network), 4)
    0.1296
    >>> problem.gradient(network).shape, problem.hessian(network).shape
    ((4,), (4, 4))
    """

    __slots__ = (
        "_activation",
        "_biases",
        "_data",
        "_inputs",
        "_loss",
        "_targets",
        "_weight_decay",
    )

    _inputs: Array
    _targets: Array
    _data: tuple[JaxArray, JaxArray, JaxArray]
    _activation: str
    _loss: Loss
    _biases: bool
    _weight_decay: float

    def __init__(
        self,
        inputs: npt.ArrayLike,
        targets: npt.ArrayLike,
        activation: str = "generic",
        loss: Loss = "mse",
        biases: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        from critcount.landscape import _kernels

        activation = _by_name(activation)
        checks.choice("loss", loss, LOSSES)
        if not isinstance(biases, bool):
            raise TypeError(f"biases must be True or False, not {checks.show(biases)}")
        if isinstance(weight_decay, bool) or not isinstance(weight_decay, int | float):
            raise TypeError(f"weight_decay must be a number, not {checks.show(weight_decay)}")
        if not 0 <= weight_decay < np.inf:
            raise ValueError(
                f"weight_decay must be finite and at least 0, not {checks.show(weight_decay)}"
            )
        x = _matrix("inputs", inputs)
        y = _classes(targets) if loss == "cross-entropy" else _matrix("targets", targets)
        if len(x) != len(y):
            raise ValueError(
                f"targets must be one for each of the {len(x):,} inputs, not {len(y):,}"
            )
        for name, item in (
            ("inputs", x),
            ("targets", y),
            ("data", tuple(map(_kernels.array, (x, y, weight_decay)))),
            ("activation", activation),
            ("loss", loss),
            ("biases", biases),
            ("weight_decay", float(weight_decay)),
        ):
            object.__setattr__(self, f"_{name}", item)

    @property
    def inputs(self) -> Array:
        """The inputs, (samples, d_in), read-only."""
        return self._inputs

    @property
    def targets(self) -> Array:
        """The targets, (samples, d_out), read-only; probabilities where classes were given."""
        return self._targets

    @property
    def data(self) -> tuple[JaxArray, JaxArray, JaxArray]:
        """Inputs, targets and weight decay as JAX arrays."""
        return self._data

    @property
    def activation(self) -> str:
        """The name of the activation."""
        return self._activation

    @property
    def loss_name(self) -> str:
        """Which loss: "mse" or "cross-entropy"."""
        return self._loss

    @property
    def biases(self) -> bool:
        """Whether trained networks have biases."""
        return self._biases

    @property
    def weight_decay(self) -> float:
        """λ, where λ/2 times the squared norm of all parameters is a part of the loss."""
        return self._weight_decay

    @property
    def samples(self) -> int:
        """The number of samples."""
        return len(self._inputs)

    @property
    def d_in(self) -> int:
        """The number of inputs of a network."""
        return int(self._inputs.shape[1])

    @property
    def d_out(self) -> int:
        """The number of outputs of a network."""
        return int(self._targets.shape[1])

    def loss(self, network: Network) -> float:
        """Return the loss of a network.

        Raises
        ------
        ValueError
            When the network has other numbers of inputs or outputs; so in every method.
        """
        return self.at(network).loss(to_vector(network))

    def gradient(self, network: Network) -> Array:
        """Return the gradient of the loss, of shape (parameters,), in the order of `to_vector`."""
        return self.at(network).gradient(to_vector(network))

    def hessian(self, network: Network, *, limit: int = 5000) -> Array:
        """Return the matrix of second derivatives of the loss.

        Parameters
        ----------
        network : Network
        limit : int
            The most parameters.

        Returns
        -------
        numpy.ndarray
            Of shape (parameters, parameters), in the order of `to_vector`, symmetric.

        Raises
        ------
        SizeLimitError
            Past the limit.
        ArithmeticError
            When the two triangles differ by more than rounding, or an entry is not finite.

        Notes
        -----
        Products with the unit vectors, so many at once as some 256 MiB hold: time as for 5 to 10
        gradients per parameter, and the matrix itself takes 8 parameters² bytes.
        """
        return self.at(network).hessian(to_vector(network), limit=limit)

    def spectrum(self, network: Network, *, error: float = 0.0, limit: int = 5000) -> Spectrum:
        """Return the eigenvalues of the Hessian, beyond the limit the lowest by products with it.

        Parameters
        ----------
        network : Network
        error : float
            As in `critcount.landscape.spectrum`.
        limit : int
            The most parameters for which the Hessian is made.

        Returns
        -------
        Spectrum
            Of all, or made by `critcount.landscape.spectra.lowest_spectrum`.
        """
        objective, vector = self.at(network), to_vector(network)
        if objective.size > checks.integer("limit", limit, minimum=0):
            return lowest_spectrum(
                partial(objective.product, vector),
                objective.size,
                error=error,
                factor=objective.factor(vector),
            )
        return spectrum(objective.hessian(vector, limit=limit), error=error)

    def jacobian(self, network: Network) -> Array:
        """Return the derivatives of the outputs by the parameters.

        Of shape (samples · d_out, parameters): the outputs of the first sample come first.
        """
        return self.at(network).jacobian(to_vector(network))

    def slopes(self, outputs: Array) -> tuple[Array, Array]:
        """Return the derivatives of the loss by the outputs, and the magnitudes behind them.

        Parameters
        ----------
        outputs : numpy.ndarray
            Of shape (samples, d_out).

        Returns
        -------
        slopes : numpy.ndarray
        magnitudes : numpy.ndarray
            Of the same shape. Rounding is of the order of ε times the magnitudes, which do not
            become small where outputs and targets agree.
        """
        if self._loss == "mse":
            factor = 2 / self.samples
            return factor * (outputs - self._targets), factor * (abs(outputs) + abs(self._targets))
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
        return (shares - self._targets) / self.samples, (shares + self._targets) / self.samples

    def at(self, network: Network) -> Objective:
        """Return the loss and its derivatives as functions of the vector of such a network.

        Raises
        ------
        ValueError
            When the network has other numbers of inputs or outputs.
        """
        widths = require_network("network", network).widths
        if (widths[0], widths[-1]) != (self.d_in, self.d_out):
            raise ValueError(
                f"network must have {self.d_in:,} inputs and {self.d_out:,} outputs, as the data "
                f"have, not {widths[0]:,} and {widths[-1]:,}"
            )
        return Objective(self, layout_of(network))

    def __repr__(self) -> str:
        inputs, outputs = (
            f"{n:,} {what}{'s' * (n != 1)}"
            for n, what in ((self.d_in, "input"), (self.d_out, "output"))
        )
        return (
            f"<Problem of {self.samples:,} samples, {inputs}, {outputs}: {self._activation}, "
            f"{self._loss}, {'biases' if self._biases else 'no biases'}"
            f"{f', weight decay {self._weight_decay:g}' if self._weight_decay else ''}>"
        )

    def __reduce__(self) -> tuple[object, ...]:
        data = (self._inputs, self._targets)
        return Problem, (*data, self._activation, self._loss, self._biases, self._weight_decay)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Problem is immutable: {name} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Problem is immutable: {name} cannot be deleted")

    def _repr_html_(self) -> str:
        rows = [
            ("samples", self.samples),
            ("inputs", self.d_in),
            ("outputs", self.d_out),
            ("activation", self.activation),
            ("loss", self.loss_name),
            ("biases", self.biases),
            ("weight decay", self.weight_decay),
        ]
        return markup.html_table((), rows, "Problem")


@dataclass(frozen=True)
class Objective:
    """The loss of a problem and its derivatives, of vectors of one layout.

    >>> x = np.linspace(-1, 1, 20)[:, None]
    >>> network = Network([[[1.0]], [[1.0]]])
    >>> objective = Problem(x, np.sin(x), activation="tanh").at(network)
    >>> objective.gradient(np.zeros(2))
    array([0., 0.])
    """

    problem: Problem
    layout: MatrixShapes

    @property
    def size(self) -> int:
        """The length of the vectors."""
        return number_of_parameters(self.layout)

    def loss(self, vector: Array) -> float:
        """Return the loss."""
        from critcount.landscape import _kernels

        return float(_kernels.value(vector, *self.problem.data, **self.names))

    def gradient(self, vector: Array) -> Array:
        """Return the gradient, (parameters,)."""
        from critcount.landscape import _kernels

        return np.array(_kernels.gradient(vector, *self.problem.data, **self.names))

    def hessian(self, vector: Array, *, limit: int = 5000) -> Array:
        """Return the Hessian, as `Problem.hessian` does."""
        size = self.size
        limit = checks.integer("limit", limit, minimum=0)
        if size > limit:
            seconds = FACTORING * float(size) ** 3
            need = f"rows ({checks.many(8 * size * size)} bytes, and about {seconds:,.0f} s for "
            advice = "raise limit, or use products with it"
            checks.size("the Hessian", size, limit, f"{need}its eigenvalues)", advice)
        checks.memory("the Hessian", 16 * size * size, "lower limit, or use products with it")
        hessian = np.empty((size, size))
        for start, rows in self.hessian_rows(vector):
            hessian[start : start + len(rows)] = rows
        largest = np.abs(hessian).max(initial=0.0)
        if not np.isfinite(largest):
            raise ArithmeticError("the Hessian is not finite: the weights are too large")
        difference = np.abs(hessian - hessian.T).max(initial=0.0)
        weight = 1 + np.abs(vector).max(initial=0.0)
        if difference > ASYMMETRY * largest + ROUNDING * weight**2:
            raise ArithmeticError(
                f"the Hessian is not symmetric: its triangles differ by {difference:.1e}, its "
                f"largest entry is {largest:.1e}"
            )
        return np.asarray((hessian + hessian.T) / 2)

    def hessian_rows(self, vector: Array) -> Iterator[tuple[int, Array]]:
        """Yield the rows of the Hessian in blocks, with the number of the first of each."""
        size = self.size
        block = max(1, min(size, MEMORY // self.bytes_per_product))
        for start in range(0, size, block):
            # every block has the same shape, for which the product is compiled once
            yield start, self.products(vector, np.eye(block, size, start))[: size - start]

    def factor(self, vector: Array) -> Factor | None:
        """Return a factor of the Hessian with a shift; None where that is too large."""
        if not factor_bytes(self.size):
            return None
        return factored(self.hessian_rows(vector), self.size)

    def product(self, vector: Array, direction: Array) -> Array:
        """Return the Hessian times a direction, (parameters,); the Hessian is not made."""
        return np.asarray(self.products(vector, direction[None])[0])

    def products(self, vector: Array, directions: Array) -> Array:
        """Return the Hessian times each row of a matrix, as rows."""
        from critcount.landscape import _kernels

        return np.array(_kernels.products(vector, directions, *self.problem.data, **self.names))

    def residuals(self, vector: Array) -> Array:
        """Return outputs minus targets, sample by sample, (samples · d_out,)."""
        from critcount.landscape import _kernels

        outputs = _kernels.outputs(
            vector, self.problem.data[0], layout=self.layout, activation=self.problem.activation
        )
        return np.ravel(np.asarray(outputs) - self.problem.targets)

    def jacobian(self, vector: Array) -> Array:
        """Return the derivatives of the outputs, (samples · d_out, parameters)."""
        from critcount.landscape import _kernels

        jacobian = _kernels.jacobian(
            vector, self.problem.data[0], layout=self.layout, activation=self.problem.activation
        )
        return np.array(jacobian).reshape(-1, self.size)

    def layers(self, vector: Array) -> list[list[Array]]:
        """Return for every layer z, σ(z), σ'(z), σ''(z), each (samples, neurons); z its inputs.

        The last layer is linear.
        """
        from critcount.landscape import _kernels

        found = _kernels.layers(
            vector, self.problem.data[0], layout=self.layout, activation=self.problem.activation
        )
        return [[np.asarray(array) for array in arrays] for arrays in found]

    @property
    def names(self) -> dict[str, Any]:
        """What a kernel is compiled for: layout, activation, loss."""
        return {
            "layout": self.layout,
            "activation": self.problem.activation,
            "loss": self.problem.loss_name,
        }

    @property
    def bytes_per_product(self) -> int:
        """The memory that a product with the Hessian takes, about."""
        neurons = sum(rows for rows, _, _ in self.layout)
        return 8 * (4 * self.problem.samples * neurons + 4 * self.size) + 1


def _numbers(name: str, value: npt.ArrayLike) -> Array | npt.NDArray[np.integer[Any]]:
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "iuf" or array.dtype.itemsize > 8:
        raise TypeError(
            f"{name} must be a rectangular array of real numbers, not of type {array.dtype}"
        )
    if not len(array.shape) or not array.size:
        raise ValueError(f"{name} must hold one sample or more, not shape {array.shape}")
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        place = tuple(int(i) for i in bad[0])
        raise ValueError(f"{name}{list(place)} must be finite, not {array[place]}")
    return array


def _by_name(activation: str) -> str:
    """Return the name of an activation that JAX computes, or raise."""
    if not isinstance(activation, str):
        raise TypeError(f"activation must be given by name, not {checks.show(activation)}")
    return activation_of("activation", activation).name


def _matrix(name: str, value: npt.ArrayLike) -> Array:
    """Return a read-only copy of finite numbers in two dimensions."""
    array = _numbers(name, value)
    if array.ndim != 2:
        advice = f": {name}[:, None] makes it one number a sample" if array.ndim == 1 else ""
        columns = "d_in" if name == "inputs" else "d_out"
        raise ValueError(f"{name} must have shape (samples, {columns}), not {array.shape}{advice}")
    matrix = np.array(array, dtype=np.float64, order="C")
    matrix.flags.writeable = False
    return matrix


def _classes(targets: npt.ArrayLike) -> Array:
    """Return the probabilities of the classes, (samples, classes)."""
    array = _numbers("targets", targets)
    if array.ndim == 1:
        if array.dtype.kind == "f":
            raise TypeError(
                "targets must be classes, integers from 0, or their probabilities of shape "
                "(samples, classes)"
            )
        if array.min() < 0:
            raise ValueError(f"targets must be classes from 0, not {array.min()}")
        checks.size("targets", int(array.max()) + 1, 100_000, "classes", "number them from 0")
        array = np.eye(int(array.max()) + 1)[array]
    probabilities = _matrix("targets", array)
    sums = probabilities.sum(axis=1)
    if probabilities.min() < 0 or np.abs(sums - 1).max() > 1e-9:
        raise ValueError(
            "targets must be probabilities: each row not negative, with the sum 1, not from "
            f"{sums.min()} to {sums.max()}"
        )
    return probabilities


def read_data(path: str | os.PathLike[str]) -> tuple[Array, Array]:
    """Return the arrays "inputs" and "targets" of an .npz file.

    Raises
    ------
    OSError, ValueError
        When the file cannot be read or has no such arrays.
    """
    try:
        with np.load(path, allow_pickle=False) as found:
            return found["inputs"], found["targets"]
    except (KeyError, ValueError, EOFError) as error:
        raise ValueError(
            f"{os.fspath(path)}: is no .npz file with the arrays inputs and targets"
        ) from error
