"""The program `critcount`, and ``python -m critcount``: what a process needs before all else.

Nothing is imported at the top but what Python has loaded anyway, so that an interrupt finds its
handler from the first moment on.
"""

import os
import sys

try:
    import signal
except KeyboardInterrupt:
    os._exit(130)


def main() -> None:
    """Run the command line as a process of its own, to the end of the process."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave_at_once)
    from critcount import cli
    from critcount.cli import streams

    streams.prepare_streams()
    code = 2
    try:
        cli.main()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 2
    if "jax" in sys.modules:  # its threads may still compute, and crash in a dying interpreter
        os._exit(code)
    sys.exit(code)


def _leave_at_once(number: int, frame: object) -> None:
    """Leave while the program is still being loaded: there is nothing to put away."""
    try:
        os.write(2, b"critcount: interrupted\n")
    finally:
        os._exit(130)


if __name__ == "__main__":
    main()
