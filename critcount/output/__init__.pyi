from . import columns, export, rendering, report, tables

__all__ = ["columns", "export", "rendering", "report", "tables"]
