"""Whole numbers and words as the command line spells them: 7, and 0,1,10,2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from critcount.cli.command import spoken

if TYPE_CHECKING:
    from critcount.configurations.configuration import Configuration

__all__ = ["read_configuration", "read_integer", "read_integers"]


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
    return [read_integer(f"a number of {name}", part.strip()) for part in text.split(",")]


def read_configuration(name: str, word: str, r: int) -> Configuration:
    """Return the configuration that a word spells, as 0,1,10,2 or 0112."""
    from critcount.configurations.configuration import Configuration

    try:
        return Configuration.from_word(word, r)
    except ValueError as error:
        raise click.UsageError(f"{name}: {spoken(str(error))}") from None
