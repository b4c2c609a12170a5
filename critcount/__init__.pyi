from .architecture import Architecture
from .counts import G, T
from .numerals import digits

__version__: str
__all__ = [
    "Architecture",
    "G",
    "T",
    "__version__",
    "digits",
]
