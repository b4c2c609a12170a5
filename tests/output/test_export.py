import io
import json
import math
from decimal import Decimal
from fractions import Fraction
from importlib import resources

import jsonschema
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from critcount import Architecture, T, export, tables
from critcount.output import report

LOSSLESS = ("csv", "json", "parquet")
HUGE = 7 * 10**6000 + 3
SCHEMA = json.loads((resources.files("critcount.output") / "schema.json").read_text())


def plain(frame):
    """Columns as lists, with None for whatever pandas puts where nothing is: a NaN is nothing."""
    return {
        c: [None if isinstance(x, float) and math.isnan(x) else x for x in frame[c].tolist()]
        for c in frame.columns
    }


def same(a, b, format_="json"):
    """Equal in names, values and types; in CSV a whole fraction is the integer that it is."""
    a, b = plain(a), plain(b)
    exact = {int: "exact", Fraction: "exact"} if format_ == "csv" else {}

    def types(cells):
        return [exact.get(type(x), type(x)) for x in cells]

    return a == b and all(types(a[c]) == types(b[c]) for c in a)


@pytest.mark.parametrize("format_", LOSSLESS)
def test_a_number_of_over_5000_digits_and_every_type(tmp_path, format_):
    frame = pd.DataFrame(
        {
            "integer": pd.Series([HUGE, -HUGE, 0], dtype=object),
            "small": [1, 2, 3],
            "fraction": pd.Series([Fraction(HUGE, 2), Fraction(4), Fraction(-1, 3)], dtype=object),
            "float": [0.1, 1e300, -math.inf],
            "boolean": [True, False, True],
            "text": ["a, b", 'quote " and\nline', "\r784-300-10\r"],
            "missing": pd.Series([None, 5, None], dtype=object),
        }
    )
    path = tmp_path / f"table.{format_}"
    export.write_frame(frame, path, format_)
    assert same(export.read_frame(path), frame, format_)


cells = st.one_of(
    st.none(),
    st.integers(),
    st.fractions(),
    st.booleans(),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda t: export.decode(t) == t),
)


@given(st.lists(st.tuples(cells, cells), max_size=6), st.sampled_from(LOSSLESS))
def test_round_trip_of_whatever_a_table_may_hold(tmp_path_factory, rows, format_):
    frame = pd.DataFrame(
        {c: pd.Series([row[i] for row in rows], dtype=object) for i, c in enumerate("ab")}
    )
    path = tmp_path_factory.mktemp("t") / f"t.{format_}"
    export.write_frame(frame, path, format_)
    assert same(export.read_frame(path), frame, format_)


@pytest.mark.parametrize("format_", LOSSLESS)
@pytest.mark.parametrize(
    "make",
    [
        lambda: tables.subspace_table(9),
        lambda: tables.regime_table([3, 4], 3),
        lambda: tables.permutation_point_table([Architecture.parse("9-300-40-2")], 3),
        lambda: tables.count_table(Architecture.parse("2-6-1"), 4, 3),
        lambda: tables.subspace_table(0).iloc[:0],
    ],
)
def test_every_kind_of_table_comes_back(tmp_path, format_, make):
    path = tmp_path / f"table.{format_}"
    export.write_frame(make(), path, format_)
    assert same(export.read_frame(path), make(), format_)


def test_the_json_of_the_command_count_comes_back_as_the_frame(tmp_path):
    a = Architecture.parse("2-6-1")
    document = report.to_json(report.count(a, 4, 3, all_widths=True))
    path = tmp_path / "count.json"
    path.write_text(json.dumps(document))
    assert same(export.read_frame(path), tables.count_table(a, 4, 3, all_widths=True))


def test_json_has_every_exact_number_as_a_string(tmp_path):
    path = tmp_path / "t.json"
    export.write_frame(tables.subspace_table(30), path, "json")
    document = json.loads(path.read_text())
    assert document["schema_version"] == 2
    fields = {field["name"]: field for field in document["schema"]["fields"]}
    assert (fields["T"]["kind"], fields["T"]["type"]) == ("integer", "string")
    assert document["data"][-1]["T"] == str(T(30, 30))
    assert all(isinstance(row[c], str) for row in document["data"] for c in "rmTG")


