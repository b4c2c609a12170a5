"""`critcount cite`."""

from __future__ import annotations

import click

from critcount.cli.command import Command

__all__ = ["cite"]


BIBTEX = """\
@misc{brea2019weight,
  title         = {Weight-space symmetry in deep networks gives rise to permutation saddles,
                   connected by equal-loss valleys across the loss landscape},
  author        = {Brea, Johanni and {\\c{S}}im{\\c{s}}ek, Berfin and Illing, Bernd and
                   Gerstner, Wulfram},
  year          = {2019},
  eprint        = {1907.02911},
  archivePrefix = {arXiv},
  primaryClass  = {cs.LG}
}

@inproceedings{simsek2021geometry,
  title         = {Geometry of the Loss Landscape in Overparameterized Neural Networks:
                   Symmetries and Invariances},
  author        = {{\\c{S}}im{\\c{s}}ek, Berfin and Ged, Fran{\\c{c}}ois and Jacot, Arthur and
                   Spadaro, Francesco and Hongler, Cl{\\'e}ment and Gerstner, Wulfram and
                   Brea, Johanni},
  booktitle     = {Proceedings of the 38th International Conference on Machine Learning},
  series        = {Proceedings of Machine Learning Research},
  volume        = {139},
  year          = {2021},
  publisher     = {PMLR},
  eprint        = {2105.12221},
  archivePrefix = {arXiv},
  primaryClass  = {cs.LG}
}
"""


@click.command(cls=Command)
def cite() -> None:
    """Print the BibTeX entries of the two papers whose combinatorics this is."""
    click.echo(BIBTEX, nl=False)
