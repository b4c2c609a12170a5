"""Experiments on real networks, each a function of its seeds: data, runs that go on, results."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "approximation": ["toy"],
        "collisions": ["Collisions"],
        "descents": ["Descents", "mnist_descents"],
        "endings": ["Endings", "rosenbrock_data", "train_rosenbrock"],
        "saddles": ["Saddles", "mnist_saddles"],
        "students": ["Students"],
        "teaching": ["deep_teacher", "teacher_student"],
    },
)
