from .counts import G, T

__version__: str
__all__ = ["G", "T", "__version__"]
