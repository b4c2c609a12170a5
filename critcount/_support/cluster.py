"""Work on a Dask cluster: the results as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from critcount._support.extras import optional

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["cluster_client", "each_on_cluster"]

#: Seconds to wait for a scheduler.
SCHEDULER_SECONDS = 10


def each_on_cluster(
    work: Callable[..., Any], jobs: Sequence[tuple[Any, ...]], client: Client
) -> Iterator[Any]:
    """Yield the results of a function for every tuple of arguments, as they come.

    What has not been done when the iteration ends is cancelled.
    """
    distributed = optional("distributed", "scale", "this needs distributed")
    cluster = cast(Any, client)
    # not pure: a file may be gone although its result is still known
    futures = cluster.map(lambda job: work(*job), jobs, pure=False)
    try:
        for _, result in distributed.as_completed(futures, with_results=True):
            yield result
    finally:
        cluster.cancel(futures)


def cluster_client(address: str) -> Client:
    """Return a client of the scheduler at an address such as tcp://10.0.0.1:8786.

    Raises
    ------
    ImportError
        When distributed is not installed.
    ValueError
        When there is no scheduler.
    """
    distributed = optional("distributed", "scale", "--scheduler needs distributed")
    try:
        return cast("Client", distributed.Client(address, timeout=SCHEDULER_SECONDS))
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"there is no Dask scheduler at {address}: {error}") from error
