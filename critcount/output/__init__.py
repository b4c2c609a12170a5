"""Counts as reports and frames, and frames as files: CSV, JSON, Parquet, LaTeX, Markdown, text."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["export", "models", "papers", "rendering", "report", "tables", "zero_loss"],
)
