"""The lines that a run writes into a log."""

from s2gm.progress import Lines


def test_a_stage_is_told_when_it_begins_every_ten_seconds_and_when_it_ends() -> None:
    lines = Lines()
    assert lines.say(0, {}, 0) == []
    assert lines.say(1, {"31UDS": 12, "31UES": 3}, 0) == [
        "31UDS: 12 granules waiting",
        "31UES: 3 granules waiting",
    ]
    assert lines.say(5, {"31UDS": 10}, 0) == []
    assert lines.say(11, {"31UDS": 8}, 0) == ["7 of 15 granules looked through"]
    assert lines.say(20.9, {"31UDS": 4}, 0) == []
    assert lines.say(21, {}, 0) == ["15 of 15 granules looked through"]
    assert lines.say(22, {}, 20) == []
    assert lines.say(30, {}, 18) == []
    assert lines.say(32, {}, 17) == ["3 of 20 mosaics finished"]
    assert lines.say(50, {}, 17) == []
    assert lines.say(51, {}, 2, last=True) == ["18 of 20 mosaics finished"]
    assert lines.say(52, {}, 0, last=True) == []
