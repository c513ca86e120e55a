"""Settings that cannot be are refused where they are read, in one sentence that names them."""

from pathlib import Path

import pytest

from products.errors import BadInput
from tasks.settings import read_settings


def test_a_limit_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("S2GM_QC__BRIGHT", "0.5")
    assert read_settings(tmp_path).qc.bright == 0.5


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("BRIGHT", "-5", "is -5, but it may only be 0 to 1 as a share; correct or unset it."),
        ("BRIGHT", "NaN", "is nan, but it may only be 0 to 1 as a share; correct or unset it."),
        ("SEAM", "inf", "is inf, but it may only be 0 to 65535 times; correct or unset it."),
        ("YEAR_SHIFT", "1.01", "is 1.01, but it may only be 0 to 1 as a share; correct or unset"),
        ("VIEW_ZENITH", "91", "is 91, but it may only be 0 to 90 degrees; correct or unset it."),
        ("DECIDED_PIXELS", "2.5", "is '2.5', which cannot be used"),
        ("BRIGHT", "much", "is 'much', which cannot be used"),
        ("BRIGTH", "0.5", "is '0.5', which cannot be used (there is no such setting)"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(f"S2GM_QC__{name}", value)
    with pytest.raises(BadInput) as raised:
        read_settings(tmp_path)
    assert str(raised.value).startswith(f"The setting S2GM_QC__{name} {told}")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("value", ["x", "{", "'"])
def test_a_group_that_is_no_json_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    monkeypatch.setenv("S2GM_QC", value)
    with pytest.raises(BadInput, match="The setting S2GM_QC is a group of settings") as raised:
        read_settings(tmp_path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("value", ["3", "[]", '"x"'])
def test_a_group_that_is_another_json_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    monkeypatch.setenv("S2GM_QC", value)
    with pytest.raises(BadInput, match="The setting S2GM_QC is ") as raised:
        read_settings(tmp_path)
    assert "\n" not in str(raised.value)
