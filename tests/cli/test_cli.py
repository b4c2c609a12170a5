"""The command line as a user meets it: help, exit codes, one line for every error, imports."""

import ast
import importlib
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

import critcount
from critcount import cli
from tests.conftest import one_line


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