def test_json_read_by_pandas_has_the_digits(tmp_path):
    path = tmp_path / "t.json"
    frame = tables.regime_table([20], 60).assign(known=[True, None] + [False] * 59)
    frame["log10_ratio"] = [-math.inf, *frame["log10_ratio"].iloc[1:]]
    export.write_frame(frame, path, "json")
    back = pd.read_json(path, orient="table", precise_float=True)
    assert list(back) == list(frame)
    assert back["expansions"].tolist() == list(map(str, frame["expansions"]))
    assert back["ratio"].tolist() == [f"{f.numerator}/{f.denominator}" for f in frame["ratio"]]
    assert back["log10_ratio"].tolist() == frame["log10_ratio"].tolist()
    assert back["known"].isna().tolist() == frame["known"].isna().tolist()
    assert back["known"].iloc[0] is True


@pytest.mark.parametrize(
    "command",
    [
        ("count", "2-6-1", "--minimal", 4, "--all-widths"),
        ("count", "784-300-100-10", "--max-order", 1),
        ("count", "2-6-1", "--minimal", 4, "--activation", "gelu"),
        ("table", "regimes", 4, 8),
        ("table", "subspaces", "--max-m", 3),
        ("table", "knots", "--max-width", 2),
        ("connected", "2-5-1", "--minimal", 4),
        ("graph", "2-4-1", "--minimal", 2, "--summary"),
        ("route", "0,1,2", "1,0,2", "--minimal", 2),
        ("verify", "--only", "crossover"),
    ],
)
def test_every_json_fits_the_schema(run, command):
    if command[0] == "verify":
        pytest.importorskip("jax")
    code, out, _ = run(*command, "--format", "json")
    assert code == 0
    jsonschema.validate(json.loads(out), SCHEMA)


@pytest.mark.parametrize(
    "document",
    [
        {"schema_version": 2},
        {"schema_version": 2, "schema": {"fields": []}, "data": [{"a": {}}]},
        {"schema_version": 2, "schema": {"fields": [{"name": "a"}]}, "data": []},
        {"schema_version": 2, "architecture": "2-3-1", "minima": 6, "permutation_points": []},
    ],
)
def test_the_schema_refuses(document):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def test_parquet_read_by_others_has_the_digits(tmp_path):
    path = tmp_path / "t.parquet"
    export.write_frame(tables.subspace_table(30), path, "parquet")
    frame = pd.read_parquet(path)
    assert frame["T"].iloc[-1] == str(T(30, 30))
    assert frame["r"].dtype == frame["m"].dtype == "int64"


@pytest.mark.parametrize("edge", [2**63 - 1, 2**63, -(2**63), -(2**63) - 1])
def test_parquet_at_the_edge_of_int64(tmp_path, edge):
    path = tmp_path / "t.parquet"
    export.write_frame(pd.DataFrame({"n": pd.Series([edge, None], dtype=object)}), path, "parquet")
    assert export.read_frame(path)["n"].tolist() == [edge, None]


def test_csv_spells_a_whole_fraction_as_an_integer():
    text = io.StringIO()
    frame = pd.DataFrame({"f": pd.Series([Fraction(199), Fraction(1, 2)], dtype=object)})
    export.write_frame(frame, text, "csv")
    assert text.getvalue() == "f\n199\n1/2\n"


def test_streams():
    frame = pd.DataFrame({"m": [1, 2]})
    text = io.StringIO()
    export.write_frame(frame, text, "csv")
    assert text.getvalue() == "m\n1\n2\n"
    binary = io.BytesIO()
    export.write_frame(frame, binary, "parquet")
    assert binary.getvalue()[:4] == b"PAR1"


