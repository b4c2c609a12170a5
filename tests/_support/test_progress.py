"""A bar on stderr for work that takes long, at a terminal."""

import io
import sys
from types import SimpleNamespace

import pytest

from critcount._support import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """The time, which passes only where a test says so."""
    now = [0.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def at_terminal(monkeypatch):
    """Let stderr be a terminal that remembers; in the test itself, since pytest sets it anew."""
    stream = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def test_silent_takes_note_of_nothing(capsys):
    assert progress.silent(3) is None
    assert capsys.readouterr() == ("", "")


def test_nothing_is_shown_in_the_first_second(clock, monkeypatch):
    terminal = at_terminal(monkeypatch)
    with progress.progress_bar("counting", 2) as advance:
        clock[0] = 1.0
        advance(1)
        advance(1)
    assert terminal.getvalue() == ""


def test_nothing_is_shown_where_stderr_is_no_terminal(clock, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress.progress_bar("counting", 2) as advance:
        clock[0] = 5.0
        advance(2)
    assert stream.getvalue() == ""


def test_a_bar_counts_what_was_done_before_it_was_shown(clock, monkeypatch):
    terminal = at_terminal(monkeypatch)
    with progress.progress_bar("counting", 7) as advance:
        advance(3)
        clock[0] = 2.0
        advance(1)
    assert "counting" in terminal.getvalue()
    assert "4/7" in terminal.getvalue()


def test_the_number_of_units_may_be_unknown(clock, monkeypatch):
    terminal = at_terminal(monkeypatch)
    with progress.progress_bar("searching", None) as advance:
        clock[0] = 2.0
        advance(5)
    assert "5/?" in terminal.getvalue()


def test_an_error_goes_through(clock, monkeypatch):
    terminal = at_terminal(monkeypatch)

    def work():
        with progress.progress_bar("counting", 2) as advance:
            clock[0] = 2.0
            advance(1)
            raise KeyError

    with pytest.raises(KeyError):
        work()
    assert "1/2" in terminal.getvalue()
