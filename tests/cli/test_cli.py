"""The command line as a user meets it: output, exit codes, one line for every error."""

import ast
import importlib
import json
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

import critcount
from critcount import Architecture, T, cli, digits, export, tables
from tests.conftest import one_line

COUNT = ["count", "2-6-1", "--minimal", "4", "--reduced", "3"]


def test_count_reads_well(run):
    code, out, err = run(*COUNT, "--all-widths")
    assert (code, err) == (0, "")
    rows = [line.split() for line in out.splitlines()]
    assert ["minima", "720"] in rows
    assert ["permutation", "points", "1", "1800"] in rows
    assert ["expansions", "4", "3720"] in rows
    assert ["ratio", "4", "201/1240"] in rows
    assert ["regime", "4", "vast"] in rows
    assert ["critical", "subspaces", "3", "540"] in rows


def test_count_as_json(run):
    code, out, _ = run(*COUNT, "--format", "json")
    document = json.loads(out)
    assert code == 0
    keys = "schema_version architecture minimal minima permutation_points expansions"
    assert set(f"{keys} critical_subspaces ratio connected components".split()) <= set(document)
    assert document["schema_version"] == 2
    assert (document["architecture"], document["minimal"]) == ("2-6-1", "4")
    assert document["permutation_points"][0] == {"order": "1", "factor": "5/2", "points": "1800"}
    assert document["expansions"] == str(T(4, 6)) == "3720"
    assert document["critical_subspaces"] == "540"
    assert document["ratio"] == "201/1240"
    assert document["connected"] is True
    assert document["components"] == "1"


def test_count_for_an_activation(run):
    command = ("count", "2-4-1", "--minimal", "2", "--activation", "gelu")
    code, out, err = run(*command)
    assert (code, err) == (0, "")
    rows = [line.split() for line in out.splitlines()]
    assert ["components", "4", "158"] in rows
    assert ["connected", "pieces", "with", "2", "spare", "4", "25"] in rows
    assert ["affine", "4", "no"] in rows
    code, out, _ = run(*command, "--biases", "none", "--format", "json")
    document = json.loads(out)
    assert (document["biases"], document["components"]) == ("none", "158")
    assert [step["connected_pieces"] for step in document["steps"]] == ["2", "1", "25", "1"]
    assert document["group"] == {"name": "S_2", "order": "2", "dimension": "0"}
    code, out, _ = run(*command[:-1], "leaky_relu:0.2", "--format", "csv")
    assert "dimension_of_the_group,2,2" in out
    assert "bounded_domain" not in out
    for name, number in (("leaky_relu", 866), ("relu", 590), ("elu", 326), ("gelu", 158)):
        code, out, _ = run(*command[:-1], name, "--domain", "--format", "csv")
        assert f"types_on_a_bounded_domain,4,{number}\n" in out
        assert "change_by_a_bounded_domain,," in out