def test_numpy_scalars_and_missing_values_become_plain():
    frame = pd.DataFrame({"a": pd.Series([np.int64(3), np.float64(0.5), pd.NA], dtype=object)})
    text = io.StringIO()
    export.write_frame(frame, text, "csv")
    assert text.getvalue() == 'a\n3\n0.5\n""\n'


def test_reading_leaves_the_csv_module_as_it_was(tmp_path):
    import csv

    before = csv.field_size_limit()
    export.write_frame(tables.subspace_table(3), tmp_path / "t.csv", "csv")
    export.read_frame(tmp_path / "t.csv")
    assert csv.field_size_limit() == before


@pytest.mark.parametrize("value", [Decimal(1), 1 + 2j, [1], object(), np.longdouble(1)])
def test_cells_of_other_types_are_refused(value):
    with pytest.raises(TypeError, match="a cell must be an int, Fraction"):
        export.write_frame(
            pd.DataFrame({"a": pd.Series([value], dtype=object)}), io.StringIO(), "csv"
        )


@pytest.mark.parametrize("text", ["300", "1/2", "0.5", "True", ""])
def test_csv_refuses_text_that_would_come_back_as_a_number(text):
    frame = pd.DataFrame({"name": [text]})
    with pytest.raises(ValueError, match="column 'name' holds the text"):
        export.write_frame(frame, io.StringIO(), "csv")


def test_unknown_formats_and_doubled_columns():
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(ValueError, match="format must be one of"):
        export.write_frame(frame, io.StringIO(), "xlsx")
    for format_ in export.LOSSLESS:
        with pytest.raises(ValueError, match="column names must differ"):
            export.write_frame(frame, io.BytesIO(), format_)
    for significant in (0, -1):
        with pytest.raises(ValueError, match="significant must be at least 1"):
            export.write_frame(frame, io.StringIO(), "text", significant=significant)


FIELDS = b'{"schema_version": 2, "schema": {"fields": [{"name": "a", "kind": "%s"}]}, '
TABLE = FIELDS + b'"data": [{"a": %s}]}'


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"", "the suffix must be one of"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"a,b\n1\n", "row 2 has 1 cells, the header 2"),
        ("a.csv", b"\xff\xfe", "is not UTF-8"),
        ("a.csv", b'a\n"1', "is no CSV table"),
        ("a.csv", b"a,a\n1,2\n", "column names must differ"),
        ("a.json", TABLE % (b"float", b"{}"), "is no cell of type 'float'"),
        ("a.json", TABLE % (b"float", b"9" * 400), "is no cell of type 'float'"),
        ("a.json", TABLE % (b"mixed", b"[1]"), "is no cell"),
        ("a.json", TABLE % (b"integer", b'"x"'), "is no cell of type 'integer'"),
        ("a.json", TABLE % (b"nonsense", b'"x"'), "is no cell of type 'nonsense'"),
        ("a.json", b'{"schema_version": 2, "schema_version": 2}', "a key stands twice"),
        (
            "a.json",
            b'{"schema_version": 2, "minima": ' + b'{"a":' * 900 + b"1" + b"}" * 901,
            "a.json: ",
        ),
        ("a.json", b"{", "is no JSON document"),
        ("a.json", b"[" * 100000, "is no JSON document"),
        ("a.json", b"[]", "is no table of schema version 2"),
        ("a.json", b'{"schema_version": 3, "data": []}', "is no table of schema version 2"),
        ("a.json", b'{"schema_version": 2}', "is no report of counts"),
        ("a.json", b'{"schema_version": 2, "data": []}', "must name and type every column"),
        ("a.json", FIELDS % b"integer" + b'"data": 3}', "data must be a list"),
        ("a.json", FIELDS % b"integer" + b'"data": [{}]}', "data.0."),
        ("a.parquet", b"PAR1", "is no Parquet file"),
    ],
)
def test_damaged_files(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        export.read_frame(path)


def test_a_missing_file(tmp_path):
    for suffix in LOSSLESS:
        with pytest.raises(FileNotFoundError):
            export.read_frame(tmp_path / f"no.{suffix}")
