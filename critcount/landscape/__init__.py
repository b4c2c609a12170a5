"""Real networks: training, permutation points, valleys, experiments (JAX)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "problem": ["Problem"],
        "training": ["Training", "minimise", "train", "train_many"],
        "vectors": ["to_network", "to_vector"],
    },
)
