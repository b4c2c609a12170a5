"""The command line as ``python -m critcount``."""

from critcount.cli import main

if __name__ == "__main__":
    main()
