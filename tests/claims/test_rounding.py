"""What rounding may do to a network's outputs, against 60 digits."""

from critcount.claims import (
    minima,
    rounding,
)


def test_evaluation_error_bounds_what_rounding_does():
    """Against 60 digits."""
    import mpmath

    with mpmath.workdps(60):
        for seed, widths in enumerate([(2, 3, 1), (2, 5, 4, 2)]):
            network = rounding.random_network(widths, seed)
            x = minima.inputs(5, 2, seed)
            error = rounding.evaluation_error(network, x)
            for row, allowed, got in zip(x, error, network(x, "generic"), strict=True):
                exact = exactly(mpmath, network, row)
                off = [abs(mpmath.mpf(float(a)) - b) for a, b in zip(got, exact, strict=True)]
                assert all(o <= a for o, a in zip(off, allowed, strict=True))


def exactly(mpmath, network, row):
    h = [mpmath.mpf(float(value)) for value in row]
    for k, weight in enumerate(network.weights):
        if k:
            h = [1 / (1 + mpmath.exp(-4 * z)) + mpmath.log(1 + mpmath.exp(z)) for z in h]
        h = [
            sum(mpmath.mpf(float(w)) * v for w, v in zip(line, h, strict=True)) for line in weight
        ]
    return h
