"""A frame to CSV, JSON and Parquet without losing a digit; to LaTeX, Markdown and text to read.

The lossless formats spell an int in decimal digits and a Fraction as ``p/q`` (``4/1`` when it is
whole, in CSV ``4``). In JSON every exact number is a string; the document is a *Table Schema*
table, which ``pandas.read_json(path, orient="table")`` reads without losing a digit, and
``critcount/output/schema.json`` describes it. In Parquet a column of integers that fit is int64,
any other column of exact numbers one of strings whose field metadata names the type. `read_frame`
gives ints, fractions, floats, booleans and text back as they were.
"""

from __future__ import annotations

import csv
import json
import math
import os
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import IO, TYPE_CHECKING, Any, Literal, get_args

from critcount._support import checks, files, numerals
from critcount._support.columns import CELL_KINDS, CellKind, frame, kind_of
from critcount._support.extras import pyarrow
from critcount.output import rendering, report
from critcount.output.rendering import Rows, TableCell
from critcount.output.report import SCHEMA_VERSION

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LOSSLESS",
    "READABLE",
    "SCHEMA_VERSION",
    "Format",
    "decode",
    "encode",
    "kinds",
    "load_json",
    "read_frame",
    "write_frame",
    "write_rows",
]

Lossless = Literal["csv", "json", "parquet"]
Readable = Literal["latex", "markdown", "text"]
Format = Lossless | Readable
LOSSLESS: tuple[Lossless, ...] = get_args(Lossless)
READABLE: tuple[Readable, ...] = get_args(Readable)

_FLOAT = re.compile(r"-?([0-9]+\.[0-9]*(e[-+]?[0-9]+)?|[0-9]+e[-+]?[0-9]+|inf)")
_BOOL = {"True": True, "False": False}
_METADATA = b"critcount"
#: the type of a column in a Table Schema; what is exact is a string
_TYPES = {
    "integer": "string",
    "fraction": "string",
    "float": "number",
    "boolean": "boolean",
    "text": "string",
    "mixed": "any",
}
_INT64 = 1 << 63


def write_frame(
    frame: pd.DataFrame,
    target: str | os.PathLike[str] | IO[str] | IO[bytes],
    format: Format,
    *,
    significant: int | None = 4,
    comment: str = "",
    group: bool = False,
) -> None:
    """Write a frame, its index left out.

    Parameters
    ----------
    frame : pandas.DataFrame
        Cells are ints, fractions, floats, booleans, text, or missing.
    target : path or stream
        A path is written whole or not at all. A stream is a text stream, and a binary one for
        ``parquet``.
    format : {"csv", "json", "parquet", "latex", "markdown", "text"}
        The first three are lossless and `read_frame` gives the frame back; the others are for
        reading and round integers from 10^10 on.
    significant : int or None
        For the formats to read: digits shown of a rounded number; None rounds nothing.
    comment : str
        For ``latex``: lines put above the table behind a per cent sign.
    group : bool
        For the formats to read: group the digits of integers in threes.

    Raises
    ------
    TypeError, ValueError
        For an unknown format, a cell of another type, or, in CSV, a text that would come back
        as a number: CSV has no types.
    OSError
        When the path cannot be written.

    Examples
    --------
    >>> import pandas as pd, sys
    >>> frame = pd.DataFrame({"m": [2, 3], "T": pd.Series([2, 10**20], dtype=object)})
    >>> write_frame(frame, sys.stdout, "csv")
    m,T
    2,2
    3,100000000000000000000
    """
    rows = list(frame.itertuples(index=False, name=None))
    write_rows(
        [str(c) for c in frame.columns],
        rows,
        target,
        format,
        significant=significant,
        comment=comment,
        group=group,
    )


def write_rows(
    columns: Sequence[str],
    rows: Rows,
    target: str | os.PathLike[str] | IO[str] | IO[bytes],
    format: Format,
    *,
    significant: int | None = 4,
    comment: str = "",
    group: bool = False,
) -> None:
    """Write rows of cells as `write_frame` does, without a frame and without pandas."""
    checks.choice("format", format, (*LOSSLESS, *READABLE))
    if significant is not None:
        significant = checks.integer("significant", significant, minimum=1)
    if format in LOSSLESS:
        rows = [[_cell(value) for value in row] for row in rows]
    else:
        rows = [[v if isinstance(v, Decimal) else _cell(v) for v in row] for row in rows]
    if format == "parquet":
        payload: str | bytes = _parquet(columns, rows)
    elif format == "csv":
        payload = _csv(columns, rows)
    elif format == "json":
        payload = _json(columns, rows)
    elif format == "latex":
        payload = rendering.latex(columns, rows, significant, comment, group)
    elif format == "markdown":
        payload = rendering.markdown(columns, rows, significant, group)
    else:
        payload = rendering.text(columns, rows, significant, group)
    files.put(payload, target)


