"""Pages update themselves: one look at the catalog per second tells all open streams the news."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import sqlalchemy as sa
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException

Reader = Callable[[], Mapping[str, str]]
CLOCK = "clock"
"""The topic of what changes by itself as time goes by."""
AWAY = "catalog"
"""The topic of whether the catalog answers."""
_EVERY_SECONDS = 1.0
_CLOCK_SECONDS = 5.0
_LONGEST_SECONDS = 600.0
"""After which a browser connects anew, so that an ended session ends its streams."""
_STREAMS = 200
_STREAMS_EACH = 20
"""Of one session or, of strangers, one address; the open pages of a browser share a stream."""
_log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)


class Stream:
    """What one open page has not been told yet."""

    def __init__(self, reader: str = "") -> None:
        self.reader = reader
        self._topics: set[str] = set()
        self._news = asyncio.Event()

    def tell(self, topics: set[str]) -> None:
        """Add topics to those that are to be told."""
        self._topics |= topics
        self._news.set()

    async def next(self) -> list[str]:
        """Wait for news, and return the topics."""
        await self._news.wait()
        self._news.clear()
        told, self._topics = sorted(self._topics), set()
        return told


class Watch:
    """Looks at the catalog while anybody listens, and tells all streams alike."""

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._streams: set[Stream] = set()
        self._known: Mapping[str, str] | None = None

    def has_room(self, reader: str) -> bool:
        """Tell whether the hub can bear one more stream, and one more of this reader."""
        own = sum(stream.reader == reader for stream in self._streams)
        return len(self._streams) < _STREAMS and own < _STREAMS_EACH

    @contextmanager
    def open(self, reader: str = "") -> Iterator[Stream]:
        """Listen until the context ends."""
        stream = Stream(reader)
        self._streams.add(stream)
        try:
            yield stream
        finally:
            self._streams.discard(stream)

    async def run(self, every: float = _EVERY_SECONDS, clock: float = _CLOCK_SECONDS) -> None:
        """Look at the catalog again and again, until it is cancelled."""
        loop = asyncio.get_running_loop()
        ticked = loop.time()
        while True:
            await asyncio.sleep(every)
            if not self._streams:
                self._known = None
                continue
            topics = await self.look()
            if loop.time() - ticked >= clock:
                ticked = loop.time()
                topics |= {CLOCK}
            if topics:
                self.tell(topics)

    async def look(self) -> set[str]:
        """Return the topics that changed since the last look; the first one knows of none."""
        try:
            found = await run_sync(self._read)
        except sa.exc.SQLAlchemyError:
            _log.warning("The hub's watch cannot read the catalog.", exc_info=True)
            found = {AWAY: "away"}
        before, self._known = self._known, found
        if before is None:
            return set()
        return {topic for topic in {*before, *found} if before.get(topic) != found.get(topic)}

    def tell(self, topics: set[str]) -> None:
        """Tell all streams."""
        for stream in self._streams:
            stream.tell(topics)


@router.get("/events")
async def events(request: Request) -> EventSourceResponse:
    """Stream ``changed`` events, each with the list of topics in which something changed."""
    watch: Watch = request.app.state.hub.watch
    known = request.state.visitor
    reader = known.sign_in if known else (request.client.host if request.client else "")
    if not watch.has_room(reader):
        raise HTTPException(503, "Too many pages are open at this hub; close some of them.")
    return EventSourceResponse(_told(watch, reader), ping=15, headers={"cache-control": "no-store"})


async def _told(watch: Watch, reader: str) -> AsyncIterator[ServerSentEvent]:
    with watch.open(reader) as stream, suppress(TimeoutError):
        async with asyncio.timeout(_LONGEST_SECONDS):
            yield ServerSentEvent(comment="listening", retry=2000)
            while True:
                yield ServerSentEvent(json.dumps(await stream.next()), event="changed")
