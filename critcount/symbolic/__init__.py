"""The formulas as sympy functions and expressions, and the identities between them."""

from critcount.symbolic import expressions, functions
from critcount.symbolic.checking import check_identity
from critcount.symbolic.expressions import *  # noqa: F403 - the room's names are those of the module
from critcount.symbolic.functions import *  # noqa: F403
from critcount.symbolic.identities import IDENTITIES, Identity
from critcount.symbolic.polynomials import factor_polynomial

__all__ = ["IDENTITIES", "Identity", "check_identity", "factor_polynomial"]
__all__ += expressions.__all__
__all__ += functions.__all__
