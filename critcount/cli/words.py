"""Whole numbers and words as the command line spells them: 7, and 0,1,10,2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from critcount.cli.command import spoken

if TYPE_CHECKING:
    from critcount.configurations.configuration import Configuration

__all__ = ["about_word", "read_configuration", "read_integer", "read_integers"]


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
        raise click.UsageError(about_word(name, error)) from None


def about_word(name: str, error: ValueError) -> str:
    """Return the message of what is wrong with a word, which is called what the user typed.

    >>> about_word("--word", ValueError("word must contain every label below r = 2"))
    '--word must contain every label below r = 2'
    >>> about_word("--word", ValueError("this is no word"))
    '--word: this is no word'
    """
    message = spoken(str(error)).replace("WORD", name)
    return message if name in message else f"{name}: {message}"
