"""`critcount verify`."""

from __future__ import annotations

import os
from typing import cast

import click

from critcount.cli import streams
from critcount.cli.command import Command
from critcount.cli.common import FileType, chosen_format, command_line, output_option, target

__all__ = ["verify"]


FORMATS = ("text", "json", "csv", "latex")


@click.command(cls=Command)
@click.option("--quick", is_flag=True, help="Take fewer shapes and seeds: about a minute.")
@click.option(
    "--only", "names", multiple=True, metavar="NAME", help="Test this claim; may be given again."
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False),
    metavar="FOLDER",
    help="Keep what is measured here, and go on from what is there.",
)
@click.option(
    "--page",
    "page_file",
    type=FileType(),
    help="Bring this page of the documentation up to date, and its figures in a folder beside it.",
)
@output_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default=None,
    help="By default what the suffix of the output says, or else text.",
)
def verify(
    quick: bool,
    names: tuple[str, ...],
    folder: str | None,
    page_file: str | None,
    output: str,
    format_: str | None,
) -> int:
    """Test every claim of the two papers, and say where it holds.

    A row for each claim: the statement, the paper, how it was checked, the worst figure with its
    tolerance, and the verdict. Exit code 1 when a verdict is not that of the published table.

    Everything takes minutes; with --folder an interrupted run goes on where it was.

    Example: critcount verify --quick
    """
    from critcount._support import files
    from critcount.claims import registry, table
    from critcount.claims.running import require_landscape, run, units
    from critcount.cli.common import progress
    from critcount.output import export

    format_ = chosen_format(format_, output, FORMATS)
    claims = registry.choose_claims(names)
    if page_file is not None and names:
        raise click.UsageError("--page goes with all claims, without --only")
    if page_file is not None and not os.path.isfile(page_file):
        raise click.UsageError(f"--page must be a page that is there, not {page_file}")
    require_landscape(claims)
    with progress("claims", len(units(claims, quick))) as advance:
        findings = run(claims, quick=quick, folder=folder, advance=advance)
    rows = table.claim_rows(findings)
    if format_ == "text":
        files.put(table.claims_text(rows), target(output))
    else:
        export.write_rows(
            table.ClaimRow._fields,
            rows,
            target(output, format_),
            cast("export.Format", format_),
            comment=command_line(),
        )
    if page_file is not None:
        from critcount.plots.claims import write_page

        write_page(findings, page_file)
    different = [finding for finding in findings if not finding.agrees]
    for finding in different:
        streams.say(
            f"{finding.claim.name}: {finding.verdict}; published: {finding.claim.recorded}"
        )
    return 1 if different else 0
