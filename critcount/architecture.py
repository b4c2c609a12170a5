"""The layer widths of a fully connected network, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from critcount._support import checks, markup

__all__ = [
    "MAX_WIDTH",
    "Architecture",
    "ArchitectureLike",
    "as_architecture",
    "parse_widths",
    "widths_text",
]

_WIDTHS = re.compile(r"[0-9]+(-[0-9]+)*")

#: No layer is wider.
MAX_WIDTH = 10**18


def parse_widths(name: str, text: str, example: str = "20-10") -> tuple[int, ...]:
    """Return the widths that a text such as ``300-100`` spells.

    Parameters
    ----------
    name : str
        What the text is, for the message.
    text : str
        Decimal integers joined by hyphens.
    example : str
        A good one, for the message.

    Raises
    ------
    TypeError
        When `text` is no string.
    ValueError
        When it is spelled otherwise, or a width has more than 18 digits.

    Examples
    --------
    >>> parse_widths("minimal", "20-10")
    (20, 10)
    """
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a string such as {example!r}, not {checks.show(text)}")
    if not _WIDTHS.fullmatch(text.strip()):
        raise ValueError(
            f"{name} must be whole numbers joined by hyphens, such as {example!r}, "
            f"not {checks.show(text)}"
        )
    parts = text.strip().split("-")
    if any(len(part) > 18 for part in parts):
        raise ValueError(f"{name} has a width of more than 18 digits: {checks.show(text)}")
    return tuple(map(int, parts))


def widths_text(widths: Iterable[int]) -> str:
    """Return widths as `parse_widths` reads them.

    >>> widths_text([300, 100])
    '300-100'
    """
    return "-".join(map(str, widths))


@dataclass(frozen=True, slots=True)
class Architecture:
    """The widths of a fully connected network: inputs, one or more hidden layers, outputs.

    Parameters
    ----------
    widths : sequence of int
        At least three positive integers, none above 10^18. Biases, activations and weights are
        no part of an architecture; neither is a minimal width, which is an argument of the
        questions that need one.

    Examples
    --------
    >>> lenet = Architecture([784, 300, 100, 10])
    >>> lenet.hidden, lenet.d_in, lenet.d_out
    ((300, 100), 784, 10)
    >>> str(lenet)
    '784-300-100-10'
    """

    widths: tuple[int, ...]

    def __init__(self, widths: Sequence[int]) -> None:
        values = checks.integers("widths", widths, minimum=1, maximum=MAX_WIDTH)
        if len(values) < 3:
            raise ValueError(
                "widths must have an input, at least one hidden layer and an output, such as "
                f"2-4-1, not {widths_text(values)!r}"
            )
        object.__setattr__(self, "widths", values)

    @classmethod
    def parse(cls, text: str) -> Architecture:
        """Return the architecture that a text such as ``784-300-100-10`` spells.

        Raises
        ------
        TypeError, ValueError
            When the text is no such list of at least three positive widths.

        Examples
        --------
        >>> Architecture.parse("2-4-1")
        Architecture.parse('2-4-1')
        """
        return cls(parse_widths("architecture", text, "784-300-100-10"))

    @property
    def hidden(self) -> tuple[int, ...]:
        """The widths of the hidden layers, first to last."""
        return self.widths[1:-1]

    @property
    def d_in(self) -> int:
        """The number of inputs."""
        return self.widths[0]

    @property
    def d_out(self) -> int:
        """The number of outputs."""
        return self.widths[-1]

    def __str__(self) -> str:
        return widths_text(self.widths)

    def __repr__(self) -> str:
        return f"Architecture.parse('{self}')"

    def _repr_html_(self) -> str:
        return markup.record(self)


#: What a function that asks for an architecture takes: one, its text, or its widths.
ArchitectureLike = Architecture | str | Sequence[int]


def as_architecture(value: ArchitectureLike) -> Architecture:
    """Return the architecture that a value is, spells or lists.

    Parameters
    ----------
    value : Architecture, str or sequence of int
        A text such as ``784-300-100-10``, or the widths.

    Returns
    -------
    Architecture

    Raises
    ------
    TypeError, ValueError
        When it is none of these.

    Examples
    --------
    >>> as_architecture("2-5-1") == as_architecture([2, 5, 1]) == Architecture([2, 5, 1])
    True
    """
    if isinstance(value, Architecture):
        return value
    if isinstance(value, str):
        return Architecture.parse(value)
    if isinstance(value, bytes) or not isinstance(value, Iterable):
        raise TypeError(
            "architecture must be an Architecture, a text such as '784-300-100-10' or a sequence "
            f"of widths, not {checks.show(value)} ({type(value).__name__})"
        )
    return Architecture(value)
