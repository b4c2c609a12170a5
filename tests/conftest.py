"""Settings for all tests, and the command line as a fixture."""

import gc
import os
import signal

import pytest
from hypothesis import settings

from critcount import cli

# the same examples in every run
settings.register_profile("critcount", derandomize=True, deadline=None)
settings.load_profile("critcount")

# jax makes so many objects that looking for cycles after every 700 takes a quarter of the time
gc.set_threshold(100_000, 20, 20)

# of small networks most of the time is that of compiling, and two processes fill two cores; before
# numpy and jax are imported; what is set already stays
SET = {
    name: value
    for name, value in {
        "XLA_FLAGS": "--xla_backend_optimization_level=0",
        "OMP_NUM_THREADS": "1",
    }.items()
    if name not in os.environ
}
os.environ |= SET

# a run in the background of a shell ignores interrupts, and so would the programs it starts
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def run(capsys):
    """Run the command line in this process: (exit code, stdout, stderr)."""

    def run(*arguments):
        with pytest.raises(SystemExit) as stop:
            cli.main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return stop.value.code, captured.out, captured.err

    return run


def one_line(err):
    """Whether this is one line of the command line's own on stderr."""
    return err.startswith("critcount: ") and err.count("\n") == 1 and "Traceback" not in err
