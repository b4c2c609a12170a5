"""The families by name: what a manifest and the command line call them.

Nothing is imported for the names; a class is imported when it is asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from critcount.families.protocol import Family

__all__ = ["FAMILIES", "Entry", "family_class", "name_of"]


class Entry(NamedTuple):
    """Where the class of a family is, and the two arguments that it needs.

    Attributes
    ----------
    module, name : str
        The class.
    arguments : tuple of str
        Its arguments without a default, in order.
    """

    module: str
    name: str
    arguments: tuple[str, str]


#: Name → class.
FAMILIES = {
    "expansions": Entry("expansions", "Expansions", ("r", "m")),
    "critical-subspaces": Entry("critical", "CriticalSubspaces", ("r", "m")),
    "permutation-points": Entry("permutation_points", "PermutationPoints", ("n", "order")),
    "plateaus": Entry("plateaus", "Plateaus", ("r", "m")),
    "signed-expansions": Entry("signed", "SignedExpansions", ("r", "m")),
    "signed-critical-subspaces": Entry("signed", "SignedCriticalSubspaces", ("r", "m")),
    "domain-expansions": Entry("domain", "DomainExpansions", ("r", "m")),
    "network-expansions": Entry("network", "NetworkExpansions", ("architecture", "minimal")),
    "signed-network-expansions": Entry(
        "network_types", "SignedNetworkExpansions", ("architecture", "minimal")
    ),
}


def family_class(name: str) -> type[Family[Any]]:
    """Return the class of a family.

    Raises
    ------
    KeyError
        When there is none of that name.

    Examples
    --------
    >>> family_class("permutation-points")(10, 2).cardinality()
    25401600
    """
    entry = FAMILIES[name]
    module = importlib.import_module(f"critcount.families.{entry.module}")
    found: type[Family[Any]] = getattr(module, entry.name)
    return found


def name_of(family: Family[Any]) -> str:
    """Return the name of a family; ValueError for one that is not listed here.

    >>> name_of(family_class("expansions")(2, 4))
    'expansions'
    """
    for name in FAMILIES:
        if type(family) is family_class(name):
            return name
    raise ValueError(f"{family!r} is none of the families {', '.join(FAMILIES)}")