def test_count_for_an_activation_and_several_layers(run):
    command = ("count", "2-3-3-1", "--minimal", "2-2", "--reduced", "1-2", "--activation")
    code, out, err = run(*command, "tanh", "--format", "csv")
    assert (code, err) == (0, "")
    assert "types_of_the_layers,3-3,9216\n" in out
    assert out.count("identity,") == 1
    assert "critical_subspaces_of_reduced,1-2,1872\n" in out
    code, out, _ = run(*command, "gelu", "--format", "json")
    document = json.loads(out)
    assert (document["types"], document["plain_types"]) == (None, "324")
    assert (document["minimal"], document["reduced"]) == ("2-2", "1-2")
    assert document["critical_subspaces_of_reduced"] == "84"
    assert document["group"]["name"] == "S_2 × S_2"
    assert "not known" in document["reason"]
    code, out, _ = run("count", "2-3-1", "--reduced", "2", "--activation", "gelu", "--skip")
    assert out.splitlines()[-1].split() == ["critical", "subspaces", "of", "reduced", "2", "72"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("2-4-1", "--activation", "gelu"), "--activation goes with --minimal, --reduced or"),
        (("2-4-1", "--minimal", "2", "--domain"), "go with --activation"),
        (("2-4-1", "--reduced", "2", "--domain", "--activation", "relu"), "--domain goes with"),
        (("2-4-4-1", "--minimal", "2-2", "--activation", "elu", "--domain"), "one hidden layer"),
        (("2-4-1", "--minimal", "2", "--activation", "hardtanh", "--domain"), "two ReLUs"),
        (("2-4-1", "--minimal", "2-2", "--activation", "elu"), "one width"),
        (("2-4-4-1", "--minimal", "2-2", "--activation", "sin"), "hidden layer 1 of 2: sin"),
        (("2-4-4-1", "--minimal", "2-2", "--activation", "elu", "--skip"), "one hidden layer"),
        (("2-4-1", "--minimal", "2", "--biases", "all"), "go with --activation"),
        (("2-4-1", "--minimal", "2", "--skip"), "go with --activation"),
        (("2-4-1", "--minimal", "2", "--activation", "relu6"), "relations that are not worked"),
        (("2-4-1", "--minimal", "2", "--activation", "swish"), "activation must be one of"),
        (("2-4-1", "--minimal", "2", "--activation", "exp"), "e^b exp(z)"),
    ],
)
def test_count_for_an_activation_refused(run, arguments, message):
    code, out, err = run("count", *arguments)
    assert (code, out) == (2, "")
    assert one_line(err)
    assert message in err


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_lossless_output_reads_back(run, tmp_path, format_):
    path = tmp_path / f"count.{format_}"
    code, out, _ = run("count", "2-4096-1", "--format", format_, "-o", path)
    assert (code, out) == (0, "")
    back = export.read_frame(path)
    assert (
        back["value"].tolist()
        == tables.count_table(Architecture.parse("2-4096-1"))["value"].tolist()
    )


def test_long_numbers(run):
    factorial = digits(critcount.count_minima(Architecture.parse("2-2000-1")))
    assert factorial not in run("count", "2-2000-1")[1]
    assert "(5,736 digits)" in run("count", "2-2000-1")[1]
    assert "3.31627509e5735" in run("count", "2-2000-1", "--digits", "9")[1]
    assert factorial in run("count", "2-2000-1", "--digits", "full")[1]
    assert factorial in run("count", "2-2000-1", "--format", "json")[1]
    assert r"\num{3.316e5735}" in run("count", "2-2000-1", "--format", "latex")[1]


def test_count_of_a_weights_file(run, tmp_path):
    path = tmp_path / "student.npz"
    np.savez(
        path, **{"0.weight": np.ones((6, 2)), "2.weight": np.ones((1, 6)), "x": np.ones((7, 7))}
    )
    assert run("count", path)[0] == 2
    code, out, _ = run("count", path, "--tensor", "0.weight", "--tensor", "2.weight")
    assert code == 0
    assert "2-6-1" in out
    code, _, err = run("count", "2-6-1", "--tensor", "0.weight")
    assert code == 2
    assert one_line(err)


@pytest.mark.parametrize("kind", ["permutation-points", "subspaces", "regimes", "architectures"])
@pytest.mark.parametrize("format_", ["text", "json", "csv", "latex", "markdown", "parquet"])
def test_tables(run, tmp_path, kind, format_):
    networks = tmp_path / "networks.toml"
    networks.write_text('[[network]]\nname = "a"\narchitecture = "2-5-1"\nminimal = "4"\n')
    inputs = {"permutation-points": ["2-4-1"], "architectures": [networks], "regimes": ["4"]}
    path = tmp_path / f"out.{format_}"
    code, out, err = run("table", kind, *inputs.get(kind, []), "--format", format_, "-o", path)
    assert (code, out, err) == (0, "", "")
    if format_ in export.LOSSLESS:
        assert len(export.read_frame(path)) > 0
    else:
        assert "24" in path.read_text()
    if format_ == "latex":
        assert path.read_text().startswith(f"% critcount table {kind}")


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.csv", "quantity,of,value"), ("a.json", "{"), ("a.tex", "% critcount"), ("a.MD", "| ")],
)
def test_the_suffix_of_the_output_says_the_format(run, tmp_path, name, start):
    assert run(*COUNT, "-o", tmp_path / name)[0] == 0
    assert (tmp_path / name).read_text().startswith(start)
    assert run(*COUNT, "-o", tmp_path / name, "--format", "text")[0] == 0
    assert (tmp_path / name).read_text().startswith("quantity ")
    assert run(*COUNT, "-o", tmp_path / "a.bmp", "--format", "text")[0] == 0
    assert run(*COUNT, "-o", tmp_path / "plain")[0] == 0
    assert (tmp_path / "plain").read_text() == (tmp_path / name).read_text()


