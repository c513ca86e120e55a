"""Short names of sources give nothing away."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.operations.source_label import source_label


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("/home/ann/archive", "folder"),
        ("/home/ann/archive/catalog.json", "catalog"),
        ("https://ann:secret@stac.example.org:8443/v1?token=abc#sentinel-2", "stac.example.org"),
        ("s3://ann-private/archive/catalog.json", "s3"),
        ("http://[broken", "address"),
        ("https:///no-host", "address"),
    ],
)
def test_the_label_tells_the_kind_or_host(name: str, kind: str) -> None:
    label = source_label(name)
    assert re.fullmatch(rf"{re.escape(kind)}-[0-9a-f]{{6}}", label)
    for secret in ("secret", "abc", "ann", "8443", "archive"):
        assert secret not in label.removesuffix(label[-6:])


def test_sources_of_one_host_are_told_apart() -> None:
    names = [f"https://stac.example.org/v{n}" for n in range(20)]
    assert len({source_label(name) for name in names}) == 20


@given(st.text(max_size=60) | st.text(max_size=60).map("https://{}".format))
def test_any_name_has_a_short_label_of_harmless_letters(name: str) -> None:
    label = source_label(name)
    assert source_label(name) == label
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*-[0-9a-f]{6}", label)
    assert len(label) < 120