def read_frame(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Return the frame in a CSV, JSON or Parquet file that this module wrote.

    Parameters
    ----------
    path : path
        The suffix says the format. The JSON of the command ``critcount count`` is read too, as
        the frame that `critcount.output.tables.count_table` returns.

    Returns
    -------
    pandas.DataFrame
        Exact numbers are Python ints and Fractions in object columns. CSV has no types: a cell
        that is spelled like an integer, a fraction, a float or a truth value is one.

    Raises
    ------
    OSError
        When the file cannot be read.
    ValueError
        When it is of another format or damaged.

    Examples
    --------
    >>> import os, tempfile, pandas as pd
    >>> path = os.path.join(tempfile.mkdtemp(), "table.csv")
    >>> write_frame(pd.DataFrame({"T": pd.Series([10**5000], dtype=object)}), path, "csv")
    >>> read_frame(path).loc[0, "T"] == 10**5000
    True
    """
    name = os.fspath(path)
    suffix = os.path.splitext(name)[1].lower()
    readers: dict[str, Callable[[str], pd.DataFrame]] = {
        ".csv": _read_csv,
        ".json": _read_json,
        ".parquet": _read_parquet,
    }
    if suffix not in readers:
        raise ValueError(f"{name}: the suffix must be one of {', '.join(readers)}")
    try:
        return readers[suffix](name)
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}: is not UTF-8 text") from error


def encode(cell: TableCell) -> str:
    """Return the text that stands for a cell in CSV.

    >>> [encode(c) for c in (7, Fraction(4), 0.5, True, "x", None)]
    ['7', '4/1', '0.5', 'True', 'x', '']
    """
    if cell is None:
        return ""
    if isinstance(cell, bool | str):
        return str(cell)
    return numerals.exact(cell) if isinstance(cell, int | Fraction) else repr(cell)


def decode(text: str) -> TableCell:
    """Return the cell that a text in CSV stands for.

    >>> [decode(t) for t in ("7", "4/1", "0.5", "True", "x", "")]
    [7, Fraction(4, 1), 0.5, True, 'x', None]
    """
    if numerals.is_exact(text):
        return numerals.parse(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return _BOOL.get(text, text or None)


def _cell(value: Any) -> TableCell:
    """A frame's cell as a plain Python value."""
    if rendering.is_missing(value):
        return None
    if type(value) in (bool, int, Fraction, float, str):
        return value  # type: ignore[no-any-return]
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a numpy scalar
        plain = value.item()
        if type(plain) is not type(value):
            return _cell(plain)
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    for kind in (int, Fraction, float, str):
        if isinstance(value, kind):  # a subclass
            return kind(value)
    raise TypeError(
        f"a cell must be an int, Fraction, float, bool, str or missing, not "
        f"{checks.show(value)} ({type(value).__name__})"
    )


def _csv(columns: Sequence[str], rows: Rows) -> str:
    _require_distinct(columns)
    lines = [",".join(map(_quoted, columns))]
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            if isinstance(cell, str) and decode(cell) != cell:
                raise ValueError(
                    f"column {column!r} holds the text {checks.show(cell)}, which CSV cannot "
                    "tell from a number, a truth value or a missing cell; use the format json"
                )
        encoded = [_quoted(encode(_whole(cell))) for cell in row]
        # a lone empty cell would read as no row at all
        lines.append('""' if encoded == [""] else ",".join(encoded))
    return "\n".join(lines) + "\n"


def _whole(cell: TableCell) -> TableCell:
    """A whole fraction as the integer that it is."""
    return int(cell) if isinstance(cell, Fraction) and cell.denominator == 1 else cell


def _fractions(cells: list[TableCell]) -> list[TableCell]:
    """The cells of a column, the integers among fractions as fractions."""
    exact = all(cell is None or type(cell) in (int, Fraction) for cell in cells)
    if exact and any(isinstance(cell, Fraction) for cell in cells):
        return [Fraction(cell) if isinstance(cell, int) else cell for cell in cells]
    return cells


def _quoted(text: str) -> str:
    """A CSV cell, in quotes where it needs them; the standard library forgets a bare CR."""
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in '",\r\n') else text


def _read_csv(name: str) -> pd.DataFrame:
    with open(name, encoding="utf-8", newline="") as stream:
        before = csv.field_size_limit(os.path.getsize(name) + 1)
        try:
            table = list(csv.reader(stream, strict=True))
        except csv.Error as error:
            raise ValueError(f"{name}: is no CSV table: {error}") from error
        finally:
            csv.field_size_limit(before)
    if not table:
        raise ValueError(f"{name}: is empty")
    columns, *rows = table
    _require_distinct(columns)
    for number, row in enumerate(rows, start=2):
        if len(row) != len(columns):
            raise ValueError(
                f"{name}: row {number} has {len(row)} cells, the header {len(columns)}"
            )
    cells = [_fractions([decode(cell) for cell in column]) for column in zip(*rows, strict=True)]
    return frame(columns, list(zip(*cells, strict=True)))


def kinds(columns: Sequence[str], rows: Rows) -> dict[str, CellKind]:
    """Return the type of every column: integer, fraction, float, boolean, text or mixed."""
    _require_distinct(columns)
    return {c: kind_of(row[i] for row in rows) for i, c in enumerate(columns)}


