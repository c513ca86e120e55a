"""Ahead: work on the next item in a thread while the one before is used."""

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


def ahead(work: Callable[[_Item], _Made], items: Iterable[_Item]) -> Generator[_Made]:
    """Yield what ``work`` makes of every item, in order, always one ahead of who asks for it.

    Stages that are put into each other so work side by side. An error of ``work`` is raised where
    its item would have come. Who stops early closes the iterator; that waits for the thread.
    """
    with ThreadPoolExecutor(1) as thread:
        coming: Future[_Made] | None = None
        for item in items:
            following = thread.submit(work, item)
            if coming is not None:
                yield coming.result()
            coming = following
        if coming is not None:
            yield coming.result()
