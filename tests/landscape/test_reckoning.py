"""What paths and spectra take: order of size, and that it is told."""

import numpy as np
import pytest

from critcount import Network, SizeLimitError

pytest.importorskip("jax")
from critcount.landscape import Problem, path_work, reckoning, spectrum_work, summarise
from critcount.landscape.factors import factor_bytes
from tests.landscape.trained import task

ROW = 1e-5


@pytest.fixture
def small():
    return Problem(np.eye(3), np.ones((3, 1))), Network([np.ones((2, 3)), np.ones((1, 2))])


@pytest.mark.parametrize("products", [False, True])
def test_more_weights_and_steps_take_more(products):
    sizes = [100, 300, 1000, 3000, 10_000]
    times = [reckoning._path_seconds(size, ROW * size, 40, products) for size in sizes]
    assert sorted(times) == times
    ends = [reckoning._spectrum_seconds(size, ROW * size, products) for size in sizes]
    assert sorted(ends) == ends
    for size, time, end in zip(sizes, times, ends, strict=True):
        assert 0 < end < time
        longer = reckoning._path_seconds(size, ROW * size, 400, products)
        assert longer == pytest.approx(10 * time, rel=0.15)
    # by the cube, where eigenvalues and factors take most of the time
    large = [reckoning._path_seconds(size, 0, 40, False) for size in (5000, 10_000)]
    assert large[1] / large[0] == pytest.approx(8, rel=0.01)


def test_beyond_a_factor_it_is_dearer():
    size = 11_585
    assert factor_bytes(size) > 0 == factor_bytes(size + 1)
    times = [reckoning._path_seconds(n, 1e-2, 40, True) for n in (size, size + 1)]
    assert times[0] < times[1]


def test_what_is_measured_and_what_is_kept(small):
    problem, network = small
    matrices, products = (path_work(problem, network, limit=limit) for limit in (5000, 1))
    assert (matrices.products, products.products) == (False, True)
    assert matrices.seconds > 0 < products.seconds
    assert spectrum_work(problem, network, limit=1).products
    with pytest.raises(ValueError, match="steps must be"):
        path_work(problem, network, steps=0)


def test_too_much_memory_is_refused(small, monkeypatch):
    problem, network = small
    need = spectrum_work(problem, network).bytes
    monkeypatch.setattr("os.sysconf", {"SC_PHYS_PAGES": need - 1, "SC_PAGE_SIZE": 1}.get)
    with pytest.raises(SizeLimitError, match=f"the spectrum would take {need:,} bytes"):
        spectrum_work(problem, network)
    with pytest.raises(SizeLimitError, match="the path would take"):
        path_work(problem, network)


def test_a_spectrum_is_announced_before_it_is_made():
    problem, network = task((2, 2, 1), 0)

    def announce(work):
        told.append(work)
        raise InterruptedError

    told = []
    with pytest.raises(InterruptedError):
        summarise(problem, network, 3, announce=announce)
    assert told[0].bytes == spectrum_work(problem, network).bytes
