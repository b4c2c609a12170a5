"""The numbers of types and critical subspaces for named activations as a pandas frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from critcount._support import checks, numerals
from critcount._support.columns import frame
from critcount.counting import activations, domains, layer
from critcount.counting.limits import refuse_total
from critcount.counting.setting import BIASES, Biases, Setting

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COMMON", "NamedSetting", "activation_table", "parse_setting"]

#: An activation and where there are biases.
NamedSetting = tuple[str, Biases]

#: One activation of each kind, in the settings that differ.
COMMON: tuple[NamedSetting, ...] = (
    ("generic", "all"),
    ("generic", "hidden"),
    ("generic", "none"),
    ("tanh", "all"),
    ("gaussian", "hidden"),
    ("gaussian", "none"),
    ("sigmoid", "hidden"),
    ("sigmoid", "none"),
    ("gelu", "all"),
    ("gelu", "hidden"),
    ("softplus", "hidden"),
    ("softplus", "none"),
    ("relu", "all"),
    ("relu", "none"),
)


def parse_setting(text: str) -> NamedSetting:
    """Return the activation and the biases that a text such as gelu or gelu/none names.

    Parameters
    ----------
    text : str
        A name of `critcount.activations.ACTIVATIONS`, a slash and one of all, hidden, output and
        none; all where there is no slash.

    Raises
    ------
    ValueError
        When it names none.

    Examples
    --------
    >>> parse_setting("gelu/none"), parse_setting("tanh")
    (('gelu', 'none'), ('tanh', 'all'))
    """
    name, _, biases = text.partition("/")
    chosen: Biases = checks.choice("biases", biases or "all", BIASES)
    Setting(name, 1 << 16, 1, chosen)  # type: ignore[arg-type]
    return name, chosen


def activation_table(
    settings: Iterable[NamedSetting] = COMMON,
    max_r: int = 3,
    max_extra: int = 4,
    *,
    max_digits: int | None = None,
) -> pd.DataFrame:
    """Return the numbers of types, connected pieces and critical subspaces by activation.

    Parameters
    ----------
    settings : iterable of (str, str)
        Activations and their biases; `COMMON` by default.
    max_r : int
        Minimal widths 1 … max_r, with as many inputs, from where on the numbers of one output do
        not change.
    max_extra : int
        Widths m = r … r + max_extra.
    max_digits : int, optional
        Refuse a table of more digits in all; 50,000,000 by default.

    Returns
    -------
    pandas.DataFrame
        Columns activation, biases, r, m, types (see
        `critcount.counting.activations.count_types`), log10_types, connected_pieces (missing
        where the number is not known), critical_subspaces (of one critical point of width r,
        with its permutations; missing where not worked out), types_on_domain (see
        `critcount.counting.domains.count_types_on_domain`; missing where not worked out).

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `critcount.counting.activations.count_types`.

    Examples
    --------
    >>> activation_table([("gelu", "all")], 2, 2)["types"].tolist()
    [1, 5, 25, 2, 18, 158]
    """
    max_r = checks.integer("max_r", max_r, minimum=1)
    max_extra = checks.integer("max_extra", max_extra, minimum=0)
    chosen = [
        (name, biases, Setting(name, max(max_r, 2), 1, biases))  # type: ignore[arg-type]
        for name, biases in settings
    ]
    longest = layer.bound_log10_T(max_r, max_r + max_extra) + max_r + max_extra
    numbers = 3 * len(chosen) * max_r * (max_extra + 1)
    refuse_total("the table of activations", numbers, longest, max_digits)
    rows = []
    for name, biases, setting in chosen:
        for r in range(1, max_r + 1):
            for m in range(r, r + max_extra + 1):
                types = activations.count_types(r, m, setting, max_digits=max_digits)
                pieces = activations.count_connected_pieces(r, m, setting).number
                critical = None
                if setting.form != "trigonometric":
                    critical = activations.count_critical_types(
                        r, m, setting, max_digits=max_digits
                    )
                on_domain = None
                if biases == "all" or domains.smooth_parts(setting.activation) is None:
                    on_domain = domains.count_types_on_domain(r, m, setting, max_digits=max_digits)
                log10 = numerals.log10(types)
                rows.append((name, biases, r, m, types, log10, pieces, critical, on_domain))
    names = ("activation", "biases", "r", "m", "types", "log10_types", "connected_pieces")
    return frame((*names, "critical_subspaces", "types_on_domain"), rows)
