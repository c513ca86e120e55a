"""Show what quality control found in Prefect's interface, beside the run that composed it."""

import json

import httpx
from prefect.artifacts import create_markdown_artifact
from prefect.context import TaskRunContext
from prefect.exceptions import PrefectException

from qc.summary import render_summary
from tasks.logs import Event, event_log
from tasks.report import latest_report
from tasks.workshop import Workshop

_LOG = event_log(__name__)


def show_report(workshop: Workshop, mosaic_id: int) -> None:
    """Attach the summary of a mosaic's latest report to the task that runs now.

    Each mosaic has one key, so that Prefect shows its reports one after the other. Outside a run
    there is nothing to attach it to. The report lies on the disk, so nothing is lost where Prefect
    cannot take the summary.
    """
    found = latest_report(workshop, mosaic_id)
    if TaskRunContext.get() is None or found is None:
        return
    key, path = found
    report = json.loads(path.read_bytes())
    page = path.with_suffix(".html").resolve()
    try:
        create_markdown_artifact(
            render_summary(report, page), _slug(str(key)), f"Quality of {report['product']}"
        )
    except (httpx.HTTPError, PrefectException) as error:
        _LOG.warning(
            Event.REPORT_NOT_SHOWN,
            message=f"Prefect does not show the quality report {page}: {error}",
        )


def _slug(text: str) -> str:
    """Return a key as Prefect takes it: small letters, digits, dashes."""
    words = "".join(c if c.isalnum() else " " for c in text.lower()).split()
    return "-".join(("quality", *words))
