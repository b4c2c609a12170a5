"""What each neuron of a classified network is, and the type of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from critcount._support import markup
from critcount._support.types import Array
from critcount.configurations.configuration import Configuration
from critcount.counting.setting import TypeShape

__all__ = ["Role", "roles", "type_shape"]


RoleName: TypeAlias = Literal["copy", "zero-type", "idle", "dead", "linear"]


class Role(NamedTuple):
    """What a neuron is.

    Attributes
    ----------
    layer, neuron : int
        From 0.
    role : {"copy", "zero-type", "idle", "dead", "linear"}
        "copy" of a neuron of the minimal network; "zero-type", in a block whose outgoing weights
        cancel; "idle", with incoming weights of zero; "dead" or "linear" on the given domain.
    block : int
        t of K_t, l of Z_l, -1 for the others.
    sign : int
        -1 where incoming weights and bias are opposite to those of the block.
    scale : float
        By what the incoming weights are larger than in the normal form; 1 where the activation
        has no scaling.
    """

    layer: int
    neuron: int
    role: RoleName
    block: int
    sign: int
    scale: float

    def _repr_html_(self) -> str:
        return markup.record(self)


def roles(
    configurations: Sequence[Configuration],
    flips: Sequence[Sequence[int]],
    idle: Sequence[tuple[int, int]],
    dead: Sequence[int],
    straight: Sequence[int],
    scales: Sequence[Array],
) -> tuple[Role, ...]:
    """Return the role of every neuron, layer by layer.

    Parameters
    ----------
    configurations : sequence of Configuration
    flips : sequence of sequence of int
        Neurons of negative sign, for every layer.
    idle : sequence of (int, int)
        (layer, neuron).
    dead, straight : sequence of int
        Of the only hidden layer.
    scales : sequence of numpy.ndarray
        Empty, or of every layer.
    """
    constant, found = set(idle), []
    for k, configuration in enumerate(configurations):
        negative = set(flips[k])
        for i, letter in enumerate(configuration.letters.tolist()):
            copy = letter < configuration.r
            role: RoleName
            role, block = (
                ("dead", -1)
                if i in dead
                else ("linear", -1)
                if i in straight
                else ("idle", -1)
                if (k, i) in constant
                else ("copy", letter)
                if copy
                else ("zero-type", letter - configuration.r)
            )
            sign = -1 if i in negative and block >= 0 else 1
            found.append(Role(k, i, role, block, sign, float(scales[k][i]) if scales else 1.0))
    return tuple(found)


def type_shape(found: Sequence[Role]) -> TypeShape:
    """Return how many blocks of each sort a hidden layer has, dead and linear neurons left out.

    >>> type_shape([Role(0, 0, "copy", 0, 1, 1.0), Role(0, 1, "copy", 0, -1, 1.0)])
    TypeShape(flipped=0, mixed=1, zero=0, mixed_zero=0, idle=0)
    """
    signs: dict[tuple[str, int], set[int]] = {}
    for role in found:
        if role.block >= 0:
            signs.setdefault((role.role, role.block), set()).add(role.sign)
    copies = [both for (kind, _), both in signs.items() if kind == "copy"]
    others = [both for (kind, _), both in signs.items() if kind != "copy"]
    return TypeShape(
        flipped=sum(both == {-1} for both in copies),
        mixed=sum(len(both) == 2 for both in copies),
        zero=sum(len(both) == 1 for both in others),
        mixed_zero=sum(len(both) == 2 for both in others),
        idle=sum(role.role == "idle" for role in found),
    )