def test_latex_says_the_whole_command(run):
    command = ["count", "2-6-1", "--minimal", "4", "--all-widths", "--max-order", "2"]
    out = run(*command, "--format", "latex")[1]
    assert out.startswith("% critcount " + " ".join(command) + " --format latex\n")


def test_digits_of_tables(run):
    assert (
        "8.1667e29 (30 digits)" in run("table", "permutation-points", "2-27-1", "--digits", "5")[1]
    )


def test_no_arguments_show_the_help(run):
    code, out, err = run()
    assert (code, out) == (2, "")
    assert "Commands:\n" in err
    assert err.count("\n") > 10


def test_main_in_a_thread(capsys):
    codes = []

    def work():
        try:
            cli.main(["cite"])
        except SystemExit as stop:
            codes.append(stop.code)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert codes == [0]


def test_options_of_tables(run):
    assert run("table", "subspaces", "--max-m", "2")[1].count("\n") == 7
    assert run("table", "permutation-points", "2-9-1", "--max-order", "1")[1].count("\n") == 2
    assert run("table", "regimes", "4", "5", "--max-extra", "0")[1].count("\n") == 3
    assert "intersection" in run("table", "connectivity", "--max-nodes", "12")[1]


@pytest.mark.exhaustive
def test_publish(run, tmp_path):
    (tmp_path / "architectures.toml").write_text(
        '[[network]]\nname = "a"\narchitecture = "2-5-1"\n'
    )
    assert run("publish", tmp_path, "--check")[0] == 1
    assert run("publish", tmp_path)[0] == 0
    assert run("publish", tmp_path, "--check") == (0, "", "")
    (tmp_path / "subspaces.csv").write_text("")
    code, out, err = run("publish", tmp_path, "--check")
    assert code == 1
    assert "subspaces.csv" in out
    assert one_line(err)


