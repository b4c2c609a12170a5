"""Settings of the documentation: ``sphinx-build -W --keep-going docs docs/_build/html``."""

import pkgutil
import re
import shutil
import types
from pathlib import Path

import click
from docutils import nodes
from docutils.utils.math import latex2mathml

import critcount
from critcount._support.formulas import replace_formulas
from critcount.cli import COMMANDS, cli

HERE = Path(__file__).parent
PUBLIC = [name for name in critcount.__all__ if not name.startswith("__")]

project = "critcount"
author = "The critcount developers"
copyright = author
version = release = critcount.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]
default_role = "autolink"  # `critcount.T` in a docstring is a link, `r` is not
nitpicky = True  # every public name must lead to its description

# Markdown and notebooks
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True
nb_execution_in_temp = True
highlight_language = "text"  # where a block names none

# the reference
autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
numpydoc_show_class_members = False
# docstrings are checked here for what ruff does not check, such as the names of parameters; not
# every docstring needs every section, and what a name and a type say is not said again
numpydoc_validation_checks = {"all", "ES01", "EX01", "SA01", "SA03", "YD01"}
numpydoc_validation_checks |= {"GL02", "GL03", "SS02", "SS03", "SS06"}
numpydoc_validation_checks |= {"PR01", "PR03", "PR04", "PR06", "PR07", "PR08"}
numpydoc_validation_checks |= {"RT01", "RT03", "RT04", "RT05"}

# the look: everything comes with the pages, nothing is fetched by the reader's browser
html_theme = "pydata_sphinx_theme"
html_title = f"critcount {version}"
html_static_path = ["_static"]
html_css_files = ["critcount.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_sidebars = {page: [] for page in ("index", "start", "performance", "limits")}
html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "header_links_before_dropdown": 8,
}


def write_pages(app):
    """Write the pages that follow from the package: its public names and its commands."""
    folder = HERE / "reference" / "generated"
    shutil.rmtree(folder, ignore_errors=True)  # nor keep the pages of modules that are gone
    folder.mkdir(parents=True)
    (folder / "names.md").write_text(names_page(), encoding="utf-8")
    (folder / "commands.md").write_text(commands_page(), encoding="utf-8")


def names_page():
    """Return the page of all names that ``from critcount import …`` knows."""
    modules = [n for n in PUBLIC if isinstance(getattr(critcount, n), types.ModuleType)]
    return "\n".join(
        [
            "# Public names",
            "",
            "What `from critcount import …` knows. Each is loaded when it is asked for.",
            "",
            *summary(f"~{home(name)}" for name in PUBLIC if name not in modules),
            "",
            "Modules that are public by name:",
            "",
            *summary(map(home, modules)),
            "",
        ]
    )


def summary(names):
    """Return the lines of a table of names with what each is."""
    return [
        "```{eval-rst}",
        ".. autosummary::",
        "   :nosignatures:",
        "",
        *(f"   {name}" for name in names),
        "```",
    ]


def commands_page():
    """Return the page with the help of every command."""
    context = click.Context(cli, info_name="critcount")
    lines = ["# Command line", "", "```text", cli.get_help(context), "```", ""]
    for name in sorted(COMMANDS):
        command = cli.get_command(context, name)
        inner = click.Context(command, info_name=name, parent=context)
        lines += [f"## critcount {name}", "", "```text", command.get_help(inner), "```", ""]
        for kind in sorted(getattr(command, "commands", {})):
            nested = click.Context(command.commands[kind], info_name=kind, parent=inner)
            shown = command.commands[kind].get_help(nested)
            lines += [f"### critcount {name} {kind}", "", "```text", shown, "```", ""]
    return "\n".join(lines)


def set_formulas(app, what, name, obj, options, lines):
    """Set the formulas of a docstring, which are written as they are read in a terminal.

    Examples, literal blocks and tables stay. A formula may go over the end of a line, to one with
    the same margin.
    """
    made, block = [], []
    literal = -1  # the margin of what a literal block is indented from
    for line in [*lines, ""]:
        if line.strip() and 0 <= literal < len(line) - len(line.lstrip()):
            made.append(line)
        elif line.strip():
            literal = -1
            block.append(line)
        else:
            made += [*with_formulas(block), ""]
            if block and block[-1].endswith("::"):
                literal = len(block[-1]) - len(block[-1].lstrip())
            block = []
    lines[:] = made[:-1]


