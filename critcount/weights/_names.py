"""What the name of a tensor says: its number, its layout, its bias, whether it is a mask."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

__all__ = ["Numbered", "bias_names", "is_mask", "is_recurrent", "numbered", "stored_as_in_out"]

#: A number by its length and its digits, so that any number of digits is compared.
NumberKey: TypeAlias = tuple[int, str]

DIGIT_RUN = re.compile("[0-9]+")
ABSENT: NumberKey = (-1, "")  # of `dense` beside `dense_1`: before every number
WRAPPERS = ("value", "raw_value", "")  # of a parameter, after its name
WEIGHT_AND_BIAS = (
    ("weights", "biases"),
    ("weight", "bias"),
    ("Weight", "Bias"),
    ("WEIGHT", "BIAS"),
    ("kernel", "bias"),
    ("coefs", "intercepts"),
    ("vars/0", "vars/1"),  # of Keras
    ("W", "b"),
    ("W", "B"),
    ("w", "b"),
)


def _last(name: str) -> str:
    """Return the last part of a name that is neither a number nor a wrapper."""
    parts = re.split("[./:]", name)
    while len(parts) > 1 and (parts[-1].isdecimal() or parts[-1] in WRAPPERS):
        parts.pop()
    return parts[-1]


def stored_as_in_out(name: str) -> bool:
    """Return whether a matrix of this name is stored as (inputs, outputs).

    So are the kernels of Keras and Flax, the `w` of Haiku's linear layers and the `coefs_` of
    scikit-learn's perceptrons.

    >>> names = ["params/Dense_0/kernel", "dense_1/kernel:0", "mlp/~/linear_0/w", "fc.weight"]
    >>> [stored_as_in_out(name) for name in names]
    [True, True, True, False]
    """
    words = re.findall("[a-z]+", _last(name).lower())
    if {"kernel", "kernels", "coefs"} & {*words} and "weight" not in words:
        return True
    return re.search(r"(^|/)(vars/0|linear(_[0-9]+)?/w)$", name) is not None


def is_recurrent(name: str) -> bool:
    """Return whether a matrix belongs to something that is no fully connected layer by its name.

    >>> [is_recurrent(name) for name in ("rnn.weight_hh_l0", "fc.lora_A.weight", "0.weight")]
    [True, True, False]
    """
    return re.search(r"weight_[hi]h_l[0-9]|recurrent_kernel|lora_[AB]\b", name) is not None


def is_mask(name: str) -> bool:
    """Return whether a tensor is a mask by its name.

    >>> [is_mask(name) for name in ("0.weight_mask", "masks/dense/kernel", "mask_head.weight")]
    [True, True, False]
    """
    parts = re.split("[./:]", name.lower())
    return bool({"mask", "masks"} & {*parts, *re.findall("[a-z]+", _last(name).lower())})


def bias_names(name: str) -> Iterator[str]:
    """Yield the names that the bias of a matrix may have.

    >>> list(bias_names("layers.0.weight")), list(bias_names("W1"))
    (['layers.0.bias', 'layers.0.beight'], ['b1', 'B1'])
    """
    for matrix, bias in WEIGHT_AND_BIAS:
        head, found, tail = name.rpartition(matrix)
        if found:
            yield head + bias + tail
    head, found, tail = name.rpartition("/0")  # a pair (weights, bias) of a tree
    if found and not tail:
        yield head + "/1"


class Numbered(NamedTuple):
    """A name with the numbers in it.

    Attributes
    ----------
    template : str
        The name with every number replaced by #.
    numbers : tuple
        To be compared with those of a name of the same template.
    name : str
    """

    template: str
    numbers: tuple[NumberKey, ...]
    name: str


def numbered(names: Iterable[str]) -> list[Numbered]:
    """Return the names with their numbers.

    A name without a number beside others that differ from it in `_1`, `_2`, … (Keras, Haiku) is
    one of them, and the first.

    >>> [n.template for n in numbered(["dense/kernel", "dense_1/kernel", "out/kernel"])]
    ['dense_#/kernel', 'dense_#/kernel', 'out/kernel']
    """
    found = []
    for name in names:
        digits = tuple(n.lstrip("0") for n in DIGIT_RUN.findall(name))
        found.append(Numbered(DIGIT_RUN.sub("#", name), tuple((len(n), n) for n in digits), name))
    if len({entry.template for entry in found}) < 2:
        return found
    zero = (0, "")
    least: dict[tuple[str, int], NumberKey] = {}
    for template, numbers, _ in found:
        for place, number in enumerate(numbers):
            key = template, place
            least[key] = min(number, least.get(key, number))
    for i, (template, numbers, name) in enumerate(found):
        twins = set()
        for match in re.finditer(r"(?<=[^./:_])(?=[./:_]|$)", template):
            twin = f"{template[: match.start()]}_#{template[match.start() :]}"
            place = template.count("#", 0, match.start())
            if least.get((twin, place), zero) > zero:
                twins.add((twin, place))
        if len(twins) == 1:
            twin, place = twins.pop()
            found[i] = Numbered(twin, (*numbers[:place], ABSENT, *numbers[place:]), name)
    return found