def test_cite_version_and_help(run):
    out = run("cite")[1]
    assert out.count("eprint") == 2
    assert "1907.02911" in out
    assert "2105.12221" in out
    assert out.count("{") == out.count("}")
    assert run("--version")[1] == f"critcount, version {critcount.__version__}\n"
    assert run("-V")[1] == run("--version")[1]
    for command in cli.COMMANDS:
        code, out, _ = run(command, "--help")
        assert code == 0
        assert f"Usage: critcount {command}" in out
        assert command in run("--help")[1]
    lines = [line.split()[0] for line in run("table", "--help")[1].splitlines() if line.strip()]
    assert {"permutation-points", "subspaces", "regimes", "architectures"} <= set(lines)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["count", "2-0-1"], "number 2 of ARCHITECTURE must be at least 1, not 0"),
        (["count", "2--4-1"], "ARCHITECTURE must be whole numbers"),
        (["count", "2-4.5-1"], "ARCHITECTURE must be whole numbers"),
        (["count", "True-4-1"], "ARCHITECTURE must be whole numbers"),
        (["count", ""], "ARCHITECTURE must be whole numbers"),
        (["count", "2-1"], "at least one hidden layer"),
        (["count", "2-4-1", "--minimal", "5"], "wider than the hidden layer of 4"),
        (["count", "2-4-1", "--minimal", "2-2"], "one width for each hidden layer"),
        (["count", "2-4-1", "--minimal", "x"], "'--minimal': must be whole numbers"),
        (["count", "2-4-1", "--reduced", "5"], "number 1 of --reduced is 5, wider"),
        (["count", "2-4-1", "--max-order", "0"], "--max-order must be at least 1, not 0"),
        (["count", "2-4-1", "--max-order", "-3"], "--max-order must be at least 1, not -3"),
        (["count", "2-4-1", "--max-order", "x"], "--max-order"),
        (["count", "2-4-1", "--format", "xml"], "--format"),
        (["count", "2-4-1", "--digits", "0"], "--digits"),
        (["count", "2-4-1", "--digits", "many"], "--digits"),
        (["count", "2-4-1", "--all-widths"], "--all-widths needs --minimal"),
        (["count", "2-4-4-1", "--minimal", "2-2", "--all-widths"], "--all-widths needs"),
        (["count", "2-4-1", "--digits", "1000000000"], "--digits"),
        (["count", "2-4-1", "--digits", "9" * 5000], "--digits"),
        (["count", "2-4-1", "-o", ""], "the output path is empty"),
        (["count", "2-4-1", "-o", "a.parquet"], "there is no parquet output here"),
        (["count", "2-4-1", "-o", "a.bmp"], "the suffix .bmp says no format: name a --format"),
        (["count", "2-4-1", "--max-digits", "0"], "must be at least 1, not 0"),
        (["count"], "Missing argument"),
        (["count", "no-such.npz"], "no-such.npz"),
        (["count", "model.pt"], "safetensors.torch.save_file"),
        (["count", "."], ".: "),
        (["table"], "Missing argument"),
        (["table", "frob"], "frob"),
        (["table", "subspaces", "3"], "takes no inputs"),
        (["table", "subspaces", "--max-order", "2"], "--max-order does not go with"),
        (["table", "connectivity", "--max-digits", "9"], "--max-digits does not go with"),
        (["table", "connectivity", "--max-nodes", "0"], "--max-nodes must be at least 1"),
        (["table", "subspaces", "--max-m", "-1"], "--max-m must be at least 0"),
        (["table", "permutation-points"], "needs at least one architecture"),
        (["table", "regimes", "x"], "a minimal width must be a number"),
        (["table", "regimes", "0"], "number 1 of R_STAR must be at least 1"),
        (["table", "architectures"], "needs one TOML file"),
        (["table", "architectures", "no.toml"], "no.toml: No such file"),
        (["publish", "no-such-folder"], "no-such-folder"),
        (["publish"], "Missing argument"),
        (["frob"], "No such command 'frob'. (see"),
        (["cuont", "2-5-1"], "No such command 'cuont'. Did you mean 'count'?"),
        (["plot", "raito"], "No such command 'raito'. Did you mean 'ratio'?"),
        (["--frob"], "No such option"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(run, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert one_line(err), err
    assert message in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["count", "2-1000000000-1"],
        ["count", "2-1000000-1", "--minimal", "4"],
        ["count", "2-300-1", "--max-digits", "100"],
        ["table", "subspaces", "--max-m", "100000"],
        ["table", "regimes", "10000000"],
        ["table", "regimes", "99999"],
        ["table", "regimes", "4", "--max-extra", "1000000"],
        ["table", "regimes", "4", "--max-digits", "2"],
        ["table", "subspaces", "--max-m", "1000"],
        ["table", "permutation-points", "2-3000-1", "--max-order", "90000"],
        ["count", "2-100000-1", "--max-order", "20000"],
        ["count", "2-100000-1", "--minimal", "4"],
        ["count", "2-20000-1", "--minimal", "15000", "--all-widths"],
        ["table", "permutation-points", "2-1000000000-1"],
    ],
)
def test_what_would_not_fit_is_exit_3_with_its_size(run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (3, "")
    assert one_line(err)
    assert "past the limit of" in err


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "a.npz"),
        (b"", "a.safetensors"),
        (b"PK\x03\x04 truncated", "a.npz"),
        (b"\xff" * 100, "a.safetensors"),
        ((2**60).to_bytes(8, "little") + b"{}", "a.safetensors"),
        (b'"\x00\x00\x00\x00\x00\x00\x00{}', "a.safetensors"),
        (b"", "a\nb.npz"),
    ],
)
def test_hostile_weights_files(run, tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    code, out, err = run("count", path)
    assert (code, out) == (2, "")
    assert one_line(err), err


def test_bad_output_paths(run, tmp_path):
    for path in (tmp_path, tmp_path / "no" / "a.txt", "/dev/full"):
        code, out, err = run(*COUNT, "-o", path)
        assert (code, out) == (2, "")
        assert one_line(err)
        assert str(path) in err
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_an_unwritable_folder(run, tmp_path):
    tmp_path.chmod(0o500)
    code, _, err = run(*COUNT, "-o", tmp_path / "a.txt")
    assert code == 2
    assert one_line(err)


def shell(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "critcount", *arguments],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def test_a_full_disk_and_a_closed_pipe_at_standard_output():
    command = [sys.executable, "-m", "critcount", "count", "2-2000-1", "--digits", "full"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert one_line(done.stderr)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_an_interrupt_is_130_and_leaves_no_file(tmp_path):
    script = (
        "import os, signal, critcount.cli as cli, critcount.output.report as report\n"
        "report.count = lambda *a, **k: os.kill(os.getpid(), signal.SIGINT)\n"
        f"cli.main(['count', '2-4-1', '-o', {str(tmp_path / 'a.txt')!r}])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 130
    assert one_line(done.stderr)
    assert os.listdir(tmp_path) == []


HEAVY = ["numpy", "pandas", "sympy", "networkx", "scipy", "rich", "importlib.metadata"]


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--help"], [*HEAVY, "flint"]),
        (["count", "--help"], HEAVY),
        (["count", "784-300-100-10"], ["pandas", "sympy", "networkx", "scipy"]),
        (
            ["count", "2-5-1", "--minimal", "4", "--format", "json"],
            ["pandas", "sympy", "networkx"],
        ),
    ],
)
def test_what_is_not_needed_is_not_imported(arguments, absent):
    script = (
        "import sys, critcount.cli\n"
        f"try: critcount.cli.main({arguments!r})\n"
        "except SystemExit: pass\n"
        f"print([m for m in {absent!r} if m in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr == "[]\n"


def test_importing_the_package_imports_nothing_heavy():
    script = (
        f"import sys, critcount; print([m for m in {[*HEAVY, 'flint']!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_the_public_names_are_all_there():
    for name in critcount.__all__:
        assert getattr(critcount, name) is not None
    assert Path(critcount.__file__).with_name("py.typed").exists()


def test_quiet_leaves_out_notes_and_no_error(run):
    route = ("route", "0,1,2", "1,0,2", "--minimal", "2")
    code, out, err = run(*route)
    assert (code, err) == (0, "critcount: 6 steps; the distance is 6\n")
    assert run("--quiet", *route) == run("-q", *route) == (0, out, "")
    assert run("-q", "sample", "expansions", "1", "1") == (0, "0\n", "")
    assert one_line(run("-q", "count", "2-0-1")[2])


def test_help_without_docstrings():
    program = [sys.executable, "-OO", "-m", "critcount"]
    for arguments, text in (
        (["--help"], "Exit codes: 0 done"),
        (["count", "--help"], "ARCHITECTURE is a list of widths"),
        (["plot", "graph", "--help"], "Of at most 500 nodes"),
    ):
        out = subprocess.run([*program, *arguments], capture_output=True, text=True, check=True)
        assert text in out.stdout


@pytest.mark.parametrize(
    "stub",
    sorted(Path(critcount.__file__).parent.rglob("__init__.pyi")),
    ids=lambda p: p.parent.name,
)
def test_type_checkers_see_the_public_names(stub):
    """What an __init__.pyi imports is what the __init__.py beside it loads."""
    root = Path(critcount.__file__).parent.parent
    package = importlib.import_module(".".join(stub.parent.relative_to(root).parts))
    names = {}
    for node in ast.parse(stub.read_text()).body:
        if isinstance(node, ast.ImportFrom):
            module = ".".join(filter(None, [package.__name__, node.module]))
            names |= {alias.name: (module, alias.name) for alias in node.names}
        elif isinstance(node, ast.Assign):
            assert sorted(ast.literal_eval(node.value)) == sorted(package.__all__)
    assert sorted(names) == sorted({*package.__all__} - {"__version__"})
    for name, (module, attribute) in names.items():
        loaded = importlib.import_module(module)
        if not hasattr(loaded, attribute):
            importlib.import_module(f"{module}.{attribute}")
        assert getattr(package, name) is getattr(loaded, attribute)


def test_the_package_works_from_a_zip_file(tmp_path):
    package = Path(critcount.__file__).parent
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        for path in package.rglob("*.py"):
            archive.write(path, path.relative_to(package.parent))
    script = (
        "import sys; sys.path.insert(0, 'site.zip'); import critcount\n"
        "assert critcount.__file__.startswith(sys.path[0]), critcount.__file__\n"
        "print(critcount.T(3, 5), critcount.__version__)\n"
        "from critcount.__main__ import main\n"
        "sys.argv[1:] = ['rank', 'expansions', '1', '2', '0,1']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.stdout == f"450 {critcount.__version__}\n1\n", done.stderr
