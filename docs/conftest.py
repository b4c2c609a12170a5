"""What pytest leaves alone here: settings that need Sphinx, a script, and what is built."""

collect_ignore = ["conf.py", "make_figures.py", "_build"]
