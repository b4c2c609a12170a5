"""Work whose precision no other thread may change: in another process, or noticed."""

import contextlib
import io
import pickle
import threading

import pytest
from flint import arb, ctx

from critcount import (
    SizeLimitError,
    estimate_log10_T,
    leading_digits,
    log10_T,
    regimes,
)
from critcount.claims import regimes as claims
from critcount.counting import enclosures, isolation
from critcount.counting.contours import Contour
from critcount.plots import frames


@pytest.fixture(autouse=True)
def generous_precision():
    before = ctx.prec
    ctx.prec = 400
    yield
    ctx.prec = before


def test_the_precision_of_others_is_left_alone():
    ctx.prec = 77
    log10_T(4, 1000)
    assert ctx.prec == 77


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_comes_through(monkeypatch, interrupt):
    def interrupted(*arguments):
        raise interrupt

    monkeypatch.setattr(isolation, "others_run", lambda: False)
    monkeypatch.setattr(Contour, "_integrand", interrupted)
    before = ctx.prec
    with pytest.raises(interrupt):
        log10_T(4, 100)
    assert ctx.prec == before


def test_threads():
    expected = {m: log10_T(3, m).str(15) for m in range(100, 130)}
    found = {}

    def work(ms):
        for m in ms:
            found[m] = log10_T(3, m).str(15)

    threads = [threading.Thread(target=work, args=(range(100 + i, 130, 3),)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


@contextlib.contextmanager
def another_thread(bits):
    """A thread that works at a precision of its own; yields the other precisions it has seen."""
    seen, over = set(), threading.Event()

    def work():
        with ctx.workprec(bits):
            while not over.is_set():
                seen.add(ctx.prec)
                sum(range(100))  # gives the other thread its turn
        with ctx.workprec(bits):
            pass

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def test_a_thread_with_its_own_precision_changes_nothing_and_sees_nothing():
    expected = log10_T(4, 10**6)
    with another_thread(40) as seen:
        value = log10_T(4, 10**6)
        digits = leading_digits(4, 10**6, 20)
        ratio = regimes.log10_ratio(4, 50)
        limit = regimes.vast_limit_T(3, 100)
        guess = estimate_log10_T(4, 100)
        blocks = frames._log10_blocks(2, 10**6, 3)
        errors = claims.vast_errors(3, 1000)
    assert seen == {40}
    assert value.overlaps(expected)
    assert value.rad() < 1e-10
    assert digits == leading_digits(4, 10**6, 20)
    assert ratio.overlaps(regimes.log10_ratio(4, 50))
    assert ratio.rad() < 1e-10
    assert limit.relative_error == regimes.vast_limit_T(3, 100).relative_error
    assert guess.str(20) == estimate_log10_T(4, 100).str(20)
    assert blocks == frames._log10_blocks(2, 10**6, 3)
    assert errors == claims.vast_errors(3, 1000)


def test_errors_come_back_from_the_other_process():
    with another_thread(40):
        with pytest.raises(ValueError, match="0 for r = 5, m = 4"):
            log10_T(5, 4)
        with pytest.raises(SizeLimitError, match=r"at most 10\^100"):
            log10_T(5, 10**101)
        with pytest.raises(TypeError, match="must be an integer"):
            log10_T(5, 7.0)
        isolation._stop()  # as when somebody kills it
        assert log10_T(1, 3).rad() < 1e-10


def test_a_ball_goes_to_another_process_and_back():
    for ball in (arb(0), arb(1, 2), arb(-3) / 7, arb(0, 1e-30), log10_T(4, 10**50)):
        stream = io.BytesIO()
        isolation._send(ball, stream)
        back = pickle.loads(stream.getvalue())
        assert back.contains(ball)
        assert back.mid() == ball.mid()
        assert back.rad() <= ball.rad() * (1 + arb(2) ** -28)


def test_in_place_the_precision_of_others_is_noticed(monkeypatch):
    """A bundle cannot start Python: what another thread spoils is computed again, or refused."""
    monkeypatch.setattr(isolation, "others_run", lambda: False)
    spoiled = []

    def enclose(r, m, count, bits):
        if len(spoiled) < times:
            spoiled.append(bits)
            ctx.prec = 40
        return real(r, m, count, bits)

    real = enclosures._enclosure
    monkeypatch.setattr(enclosures, "_enclosure", enclose)
    times = 3
    assert log10_T(4, 10**6).rad() < 1e-10
    assert len(spoiled) == 3
    times = 1000
    with pytest.raises(ArithmeticError, match="other threads change the precision"):
        leading_digits(4, 10**6)
    assert len(spoiled) < 50
