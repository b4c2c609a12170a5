"""Exact counts: of one layer, of a network, enclosures beyond exact size, regimes, signs."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