def _require_distinct(columns: Sequence[str]) -> None:
    if len(set(columns)) != len(columns):
        raise ValueError(f"column names must differ: {checks.show(list(columns))}")


def _exact(cell: TableCell) -> str:
    """The text of a cell in a column of exact numbers or of mixed types."""
    if isinstance(cell, str) and decode(cell) != cell:
        raise ValueError(
            f"a column of mixed types holds the text {checks.show(cell)}, which cannot be told "
            "from a number"
        )
    return encode(cell)


def _json_cell(cell: TableCell, kind: str) -> str | float | bool | None:
    if cell is None or isinstance(cell, bool) or kind == "text":
        return cell  # type: ignore[return-value]
    if isinstance(cell, float) and math.isfinite(cell):
        return cell
    return _exact(cell)


def _json(columns: Sequence[str], rows: Rows) -> str:
    types = kinds(columns, rows)
    body = [
        {c: _json_cell(cell, types[c]) for c, cell in zip(columns, row, strict=True)}
        for row in rows
    ]
    fields = [
        {"name": c, "type": _type(rows, i, types[c]), "kind": types[c]}
        for i, c in enumerate(columns)
    ]
    document = {"schema_version": SCHEMA_VERSION, "schema": {"fields": fields}, "data": body}
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _type(rows: Rows, column: int, kind: CellKind) -> str:
    """The type of a column in a Table Schema; none but "any" has room for missing truth values."""
    missing = kind == "boolean" and any(row[column] is None for row in rows)
    return "any" if missing else _TYPES[kind]


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return dict(pairs)


def load_json(name: str) -> Any:
    """Return the document in a JSON file; ValueError when it is none."""
    with open(name, encoding="utf-8") as stream:
        text = stream.read()
    try:
        return json.loads(text, parse_int=numerals.parse, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name}: is no JSON document: {error}") from error


def _read_json(name: str) -> pd.DataFrame:
    document = load_json(name)
    if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION:
        raise ValueError(f"{name}: is no table of schema version {SCHEMA_VERSION}")
    if "data" not in document:
        try:
            return frame(report.COLUMNS, report.rows(report.from_json(document)))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{name}: {error}") from error
    body = document["data"]
    try:
        types = {field["name"]: field["kind"] for field in document["schema"]["fields"]}
    except (KeyError, TypeError):
        raise ValueError(f"{name}: schema.fields must name and type every column") from None
    if not isinstance(body, list):
        raise ValueError(f"{name}: data must be a list")
    rows = []
    for number, row in enumerate(body):
        if not isinstance(row, dict) or list(row) != list(types):
            raise ValueError(f"{name}: data[{number}] does not have the columns {list(types)}")
        rows.append(
            [_from_json(cell, types[c], f"{name}: data[{number}]") for c, cell in row.items()]
        )
    return frame(list(types), rows)


def _from_json(cell: object, kind: str, where: str) -> TableCell:
    """The cell of a column of this kind that stands in a JSON document."""
    if isinstance(cell, str) and kind != "text":
        cell = decode(cell)
    elif kind == "float" and isinstance(cell, int) and abs(cell) < 2**53:
        cell = float(cell)
    if kind not in CELL_KINDS or not (cell is None or kind in ("mixed", kind_of([cell]))):
        raise ValueError(f"{where}: {checks.show(cell)} is no cell of type {checks.show(kind)}")
    if not isinstance(cell, int | Fraction | float | str | None):
        raise ValueError(f"{where}: {checks.show(cell)} is no cell")
    return cell


def _fits(cell: TableCell) -> bool:
    """Whether a cell of a column of integers has room in an int64."""
    return cell is None or (isinstance(cell, int) and -_INT64 <= cell < _INT64)


def _parquet(columns: Sequence[str], rows: Rows) -> bytes:
    pa = pyarrow()
    plain = {"float": pa.float64(), "boolean": pa.bool_(), "text": pa.string()}
    types = kinds(columns, rows)
    fields, arrays = [], []
    for i, column in enumerate(columns):
        kind = types[column]
        cells = [row[i] for row in rows]
        type_ = plain.get(kind, pa.string())
        if kind == "integer" and all(map(_fits, cells)):
            type_ = pa.int64()
        elif kind not in plain:
            cells = [None if cell is None else _exact(cell) for cell in cells]
        arrays.append(pa.array(cells, type=type_))
        fields.append(pa.field(column, type_, metadata={_METADATA: kind.encode()}))
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields)), sink)
    return bytes(sink.getvalue())


def _read_parquet(name: str) -> pd.DataFrame:
    pa = pyarrow()
    try:
        table = pa.parquet.read_table(name)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{name}: is no Parquet file") from error
    data: list[list[TableCell]] = []
    for field, column in zip(table.schema, table.columns, strict=True):
        kind = (field.metadata or {}).get(_METADATA, b"text").decode()
        cells = column.to_pylist()
        if kind in ("integer", "fraction", "mixed"):
            cells = [decode(cell) if isinstance(cell, str) else cell for cell in cells]
        data.append(cells)
    return frame(table.column_names, list(zip(*data, strict=True)))
