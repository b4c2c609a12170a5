"""Conventions that hold in every room: what a module offers, and where its docstrings lead."""

import ast
import importlib
import re
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "critcount").rglob("*.py")
    if not path.name.startswith("_") or path.name == "__init__.py"
)


def tree_of(module):
    return ast.parse((ROOT / module).read_text(encoding="utf-8"))


def bound(tree):
    """The names that a module binds at its top level."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                yield from (name.id for name in ast.walk(target) if isinstance(name, ast.Name))


def offered(tree):
    """The names in `__all__`; None where it is missing, "lazy" where it is made at run time."""
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names = {name.id for target in node.targets for name in ast.walk(target)
                     if isinstance(name, ast.Name)}  # fmt: skip
            if names == {"__all__"} and isinstance(node.value, ast.List):
                return [ast.literal_eval(item) for item in node.value.elts]
            if "__all__" in names:
                return "lazy"
        if isinstance(node, ast.ImportFrom) and "__all__" in {a.name for a in node.names}:
            return "lazy"
    return None


@pytest.mark.parametrize("module", MODULES)
def test_every_public_module_says_what_it_offers(module):
    tree = tree_of(module)
    names = offered(tree)
    if names is None:
        # a package's face that offers its modules alone
        assert module.endswith("__init__.py")
        assert [type(node) for node in tree.body] == [ast.Expr]
    elif names != "lazy":
        assert len(set(names)) == len(names)
        assert set(names) <= set(bound(tree))


def leads(module):
    """The names under "See Also" in the docstrings of a module."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            text = ast.get_docstring(node) or ""
            found = re.search(r"^See Also\n-+\n(.*?)(?=\n\n|\Z)", text, re.DOTALL | re.MULTILINE)
            if found:
                inside = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                for name in re.findall(r"^(\S+)(?: :.*)?$", found[1], re.MULTILINE):
                    yield name if name.startswith("critcount.") else f"{inside}.{name}"


def followed(name):
    """Import or look up a dotted name; an error where it leads nowhere."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        break
    for part in parts[end:]:
        found = getattr(found, part)


def test_see_also_leads_somewhere():
    names = sorted({name for module in MODULES for name in leads(module)})
    assert len(names) > 20
    for name in names:
        followed(name)


#: Names that two modules make and that are meant, with what they have in common.
SHARED = {
    "CLAIMS": "each module of claims has its own table of them, and the registry that of all",
    "HANDLERS": "what to do with the operations of ONNX files, and of torch programs",
    "G": "the number, and the formula for it",
    "T": "the number, and the formula for it",
    "mild_limit": "the measured limit, and the formula for it",
    "vast_limit_G": "the measured limit, and the formula for it",
    "vast_limit_T": "the measured limit, and the formula for it",
}


#: The same of names that no module offers.
ALIKE = {
    "handles": "enters a handler of operations into `HANDLERS`",
    "value": "the loss as JAX computes it, of a network and of one with gates",
    "gradient": "its gradient",
}


def decorated(node, *names):
    """Tell whether a decorator of a function is called so."""
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
        if name in names:
            return True
    return False


def made(tree):
    """The names that a module makes at its top level for others or itself.

    Neither private ones nor those that stand for a word of another language: a command is called
    by its name on the command line, a handler of operations by that of the operation.
    """
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if isinstance(node, ast.FunctionDef) and decorated(node, "command", "group", "handles"):
            continue
        yield from (name for name in bound(ast.Module([node], [])) if not name.startswith("_"))


def test_what_a_module_offers_has_its_name_for_itself():
    """The words of the command line apart: it must not load a module to know what it takes."""
    homes = {}
    for module in MODULES:
        tree = tree_of(module)
        names = offered(tree)
        for name in set(made(tree)) & set(names if isinstance(names, list) else ()):
            if not (module.startswith("critcount/cli/") and name.isupper()):
                homes.setdefault(name, []).append(module)
    shared = {name: found for name, found in homes.items() if len(found) > 1}
    assert {name: found for name, found in shared.items() if name not in SHARED} == {}
    assert set(SHARED) - set(shared) == set(), "no longer shared"


def things(tree):
    """The names of classes, types and values that a module makes, listed by it or not."""
    for node in tree.body:
        made_by = getattr(getattr(node, "value", None), "func", None)
        if getattr(made_by, "id", None) in ("TypeVar", "ParamSpec"):
            continue  # any type, by a letter of its own
        if isinstance(node, ast.ClassDef | ast.Assign | ast.AnnAssign):
            yield from (name for name in bound(ast.Module([node], [])) if name[0] != "_")


def test_things_that_no_module_offers_have_a_name_for_themselves_too():
    homes = {}
    for path in sorted((ROOT / "critcount").rglob("*.py")):
        module = path.relative_to(ROOT).as_posix()
        for name in set(things(ast.parse(path.read_text(encoding="utf-8")))):
            if not (module.startswith("critcount/cli/") and name.isupper()):
                homes.setdefault(name, []).append(module)
    shared = {name: found for name, found in homes.items() if len(found) > 1}
    assert {name: found for name, found in shared.items() if name not in ALIKE | SHARED} == {}
    assert set(ALIKE) - set(shared) == set(), "no longer shared"


@pytest.mark.parametrize("package", [m for m in MODULES if m.endswith("__init__.py")])
def test_a_package_hides_none_of_its_modules_behind_a_name(package):
    folder = (ROOT / package).parent
    modules = {path.stem for path in folder.iterdir() if path.suffix in (".py", "")}
    tree = tree_of(package)
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module != f"critcount.{folder.name}"
        for alias in node.names
    }
    names |= {  # those that are loaded when they are asked for
        ast.literal_eval(item)
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for value in node.values
        if isinstance(value, ast.List)
        for item in value.elts
    }
    assert names & modules == set()


def imports_of(path, modules):
    """The modules of the package that a file imports: anywhere in it, for types alone too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # a name is a module of its own, or something that the module before it makes
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            found = [name if name in modules else node.module for name in inner]
        else:
            continue
        yield from (name for name in found if name in modules)


def circles(root):
    """The sets of modules below a folder that import one another in a circle."""
    files = {}
    for path in [*root.rglob("*.py"), *root.rglob("*.pyi")]:
        parts = path.relative_to(root.parent).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        files.setdefault(name, []).append(path)
    graph = nx.DiGraph(
        (name, other)
        for name, paths in files.items()
        for path in paths
        for other in imports_of(path, files)
    )
    alone = [{a} for a, b in graph.edges if a == b]
    return alone + [found for found in nx.strongly_connected_components(graph) if len(found) > 1]


def test_no_modules_import_one_another_in_a_circle():
    assert circles(ROOT / "critcount") == []


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("from p.two import x", "import p.one"),
        ("from p import two", "def f():\n    from p import one"),
        ("from p.two import x", "if TYPE_CHECKING:\n    from p.one import y"),
    ],
)
def test_circles_are_seen(tmp_path, one, two):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "__init__.py").write_text("")
    (tmp_path / "p" / "one.py").write_text(one)
    (tmp_path / "p" / "two.py").write_text("x = 1")
    assert circles(tmp_path / "p") == []
    (tmp_path / "p" / "two.py").write_text(two)
    assert circles(tmp_path / "p") == [{"p.one", "p.two"}]
