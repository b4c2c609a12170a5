"""Runs a torch module in float64 with other parameters."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from critcount.models.torch_call import as_array

__all__ = ["TorchRunner", "Weights"]


class Weights(Mapping[str, np.ndarray]):
    """Tensors of a module as arrays in float64, each made when it is asked for, as it is then."""

    def __init__(self, tensors: Mapping[str, Any]) -> None:
        self._tensors = dict(tensors)

    def __getitem__(self, name: str) -> np.ndarray:
        return as_array(self._tensors[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)


class TorchRunner:
    """Runs a fresh copy of a module each time, in float64 throughout.

    The module's own code runs, not what was read of it: a proof by numbers therefore also tells
    whether it was read rightly. What the module keeps from one run to the next starts afresh.

    Parameters
    ----------
    model : torch.nn.Module
    args, kwargs
        The example.
    names : collection of str
        Parameters, and buffers that are taken for parameters.
    """

    def __init__(
        self,
        model: Any,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        names: Collection[str],
    ) -> None:
        from torch.utils import _pytree as pytree

        self._model = model
        self._names = frozenset(names)
        self._leaves, self._tree = pytree.tree_flatten((tuple(args), dict(kwargs)))

    def inputs(self) -> list[np.ndarray]:
        """Return the example's tensors."""
        return [as_array(v) for v in self._leaves if hasattr(v, "is_floating_point")]

    def __call__(
        self, weights: Mapping[str, np.ndarray], inputs: Sequence[np.ndarray]
    ) -> list[np.ndarray]:
        """Return the outputs."""
        import torch
        from torch.utils import _pytree as pytree

        memo: dict[int, Any] = {}
        named = [*self._model.named_parameters(), *self._model.named_buffers()]
        for name, tensor in named:
            if name in self._names:
                other = torch.from_numpy(np.array(weights[name]))
            else:
                other = tensor.detach().clone()
            if other.is_floating_point():
                other = other.double()
            parameter = isinstance(tensor, torch.nn.Parameter)
            memo[id(tensor)] = torch.nn.Parameter(other, False) if parameter else other
        own = copy.deepcopy(self._model, memo).eval()
        user = [torch.from_numpy(np.array(v)) for v in inputs]
        leaves = [user.pop(0) if isinstance(v, torch.Tensor) else v for v in self._leaves]
        args, kwargs = pytree.tree_unflatten(leaves, self._tree)
        with torch.random.fork_rng(devices=[]), torch.no_grad(), _wide():
            torch.manual_seed(0)  # a model may draw noise: the same in every run
            results = own(*args, **kwargs)
        return [as_array(v) for v in pytree.tree_leaves(results) if isinstance(v, torch.Tensor)]


def _wide() -> Any:
    """Return a mode in which every narrow type that an operation names is float64."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    narrow = (torch.float32, torch.float16, torch.bfloat16)

    def widen(value: Any) -> Any:
        return torch.float64 if value in narrow else value

    class Wide(TorchDispatchMode):  # type: ignore[misc]
        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            args = [widen(v) if isinstance(v, torch.dtype) else v for v in args]
            kwargs = {
                k: widen(v) if isinstance(v, torch.dtype) else v for k, v in (kwargs or {}).items()
            }
            if func is torch.ops.aten._grouped_mm.default and args[0].dtype == torch.float64:
                return _grouped(*args, **kwargs)
            result = func(*args, **kwargs)
            if isinstance(result, torch.Tensor) and result.dtype in narrow:
                return result.double()  # a new tensor of the default type
            return result

    return Wide()


def _grouped(x: Any, w: Any, offsets: Any, *_: Any, **__: Any) -> Any:
    """Return consecutive rows times the matrix of each group; torch has it in narrow types."""
    import torch

    ends = [0, *offsets.tolist()]
    parts = [x[a:b] @ w[k] for k, (a, b) in enumerate(itertools.pairwise(ends))]
    return torch.cat([*parts, x.new_zeros(x.shape[0] - ends[-1], w.shape[-1])])
