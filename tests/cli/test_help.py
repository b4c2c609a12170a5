"""The help of all commands: one meaning, one text and one style for what has one name."""

import re
import shlex

import click
import pytest

from critcount import cli
from critcount._support import progress as bars
from critcount.activations import ACTIVATIONS
from critcount.cli import common


def commands(name="critcount", command=cli.cli):
    """Every command that does something, by what is typed."""
    context = click.Context(command)
    if not isinstance(command, click.Group):
        yield name, command
        return
    for below in command.list_commands(context):
        yield from commands(f"{name} {below}", command.get_command(context, below))


ALL = dict(commands())
OPTIONS = [
    (f"{name} {max(p.opts, key=len)}", p, click.Context(command))
    for name, command in ALL.items()
    for p in command.params
    if isinstance(p, click.Option)
]
#: options of which there is one, wherever they are
ONE = ("--seed", "--minimal", "--reduced", "--max-digits", "--max-numbers", "--biases", "--digits")
METAVARS = {
    "ADDRESS",
    *("N", "N,N", "N|full", "N|random", "NUMBER", "NUMBER|auto", "i/N", "LOW,HIGH"),
    *("NAME", "NAME,NAME", "NAME=SHAPE", "PREFIX", "PATTERN", "SIZES", "WIDTHS", "WORD"),
    *("FILE", "FOLDER", "TIME"),
}


def test_there_are_commands():
    assert len(ALL) > 35
    assert len(OPTIONS) > 200


@pytest.mark.parametrize("option", ONE)
def test_one_name_has_one_meaning(option):
    found = {
        (p.help, p.default, type(p.type), p.make_metavar(context))
        for name, p, context in OPTIONS
        if name.endswith(f" {option}") and not p.is_flag
    }
    assert len(found) == 1


def test_a_limit_says_its_unit():
    assert not [name for name, _, _ in OPTIONS if name.endswith("--limit")]


def test_output_is_where_the_answer_goes():
    for name, p, _ in OPTIONS:
        if name.endswith("--output"):
            assert p.opts == ["-o", "--output"]
            assert p.help == common.OUTPUT_HELP or (p.required and p.help.startswith("Write the "))


def test_activation_lists_all_names():
    shown = re.findall(r"[a-z_]+", common.activation_option(lambda: None).__click_params__[0].help)
    assert set(ACTIVATIONS) <= set(shown)


def test_one_style_of_help():
    for name, p, context in OPTIONS:
        assert p.help, name
        assert re.match(r"[A-Z]|[a-z…-]+( R M)?(, [a-z…-]+( R M)?)*: |By default", p.help), (
            name,
            p.help,
        )
        assert not p.help.startswith("Of "), (name, p.help)
        assert re.search(r"(\.|\]|\))$", p.help.strip()), (name, p.help)
        metavar = p.make_metavar(context)
        choice = re.fullmatch(r"\[[a-z-]+(\|[a-z-]+)*\]", metavar)
        assert p.is_flag or metavar in METAVARS or choice, (name, metavar)


def test_every_command_has_an_example_that_can_be_read(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tables").mkdir()
    for name, command in ALL.items():
        examples = re.findall(r"(?:Example: |^ +)(critcount [^\n]*)", command.help, re.MULTILINE)
        assert examples or name in ("critcount cite", "critcount table"), name
        for example in examples:
            assert example.startswith(f"{name} "), example
            words = shlex.split(example)[len(name.split()) :]
            with click.Context(cli.cli) as above:
                command.make_context(name, words, parent=above).close()


def test_quiet_hides_progress(run, monkeypatch):
    shown = []

    class Bar:
        def __init__(self, label, total):
            shown.append(label)

        def __enter__(self):
            return bars.silent

        def __exit__(self, *error):
            return False

    monkeypatch.setattr(bars, "progress_bar", Bar)
    command = ("graph", "2-3-1", "--minimal", "2", "--summary")
    assert run(*command)[0] == 0
    assert shown == ["rows"]
    assert run("--quiet", *command)[0] == 0
    assert shown == ["rows"]
    for module in ("families", "counts", "claims", "connectivity", "weights", "landscape"):
        text = (common.__file__).replace("common.py", f"{module}.py")
        with open(text, encoding="utf-8") as source:
            assert "_support.progress" not in source.read()


def test_an_old_limit_is_answered_by_its_new_name(run):
    for command, name in (("count", "--max-digits"), ("enumerate", "--max-words")):
        code, _, err = run(command, "2-5-1", "--limit", "3")
        assert code == 2
        assert f"Did you mean '{name}'" in err or name in err
