"""The sentences of the judgement, one rule after another: what is wrong, where, what to do."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from catalog.operation_tables import TroubleKind
from catalog.operations.facts import Facts, Grade, Sentence
from catalog.operations.observed import OldestMosaic, Told, Troubled
from catalog.operations.stages import GRANULES, MOSAICS
from catalog.operations.timeliness import SourceTimeliness, Way
from catalog.operations.workers import Standing, Worker
from products.mosaic import MosaicKey
from products.spans import counted, room, span

SOURCE_AWAY = timedelta(minutes=10)
"""After so long a source that does not answer is no blip."""
_ENOUGH = 27
"""Characters of a subject by which people know it."""
_SPARE = 3
"""Room for fewer products than this is told of."""


Sentences = Iterator[Sentence]


def complaints(facts: Facts) -> tuple[Sentence, ...]:
    """Return all that is to be said, the gravest first."""
    order = list(Grade)
    said = [sentence for rule in _RULES for sentence in rule(facts)]
    return tuple(sorted(said, key=lambda one: order.index(one.level)))


def _nobody(facts: Facts) -> Sentences:
    """Tell that no worker lives."""
    if facts.living:
        return
    last = max(facts.seen.workers, key=lambda one: one.seen_at, default=None)
    if last and last.standing in (Standing.SILENT, Standing.DIED):
        held = f", while it composed {_names(last)}" if last.holds else ""
        yield Sentence(
            Grade.BROKEN,
            "the last worker ended without being told to",
            f"No worker lives: {_who(last)} was last heard at {clock(last.seen_at)}{held}. Nothing "
            f"is lost. Look at its output, then start another with {facts.start}.",
            "/runs",
            last.seen_at,
        )
    elif work := facts.work_that("waits", "wait"):
        since = _waiting_since(facts, last)
        grave = facts.seen.moment - since > facts.grace
        yield Sentence(
            Grade.BROKEN if grave else Grade.LOOK,
            f"no worker runs, and {work}",
            f"No worker runs, and {work}. Start one with {facts.start}.",
            "/runs",
            since,
        )
    else:
        yield Sentence(
            Grade.NOTE,
            "no worker runs",
            f"No worker runs, so nobody looks for news. Start one with {facts.start}.",
            "/runs",
            last.ended_at if last else None,
        )


def _waiting_since(facts: Facts, last: Worker | None) -> datetime:
    """Return since when work has waited with no worker there."""
    stages = [
        facts.stage(GRANULES, "tracked"),
        *(facts.stage(MOSAICS, name) for name in ("due", "composing")),
    ]
    oldest = min(one.oldest_since for one in stages if one.oldest_since)
    return max(oldest, last.ended_at) if last and last.ended_at else oldest


def _silent(facts: Facts) -> Sentences:
    """Tell of workers that were not heard of again, while others live."""
    if not facts.living:
        return
    for one in facts.seen.workers:
        if one.standing not in (Standing.SILENT, Standing.DIED):
            continue
        if one.holds:
            until = max(lease.until for lease in one.holds)
            yield Sentence(
                Grade.BROKEN,
                f"a worker is silent and holds {counted(len(one.holds), 'mosaic')}",
                f"W{_who(one)[1:]} was last heard at {clock(one.seen_at)} and still holds "
                f"{_names(one)}. If its process is gone, the next turn takes over, at the latest "
                f"at {clock(until)}; if it hangs, end it.",
                "/runs",
                one.seen_at,
            )
        elif one.standing is Standing.SILENT:
            yield Sentence(
                Grade.LOOK,
                "a worker is silent",
                f"W{_who(one)[1:]} was last heard at {clock(one.seen_at)}; it holds nothing and "
                "others go on. If it hangs, end it.",
                "/runs",
                one.seen_at,
            )


def _room(facts: Facts) -> Sentences:
    found = facts.seen.room
    if found is None or found.free >= _SPARE * found.needed:
        return
    full = found.free < found.needed
    effect = "so none is composed" if full else f"so it is full after {_SPARE - 1} more"
    yield Sentence(
        Grade.BROKEN if full else Grade.LOOK,
        "the disk is full" if full else "the disk is nearly full",
        f"The disk of the data root has {room(found.free)} left, and a product may need "
        f"{room(found.needed)}, {effect}. Make room, or bound the decoded granules with "
        "S2GM_WORKING_STORE.",
        "/runs",
    )


def _sources(facts: Facts) -> Sentences:
    away = facts.troubled(TroubleKind.SOURCE)
    for one in away.first if away else ():
        long = facts.seen.moment - one.since > SOURCE_AWAY
        yield Sentence(
            Grade.BROKEN if long else Grade.LOOK,
            f"the source {one.subject} does not answer",
            f"{_whole(one.message)} Every turn asks it again, and nothing is lost meanwhile; if it "
            "stays away, check the network and ask its provider.",
            "/failures",
            one.since,
        )


def _turns(facts: Facts) -> Sentences:
    broken = facts.troubled(TroubleKind.RUN)
    for one in broken.first if broken else ():
        yield Sentence(
            Grade.BROKEN,
            f"the last turn on {one.subject} ended with an error",
            f"The last turn on {one.subject} ended with an error that nobody foresaw: "
            f"{_whole(one.message)} The next turn tries again; if it fails alike, look at the "
            "output of the worker.",
            "/failures",
            one.since,
        )


def _granule_waits(facts: Facts) -> Sentences:
    oldest, limit = facts.seen.granule, timedelta(hours=facts.objectives.visible_hours)
    if oldest is None or facts.seen.moment - oldest.since <= limit:
        return
    waiting = counted(facts.stage(GRANULES, "tracked").count, "granule")
    yield Sentence(
        Grade.LATE,
        f"granules wait longer than {span(limit.total_seconds())}",
        f"{waiting} to ingest; the oldest, {oldest.id}, was visible at {clock(oldest.since)}, and "
        f"the objective is {span(limit.total_seconds())}. {_faster(facts)}",
        "/failures" if facts.troubled(TroubleKind.GRANULE) else "/runs",
        oldest.since,
    )


def _mosaic_waits(facts: Facts) -> Sentences:
    oldest, limit = facts.seen.mosaic, timedelta(hours=facts.objectives.visible_hours)
    if oldest is None or facts.seen.moment - oldest.since <= limit:
        return
    names = ("due", "composing", "failed")
    waiting = counted(sum(facts.stage(MOSAICS, name).count for name in names), "mosaic")
    yield Sentence(
        Grade.LATE,
        f"mosaics wait longer than {span(limit.total_seconds())}",
        f"{waiting} to compose; the oldest, {oldest.key}, {_stands(oldest, facts)}",
        mosaic_link(oldest.key),
        oldest.since,
    )


def _stands(oldest: OldestMosaic, facts: Facts) -> str:
    since = clock(oldest.since)
    if oldest.state == "FAILED":
        return f"could not be composed since {since}: {_whole(oldest.reason or 'no reason given')}"
    if oldest.state == "COMPOSING":
        return f"is due since {since} and is composed now."
    if facts.living and not any(one.doing for one in facts.living):
        return (
            f"is due since {since}, and the workers wait. Check that `s2gm run` is given its tile, "
            "period and resolution."
        )
    return f"is due since {since}. {_faster(facts)}"


def _faster(facts: Facts) -> str:
    if not facts.living:
        return "Nobody works at it."
    return (
        f"{counted(len(facts.living), 'worker lives', 'workers live')}; to catch up, raise "
        "S2GM_WORKERS or start another `s2gm run`."
    )


def _objectives(facts: Facts) -> Sentences:
    for source in facts.seen.timeliness:
        visible, sensing = source.from_visible, source.from_sensing
        if not source.judged or visible is None or sensing is None:
            continue
        if not visible.met:
            yield _missed(source, visible, "their granules were visible there", _faster(facts))
        if not sensing.met:
            delivered = "The source delivers late; ask its provider."
            advice = delivered if visible.met else "What is ours of it is told above."
            yield _missed(source, sensing, "their granules were sensed", advice)


def _missed(source: SourceTimeliness, way: Way, begin: str, advice: str) -> Sentence:
    limit, late = span(way.objective), source.published - way.within
    told = (
        f"In the last 24 h {late} of {counted(source.published, 'publication')} from "
        f"{source.source} came more than {limit} after {begin}; one of ten may."
    )
    if way.mended:
        return Sentence(Grade.NOTE, "", f"{told} The last ten were in time again.", "/")
    brief = f"publications come more than {limit} after {begin.replace(' there', '')}"
    return Sentence(Grade.LATE, brief, f"{told} {advice}", "/")


def _stopped(facts: Facts) -> Sentences:
    stage = facts.stage(MOSAICS, "stopped")
    if stage.count:
        yield Sentence(
            Grade.LOOK,
            f"{counted(stage.count, 'mosaic')} stopped by quality control",
            f"Quality control stopped {counted(stage.count, 'mosaic')}; readers keep what they "
            "had. Look at the reports and release, reject or recompose.",
            "/gate",
            stage.oldest_since,
        )


def _failed(facts: Facts) -> Sentences:
    found = facts.troubled(TroubleKind.MOSAIC)
    if found:
        one = found.first[0]
        yield Sentence(
            Grade.LOOK,
            f"{counted(found.count, 'mosaic')} could not be composed",
            f"{counted(found.count, 'mosaic')} could not be composed. {_first(one, found)} "
            "Every turn tries again.",
            "/failures",
            found.since,
        )


def _rejected(facts: Facts) -> Sentences:
    found = facts.troubled(TroubleKind.GRANULE)
    if found:
        one = found.first[0]
        yield Sentence(
            Grade.LOOK,
            f"{counted(found.count, 'granule')} not usable",
            f"{counted(found.count, 'granule')} could not be used or fetched. {_first(one, found)} "
            "Mosaics are made without; retry, or dismiss what is known.",
            "/failures",
            found.since,
        )


def _archive(facts: Facts) -> Sentences:
    for source in facts.seen.timeliness:
        if source.archived and not source.published:
            yield Sentence(
                Grade.NOTE,
                "",
                f"In the last 24 h all granules from {source.source} came from an archive "
                f"({counted(source.archived, 'publication')}); they tell nothing of timeliness.",
                "/",
            )


_RULES: tuple[Callable[[Facts], Sentences], ...] = (
    _nobody,
    _silent,
    _room,
    _sources,
    _turns,
    _granule_waits,
    _mosaic_waits,
    _objectives,
    _stopped,
    _failed,
    _rejected,
    _archive,
)


def clock(moment: datetime) -> str:
    """Return a moment as sentences say it, UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def mosaic_link(key: MosaicKey) -> str:
    """Return where the hub shows a mosaic."""
    return f"/mosaics/{key.tile}/{key.period.kind}/{key.period.start}/{key.resolution}"


def _who(worker: Worker) -> str:
    return f"worker {worker.name} (process {worker.pid} on {worker.host})"


def _names(worker: Worker) -> str:
    first, *others = (lease.mosaic for lease in worker.holds)
    return f"{first} and {len(others)} more" if others else first


def _first(one: Told, of: Troubled) -> str:
    """Return what the first of some troubles says, with its subject where it does not name it."""
    named = one.subject[:_ENOUGH] in one.message
    told = _whole(one.message) if named else f"{one.subject}: {_whole(one.message)}"
    return f"The first: {told}" if of.count > 1 else told


def _whole(message: str) -> str:
    """Return a message that ends as a sentence does."""
    return message if message.endswith((".", "!", "?")) else f"{message}."
