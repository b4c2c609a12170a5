"""Experiments on real networks, each a function of its seeds: data, runs that go on, results."""
