"""Whole numbers and words as the command line spells them: 7, and 0,1,10,2."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from critcount.configurations.configuration import Configuration

__all__ = ["read_configuration", "read_integer", "read_integers", "spoken"]

#: a place in a sequence, as Python writes it
_PLACE = re.compile(r"\b([a-z_]+)\[(\d+)\](?= (?:is|must) )")
#: what the command line calls arguments of functions
NAMES = {
    "index": "a rank",
    "max_digits": "--limit",
    "max_extra": "--max-extra",
    "max_m": "--max-m",
    "max_order": "--max-order",
    "zero_blocks": "--zero-blocks",
}


def spoken(message: str) -> str:
    """Return the message of an error of the library as the command line names things.

    >>> spoken("minimal[0] must be at least 1, not 0")
    'number 1 of minimal must be at least 1, not 0'
    >>> spoken("max_order must be at least 1, not -1")
    '--max-order must be at least 1, not -1'
    >>> spoken("index must be from 0 to 11, not 12")
    'a rank must be from 0 to 11, not 12'
    """
    message = _PLACE.sub(lambda found: f"number {int(found[2]) + 1} of {found[1]}", message)
    name, must, rest = message.partition(" must ")
    return f"{NAMES.get(name, name)}{must}{rest}"


def read_integer(name: str, text: str) -> int:
    """Return the integer that a text spells in decimal digits."""
    from critcount._support import checks, numerals

    try:
        return checks.integer(name, numerals.parse(text))
    except (ValueError, TypeError):
        raise click.UsageError(f"{name} must be a whole number, not {checks.show(text)}") from None


def read_integers(name: str, text: str) -> list[int]:
    """Return the integers that a text such as 0,1,10,2 spells; none for an empty text."""
    if not text:
        return []
    return [read_integer(f"{name}: a number", part.strip()) for part in text.split(",")]


def read_configuration(name: str, word: str, r: int) -> Configuration:
    """Return the configuration that a word spells, as 0,1,10,2 or 0112."""
    from critcount.configurations.configuration import Configuration

    try:
        return Configuration.from_word(word, r)
    except ValueError as error:
        raise click.UsageError(f"{name}: {error}") from None
