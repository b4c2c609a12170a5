"""Settings for all tests: the same examples in every run."""

from hypothesis import settings

settings.register_profile("critcount", derandomize=True, deadline=None)
settings.load_profile("critcount")
