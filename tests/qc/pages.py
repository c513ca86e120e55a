"""What every page of ours must keep, and ways to read one."""

import json
import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import qc

SCHEMA = json.loads((Path(qc.__file__).parent / "report.schema.json").read_text())
"""Of the report for programs."""


def told(page: bytes) -> ElementTree.Element:
    """Parse a page strictly; it is XML as well as HTML."""
    head, _, rest = page.decode().partition("\n")
    assert head == "<!DOCTYPE html>"
    return ElementTree.fromstring(rest)


def words(page: bytes) -> str:
    """Return what a page says, without its style; words of neighbouring elements stay apart."""
    (body,) = told(page).iter("body")
    return " ".join(" ".join(body.itertext()).split())


def self_contained(page: bytes) -> None:
    """Assert that a browser has nothing to load and nothing to run, and leads nowhere else."""
    text = page.decode()
    root = told(page)
    assert not list(root.iter("script"))
    assert "@import" not in text
    assert not re.search(r"url\(", text)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        assert not [name for name in element.attrib if name.startswith("on")]
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            value = element.get(name)
            if value is not None and value.startswith("#"):
                assert value[1:] in ids
            elif value is not None:
                assert value.startswith("data:image/png;base64,")


def accessible(page: bytes) -> None:
    """Assert what a reader who cannot see the page needs."""
    root = told(page)
    assert root.get("lang") == "en"
    levels = [int(e.tag[1]) for e in root.iter() if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert all(image.get("alt") for image in root.iter("img"))
    assert all(drawn.get("aria-label") for drawn in root.iter("svg"))
    assert all(table.find("caption") is not None for table in root.iter("table"))
    assert all(cell.get("scope") for cell in root.iter("th"))
