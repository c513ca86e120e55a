"""Turn: one run over everything, with an id in every log line, and what ended it."""

from collections.abc import Iterator
from contextlib import contextmanager

from catalog.operation_tables import TroubleKind
from products.errors import SourceUnavailable
from tasks.heartbeat import heartbeat
from tasks.logs import Event, correlated, current_run, event_log, new_run
from tasks.track import subject_of
from tasks.trouble import mend, note_trouble
from tasks.workshop import Workshop

_LOG = event_log(__name__)


@contextmanager
def turn(workshop: Workshop, source: str) -> Iterator[str]:
    """Run one turn of the service over a source; give its id.

    What nobody foresaw, and what an operator is to look at, is recorded as a trouble of the run
    and passes through; a turn that ends as it should mends it. That the source is away is a
    trouble of the source, which whoever asked it has recorded.
    """
    subject = subject_of(source)
    with heartbeat(workshop), correlated(run=current_run() or new_run()):
        _LOG.info(Event.TURN_BEGUN, source=subject)
        try:
            yield current_run() or ""
        except SourceUnavailable:
            raise
        except Exception as error:
            note_trouble(workshop, TroubleKind.RUN, subject, error)
            raise
        mend(workshop, TroubleKind.RUN, subject)
        _LOG.info(Event.TURN_DONE, source=subject)
