"""Formulas in texts that are read in a terminal, set for the pages of the documentation.

A docstring and a claim write a formula as it is read: ``Σ_k (-1)^k C(r, k) (1-k)^m``. Here such
runs are found in a text by a small grammar and given in LaTeX; what does not read as a formula
stays as it is. A formula is made of letters with indices and powers, numbers, brackets, calls such
as T(r, m) and operators. It begins and ends at a space, a bracket or a mark of punctuation, and
something in it says that it is one: an index, a power, a Greek letter, a sign such as Σ or ≤, or
an operator between letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["replace_formulas"]

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "η": "eta",
    "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "π": "pi", "ρ": "rho", "σ": "sigma",
    "τ": "tau", "φ": "varphi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta",
}  # fmt: skip
_SIGNS = {"∞": r"\infty", "∅": r"\emptyset", "…": r"\ldots", "∂": r"\partial", "½": r"\frac12"}
_BIG = {"Σ": r"\sum", "Π": r"\prod", "∫": r"\int"}
_OPERATORS = {
    "=": "=", "+": "+", "-": "-", "−": "-", "±": r"\pm", "·": r"\cdot", "×": r"\times", "/": "/",
    "≠": r"\ne", "≤": r"\le", "≥": r"\ge", "<=": r"\le", "<": "<", ">": ">", "~": r"\sim",
    "→": r"\to", "∈": r"\in", "∪": r"\cup", "∩": r"\cap", "⊂": r"\subset", "⊆": r"\subseteq",
    "⋯": r"\cdots", "≃": r"\simeq", "∝": r"\propto", "∘": r"\circ",
}  # fmt: skip
_SIGN = re.compile("<=|[" + re.escape("".join(s for s in _OPERATORS if len(s) == 1)) + "]")
_FUNCTIONS = ("log10", "log", "exp", "max", "min", "tanh", "cosh", "sinh", "sin", "cos")
_NAMES = ("Bell", "softmax", "sigmoid", "softplus", "vol")  # with an argument in brackets
_QUANTITIES = ("loss", "scale", "samples")  # only where a formula goes on
_WORD = re.compile(
    f"(?:{'|'.join((*_FUNCTIONS, 'mod', 'Re', 'd_in', 'd_out', 'r_star'))})(?![A-Za-z0-9_])"
    rf"|(?:{'|'.join(_NAMES)})(?=\()"
    f"|(?:{'|'.join(_QUANTITIES)})(?=[/^)])"
)
_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿ", "0123456789-n")
_INDICES = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_STAR = r"\*(?=[\s,.;:)+-]|$)"  # of r*
_LETTER_WORD = r"[aAI](?![A-Za-z0-9_^'(!*ᵀ²])"
_GOES_ON = r"[aAI]\s*[-+=≤≥≠<>·/,]\s*[^A-Za-z\s]|[aAI]\s[-+=≤≥≠<>·]\s"
_PAIRS = {
    "(": (")", "(", ")"), "[": ("]", "[", "]"), "{": ("}", r"\{", r"\}"),
    "⌈": ("⌉", r"\lceil ", r"\rceil"), "⌊": ("⌋", r"\lfloor ", r"\rfloor"),
    "⟨": ("⟩", r"\langle ", r"\rangle"), "|": ("|", r"\lvert ", r"\rvert"),
    "‖": ("‖", r"\lVert ", r"\rVert"),
}  # fmt: skip


class _NoFormulaError(Exception):
    """What stands here is none."""


class _Reader:
    """Reads a formula from a place of a text, as far as it goes."""

    def __init__(self, text: str, place: int) -> None:
        self.text, self.place = text, place
        self.depth = 0
        self.letters = 0
        self.telling = False  # whether something says that this is a formula

    def ahead(self, pattern: str) -> re.Match[str] | None:
        return re.compile(pattern).match(self.text, self.place)

    def take(self, pattern: str) -> str:
        if found := self.ahead(pattern):
            self.place = found.end()
            return found.group()
        return ""

    def attempt(self, read: Callable[[], str]) -> str:
        """Return what is read, or nothing, in which case the place stays."""
        before = self.place, self.depth, self.letters, self.telling
        try:
            return read()
        except _NoFormulaError:
            self.place, self.depth, self.letters, self.telling = before
            return ""

    def formula(self) -> str:
        """Operands with operators between them, or lists of them with dots."""
        parts = [self.take("[-−±]").replace("−", "-").replace("±", r"\pm ")]
        parts.append(self.product())
        while more := self.attempt(self.operation):
            parts.append(more)
        return "".join(parts)

    def operation(self) -> str:
        if not self.depth and self.take(","):
            if not (self.ahead(r"(?:\s+[^\s,]+,)?\s+…") or self.text[: self.place].endswith("…,")):
                raise _NoFormulaError
            self.take(r"\s+")
            return f", {self.product()}"
        space = self.space()
        found = _SIGN.match(self.text, self.place)
        if found is None:
            raise _NoFormulaError
        self.place = found.end()
        after = self.take(r"\s+")
        sign = found.group()
        if (sign != "/" and bool(space) != bool(after)) or (
            sign in "=<>→" and not self.depth and not space
        ):
            raise _NoFormulaError
        minus = "-" if sign not in "+-−" and self.take(r"[-−]") else ""
        right = self.product()
        self.telling = self.telling or sign not in "-/" or bool(self.letters)
        around = " " if after or sign not in "/" else ""
        return f"{around}{_OPERATORS[sign]}{around}{minus}{right}"

    def product(self) -> str:
        made = self.factor()
        while more := self.attempt(self.next_factor):
            made += more
        return made

    def next_factor(self) -> str:
        space = self.space()
        # a word that is a letter is one of a formula only where the formula goes on after it
        if space and not self.depth and self.ahead(_LETTER_WORD) and not self.ahead(_GOES_ON):
            raise _NoFormulaError
        if space and self.ahead(r"\d"):  # numbers one after another are a list
            raise _NoFormulaError
        return (r"\, " if space else "") + self.factor()

    def space(self) -> str:
        """One space or the end of a line; more of them part the columns of a table."""
        return self.take(r" (?! )|\n\s*")

    def factor(self) -> str:
        atom = self.atom()
        while more := self.attempt(self.suffix):
            atom += more
        return atom

    def atom(self) -> str:
        if found := _WORD.match(self.text, self.place):
            self.place = found.end()
            return self.word(found.group())
        if number := self.take(r"\d+(?:\.\d+)?(?![\d.]*\d|e[-+]?\d)"):
            return number
        here = self.text[self.place : self.place + 1]
        if here in _BIG:
            self.place += 1
            self.telling = True
            return _BIG[here] + self.bounds() + r"\, " + self.after_bounds()
        if here == "√":
            self.place += 1
            self.telling = True
            inner = self.group() if self.ahead(r"[({]") else self.factor()
            return rf"\sqrt{{{inner}}}"
        if here in _GREEK or here in _SIGNS:
            self.place += 1
            self.telling = self.telling or here not in "…"
            self.letters += here in _GREEK
            return f"\\{_GREEK[here]} " if here in _GREEK else f"{_SIGNS[here]} "
        if here in _PAIRS:
            return self.bracket(here)
        if letter := self.take(r"[A-Za-z](?![A-Za-z0-9])|(?<=\d)[A-Z](?=[a-z](?![A-Za-z0-9]))"):
            self.letters += 1
            return self.call(letter)
        raise _NoFormulaError

    def word(self, name: str) -> str:
        if name in _FUNCTIONS:
            self.telling = True
            made = r"\log_{10}" if name == "log10" else f"\\{name}"
            power = f"^{{{self.script()}}}" if self.take(r"\^") else ""
            gap = r"\, " if self.space() else " "
            return f"{made}{power}{gap}{self.factor()}"
        if name in ("d_in", "d_out"):
            return rf"d_{{\mathrm{{{name[2:]}}}}}"
        if name == "r_star":
            return "r_*"
        return rf"\mathrm{{{name}}}"

    def call(self, letter: str) -> str:
        if letter == "C" and self.ahead(r"\([^(),]+(?:\([^()]*\))?[^(),]*,[^,]*\)"):
            return self.attempt(self.binomial) or letter
        if self.ahead(r"\("):
            self.telling = self.telling or bool(self.ahead(r"\([\w* +…θzρxσ-]*(?:,[\w* +-]*)?\)"))
        return letter

    def binomial(self) -> str:
        self.place += 1
        self.depth += 1
        top = self.formula()
        if not self.take(r",\s+"):
            raise _NoFormulaError
        bottom = self.formula()
        if not self.take(r"\)"):
            raise _NoFormulaError
        self.depth -= 1
        self.telling = True
        return rf"\binom{{{top}}}{{{bottom}}}"

    def bracket(self, opening: str) -> str:
        closing, left, right = _PAIRS[opening]
        self.place += 1
        self.depth += 1
        self.take(r"\s+")
        parts = [self.formula()]
        while opening in "([{⟨" and self.take(r",\s*"):
            parts.append(self.formula())
        self.take(r"\s+")
        if not self.take(re.escape(closing)):
            raise _NoFormulaError
        self.depth -= 1
        if opening not in "([{⟨":
            self.telling = True
        rows = [part[1:-1] for part in parts if re.fullmatch(r"\[[^\[\]]*\]", part)]
        if opening == "[" and len(rows) == len(parts) > 1:
            inside = r" \\ ".join(row.replace(", ", " & ") for row in rows)
            return rf"\begin{{pmatrix}} {inside} \end{{pmatrix}}"
        return f"{left}{', '.join(parts)}{right}"

    def group(self) -> str:
        """What stands in brackets that are not shown."""
        closing = {"(": r"\)", "{": r"\}"}[self.text[self.place]]
        self.place += 1
        self.depth += 1
        inner = self.formula()
        while self.take(r",\s*"):
            inner += f", {self.formula()}"
        if not self.take(closing):
            raise _NoFormulaError
        self.depth -= 1
        return inner

    def bounds(self) -> str:
        made = ""
        while found := self.take(r"[_^]"):
            made += f"{found}{{{self.script()}}}"
        return made

    def after_bounds(self) -> str:
        self.take(r"\s+")
        return self.factor()

    def script(self) -> str:
        if self.ahead(r"[({]"):
            return self.group()
        if found := self.take(r"[-−]?(?:\d+|[A-Za-z]{1,2})(?![A-Za-z0-9_])'*"):
            star = "^*" if found[-1].isalpha() and self.take(_STAR) else ""
            return found.replace("−", "-") + star
        if word := self.take(r"[-−]?[A-Za-z]{3,}(?![A-Za-z0-9_])"):
            return rf"{word[: word[0] == '-']}\mathrm{{{word.lstrip('-')}}}"
        here = self.text[self.place : self.place + 1]
        if here in _GREEK:
            self.place += 1
            return f"\\{_GREEK[here]}"
        if here == "½":
            self.place += 1
            return _SIGNS[here]
        raise _NoFormulaError

    def suffix(self) -> str:
        after_letter = self.text[self.place - 1].isalpha()
        if after_letter and (derivative := self.take(r"\^\(\w(?:[+-]\w)?\)(?=\()")):
            self.telling = True
            return f"^{{{derivative[1:]}}}"
        if mark := self.take(r"[_^](?=[\w({½-])"):
            self.telling = True
            return f"{mark}{{{self.script()}}}"
        if power := self.take("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿ]+"):
            self.telling = True
            return f"^{{{power.translate(_POWERS)}}}"
        if index := self.take("[₀₁₂₃₄₅₆₇₈₉]+"):
            self.telling = True
            return f"_{{{index.translate(_INDICES)}}}"
        if self.take("ᵀ"):
            self.telling = True
            return r"^\top "
        if primes := self.take(r"'+(?![A-Za-z])"):
            return primes
        if self.take(r"!"):
            self.telling = True
            return "!"
        if self.take(_STAR):
            self.telling = True
            return "^*"
        if self.ahead(r"\("):
            return self.bracket("(")
        raise _NoFormulaError


def _read(text: str, place: int) -> tuple[str, int] | None:
    """Return the formula that begins at a place, and where it ends."""
    reader = _Reader(text, place)
    made = reader.attempt(reader.formula)
    if not made or not reader.telling or not re.match(r"[\s,.;:)?\]]|$", text[reader.place :]):
        return None
    shown = text[place : reader.place]
    rest = text[reader.place :]
    if re.match(r"\s+(?:[-+=·/≤≥<>≠])\s", rest) or (shown.endswith(" …") and rest[:1] == " "):
        return None  # cut off in the middle
    if re.fullmatch(r"[\d\s.,-]+|\d+(?:-\w+)+|[A-Za-z]+|[A-Za-z]_[A-Za-z]{2,}", shown):
        return None
    return made, reader.place


def replace_formulas(text: str, mark: Callable[[str], str]) -> str:
    r"""Return a text with every formula in it as ``mark`` makes it of its LaTeX.

    What stands between backticks stays.

    Examples
    --------
    >>> print(replace_formulas("at most Σ_k C(r, k)² of them, for r ≥ 2", "${}$".format))
    at most $\sum_{k}\, \binom{r}{k}^{2}$ of them, for $r \ge 2$
    """
    parts: list[str] = []
    place = done = 0
    while place < len(text):
        if text[place] == "`":
            fence = re.compile("`+").match(text, place)
            assert fence is not None
            end = text.find(fence.group(), fence.end())
            place = len(text) if end < 0 else end + len(fence.group())
            continue
        starts = place == 0 or text[place - 1] in " \n\t("
        found = _read(text, place) if starts and not text[place].isspace() else None
        if found is None:
            place += 1
            continue
        made, end = found
        parts += [text[done:place], mark(made.strip())]
        place = done = end
    return "".join([*parts, text[done:]])
