"""The formulas as sympy functions and expressions, and the identities between them."""

from critcount.symbolic.identities import *  # noqa: F403 - the room's names are those of the module
from critcount.symbolic.identities import __all__ as __all__
