"""The quality report of a product as one HTML page, for people: nothing to load, nothing to run."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from products.product import ProductFacts, SourceEntry
from products.words import counted, revision_words
from qc.advice import advice
from qc.catalogue import LEVELS, RULES, Rule
from qc.evidence import Evidence
from qc.figures.change import change_map, differences, scatters
from qc.figures.charts import aerosol, methods, reflectance, scenes, valid_observations
from qc.figures.maps import dates_in_colour, quicklook, selection_maps
from qc.finding import Finding, Verdict
from qc.html import render
from qc.plots import percent
from qc.quantity import Quantity
from qc.report import UNKNOWN, Known, headline, in_order, not_run, setting_behind

_ABOUT = {
    "input": "Could the granules be used?",
    "L0": "Is the product complete and intact, and made as its metadata say?",
    "L1": "Do the pixels look as a mosaic of real observations must look?",
    "L2": "How does the product differ from a reference, such as its revision before?",
    "L3": "Is the product what its inputs and its rules give?",
}
"""The question that each chapter answers."""


@dataclass(frozen=True)
class _Entry:
    """A finding as the page shows it."""

    finding: Finding
    rule: Rule
    anchor: str

    @property
    def verdict(self) -> Verdict:
        return self.finding.verdict

    @property
    def message(self) -> str:
        return self.finding.message

    @property
    def value(self) -> float | None:
        return self.finding.value

    @property
    def limit(self) -> float | None:
        return self.finding.limit

    @property
    def setting(self) -> str | None:
        return setting_behind(self.finding)

    @property
    def measured(self) -> Quantity | None:
        return self.finding.measured

    @property
    def todo(self) -> str:
        return advice(self.finding) if self.objects else self.rule.todo

    @property
    def objects(self) -> bool:
        return self.verdict in (Verdict.WARN, Verdict.FAIL)


def render_page(
    facts: ProductFacts,
    findings: Sequence[Finding],
    evidence: Evidence,
    checked: datetime,
    known: Known = UNKNOWN,
) -> bytes:
    """Render the page in UTF-8; the same product and findings give the same bytes.

    Whatever messages, names and notes contain is shown as text.
    """
    return render(
        "product.html",
        name=str(facts.name) if facts.place in (facts.name.order, "") else _piece(facts),
        headline=headline(findings),
        rules=RULES,
        about=_about(facts, evidence, checked, known.ordinal),
        decisions=known.decisions,
        notes=facts.notes,
        chapters=_chapters(findings),
        quicklook=quicklook(evidence, facts),
        choice=[
            methods(evidence, facts),
            valid_observations(evidence, facts),
            scenes(evidence, facts),
        ],
        maps=selection_maps(evidence, facts),
        spectra=reflectance(evidence, facts),
        aerosol=aerosol(evidence, facts),
        line="Lines across the bars are the reference." if evidence.reference else "",
        change=_change(evidence, facts),
        inputs=_inputs(evidence, facts),
        looked_at="pixels looked at" if evidence.step > 1 else "pixels",
        checked=_moment(checked),
        sampling=_sampling(evidence),
        json_name=f"{report_stem(facts)}.json",
    )


def report_stem(facts: ProductFacts) -> str:
    """Return the name, without suffix, of the reports of one piece of a product."""
    return str(facts.name) if facts.place == facts.name.order else f"{facts.name}_{facts.place}"


def _piece(facts: ProductFacts) -> str:
    return f"{facts.name}, {facts.place}"


def _about(
    facts: ProductFacts, evidence: Evidence, checked: datetime, ordinal: int | None
) -> list[tuple[str, str]]:
    """Return the facts at the head of the page, each a term and its words."""
    period, grid = facts.period, facts.grid
    dates = sorted(source.date for source in facts.sources)
    rows, columns = grid.shape
    inputs = counted(len(facts.sources), "granule")
    used = sum(source.used for source in facts.sources)
    satellites = ", ".join(sorted({source.satellite for source in facts.sources}))
    taken = f", of {dates[0]} to {dates[-1]}" if dates else ""
    missing = ", ".join(layer.name for layer in facts.missing)
    left_out = f"; left out: {missing}" if missing else ""
    about = [
        ("Tile" if len(facts.tiles) == 1 else "Tiles", ", ".join(facts.tiles)),
        ("Period", f"{period.kind.label}, {period.start} to {period.end}"),
        ("Resolution", f"{grid.resolution} m; {rows} x {columns} pixels in EPSG:{grid.epsg}"),
        ("Revision", _revision(facts, ordinal)),
        ("Inputs", f"{inputs} of {satellites}{taken}; {used} won pixels"),
        ("Chosen by", _chosen_by(facts)),
        ("Layers", f"{len(facts.layers)} as {facts.form.label}{left_out}"),
        ("Compared with", evidence.reference_name),
        ("Checked", _moment(checked)),
    ]  # fmt: skip
    return [(term, words) for term, words in about if words]


def _revision(facts: ProductFacts, ordinal: int | None) -> str:
    words = revision_words(ordinal, facts.name.number)
    return f"{words[0].upper()}{words[1:]}, {facts.algorithm}"


def _chosen_by(facts: ProductFacts) -> str:
    """Say which share of all pixels each method chose, empty where nobody counted."""
    words = {"medoid": "MEDOID", "stc": "STC", "single": "one observation", "none": "no data"}
    shares = {word: facts.statistics.get(f"share_{key}") for key, word in words.items()}
    return ", ".join(f"{word} {percent(s)}" for word, s in shares.items() if s is not None)


def _chapters(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return the chapters of a product in order, each with its findings."""
    seen: Counter[str] = Counter()
    entries = []
    for finding in in_order(findings):
        seen[finding.rule] += 1
        again = f"-{seen[finding.rule]}" if seen[finding.rule] > 1 else ""
        entries.append(_Entry(finding, RULES[finding.rule], f"{finding.rule}{again}"))
    left = not_run(findings)
    chapters = []
    for level, words in _ABOUT.items():
        own = [entry for entry in entries if entry.rule.level == level]
        if level == "input" and not own:
            continue
        chapters.append({
            "level": level,
            "title": LEVELS[level],
            "words": words,
            "entries": own,
            "not_run": [rule for rule in left if rule.level == level],
            "counts": _counted(own),
        })  # fmt: skip
    return chapters