def with_formulas(block):
    """Return the lines between two empty ones with their formulas set."""
    if any(line.lstrip().startswith((">>>", "..", "====")) for line in block):
        return block
    runs = []  # lines with one margin, which is that of the text of an item of a list
    for line in block:
        margin = len(line) - len(line.lstrip())
        head = " " * margin + line[margin : margin + 2] * line[margin:].startswith(("- ", "* "))
        name = re.match(r":|\*\*[^*]+\*\*(?: :|$)", line[margin:])  # a heading, or with a type
        if runs and not name and not head.strip() and runs[-1][1] == margin:
            runs[-1][2].append(line[margin:])
        else:
            runs.append((head, -1 if name else len(head), [line[len(head) :]]))
    made = []
    for head, margin, texts in runs:
        text = "\n".join(texts)
        set_text = text if margin < 0 else replace_formulas(text, ":math:`{}`".format)
        first, *others = set_text.split("\n")
        made += [head + first, *(" " * margin + other for other in others)]
    return made


def escape_bars(app, what, name, obj, options, lines):
    """Let |x| in a docstring be the size of x, not a name to be replaced."""
    code = False
    for place, line in enumerate(lines):
        code = line.lstrip().startswith(">>>") or (code and bool(line.strip()))
        if not code:
            lines[place] = line.replace("|", r"\|")


def skip_fields(app, what, name, obj, skip, options):
    """Leave out names of types, and fields of tuples: the docstring of the class has them."""
    field = type(obj).__name__ == "_tuplegetter"
    return True if field or isinstance(obj, types.GenericAlias) else None


def home(name):
    """Return where a public name stands: critcount.T is critcount.counting.layer.T."""
    thing = getattr(critcount, name)
    if isinstance(thing, types.ModuleType):
        return thing.__name__
    return f"{thing.__module__}.{thing.__qualname__}"


def find_home(app, env, node, contnode):
    """Lead from a name to where it is described, from critcount.T to critcount.counting.layer.T.

    In a docstring a name that leads nowhere stays as it is; elsewhere it is an error.
    """
    if node.get("refdomain") != "py":
        return None
    module, name = node.get("py:module"), node["reftarget"]
    domain, place = env.get_domain("py"), node.get("refdoc", "")
    found = None
    for full in (name, f"{module}.{name}"):
        try:
            thing = pkgutil.resolve_name(full)
            target = f"{thing.__module__}.{thing.__qualname__}"
        except (ImportError, AttributeError, ValueError):
            continue
        found = found or domain.resolve_xref(
            env, place, app.builder, "obj", target, node, contnode
        )
    return found or (contnode if module else None)


def drop_last_line(app, doctree):
    """Show a doctest without the empty line that ends it."""
    for block in doctree.findall(nodes.literal_block):
        text = block.astext()
        if text.endswith("\n"):
            block.rawsource = text.rstrip()
            block.children = []
            block += nodes.Text(text.rstrip())


def mathml(text, **options):
    """Return mathematics as MathML: primes as such, and no room around a slash."""
    made = latex2mathml.tex2mathml(text, **options)
    made = made.replace("<mo>'</mo>", '<mo lspace="0" rspace="0">\N{PRIME}</mo>')
    return made.replace('<mo stretchy="false">/', '<mo stretchy="false" lspace="0" rspace="0">/')


def visit_math(self, node):
    """Write inline mathematics as MathML, which browsers draw without a script."""
    self.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def visit_math_block(self, node):
    """Write displayed mathematics as MathML."""
    self.body.append('<div class="math">')
    self.body.append(mathml(node.astext(), as_block=True))
    self.body.append("</div>")
    raise nodes.SkipNode


def setup(app):
    """Connect what is written here with Sphinx."""
    app.connect("builder-inited", write_pages, priority=100)  # before autosummary's own
    app.connect("autodoc-skip-member", skip_fields)
    app.connect("doctree-read", drop_last_line)
    app.connect("missing-reference", find_home)
    app.connect("autodoc-process-docstring", set_formulas, priority=890)  # after numpydoc
    app.connect("autodoc-process-docstring", escape_bars, priority=900)
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