def _counted(entries: Sequence[_Entry]) -> list[tuple[Verdict, int]]:
    """Count the verdicts of a chapter, the gravest first."""
    counts = Counter(entry.verdict for entry in entries)
    return [(verdict, counts[verdict]) for verdict in reversed(Verdict) if counts[verdict]]


def _change(evidence: Evidence, facts: ProductFacts) -> dict[str, Any] | None:
    if evidence.reference is None:
        return None
    reference = Evidence(evidence.reference, evidence.step)
    return {
        "name": evidence.reference_name,
        "map": change_map(evidence, facts),
        "before": quicklook(reference, facts, "Before"),
        "now": quicklook(evidence, facts, "Now"),
        "differences": differences(evidence, facts),
        "scatters": scatters(evidence, facts),
    }


@dataclass(frozen=True)
class _Input:
    """A granule as the page lists it."""

    source: SourceEntry
    won: str
    colour: str


def _inputs(evidence: Evidence, facts: ProductFacts) -> list[_Input]:
    wins = evidence.wins(len(facts.sources))
    classes, key = dates_in_colour(evidence, facts)
    listed = []
    for place, source in enumerate(facts.sources):
        pixels = None if wins is None else int(wins[place])
        colour = key[classes[place] - 1].colour if pixels else ""
        listed.append(_Input(source, _won(pixels, evidence.pixels, used=source.used), colour))
    return listed


def _won(pixels: int | None, of: int, *, used: bool) -> str:
    """Say which share of the pixels an input won, where some are looked at."""
    if pixels:
        return percent(pixels / of)
    return "some" if used else "none"


def _sampling(evidence: Evidence) -> str:
    if evidence.step <= 1:
        return "Figures show every pixel."
    return (
        f"Figures show one pixel of every {evidence.step} rows and columns, unaltered; findings "
        "look at all pixels where they do not say otherwise."
    )


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
