"""Fixed compositing periods with inclusive ends (specification section 7)."""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from products.errors import BadInput


class PeriodKind(StrEnum):
    """Length of a compositing period, by its API value."""

    DAY = "DAY"
    TENDAYS = "TENDAYS"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"

    @property
    def code(self) -> str:
        """Letter used in product names."""
        return self.value[0]

    @property
    def label(self) -> str:
        """Wording of the JSON metadata."""
        return _LABELS[self]


_LABELS = {
    PeriodKind.DAY: "Daily",
    PeriodKind.TENDAYS: "10-daily",
    PeriodKind.MONTH: "Monthly",
    PeriodKind.QUARTER: "Quarterly",
    PeriodKind.YEAR: "Yearly",
}


@dataclass(frozen=True, order=True)
class Period:
    """One fixed interval of days, both ends included, UTC."""

    kind: PeriodKind
    start: date

    def __post_init__(self) -> None:
        if self.start != _start(self.kind, self.start):
            raise BadInput(
                f"No {self.kind} period starts on {self.start}; "
                f"the one that contains this day starts on {_start(self.kind, self.start)}."
            )

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """First moment, UTC, and the first one after the end."""
        first = datetime.combine(self.start, time(), UTC)
        return first, datetime.combine(self.end + timedelta(days=1), time(), UTC)

    @classmethod
    def containing(cls, kind: PeriodKind, moment: datetime) -> "Period":
        """Return the period in which a moment falls, by its UTC date."""
        return cls(kind, _start(kind, moment.astimezone(UTC).date()))

    @classmethod
    def parse(cls, kind: str, start: str) -> "Period":
        """Parse what a person typed; BadInput names what is accepted."""
        try:
            day = date.fromisoformat(start)
        except ValueError:
            raise BadInput(f"{start!r} is not a date; write it as 2018-06-01.") from None
        return cls(parse_kind(kind), day)

    def __str__(self) -> str:
        """Return the period as sentences name it, for example ``MONTH 2018-06-01``."""
        return f"{self.kind} {self.start}"

    @property
    def a_year_earlier(self) -> "Period | None":
        """The same period of the year before; None for the day that leap years add."""
        try:
            return Period(self.kind, self.start.replace(year=self.start.year - 1))
        except ValueError:
            return None

    @property
    def end(self) -> date:
        """Last day, included."""
        year, month = self.start.year, self.start.month
        match self.kind:
            case PeriodKind.DAY:
                return self.start
            case PeriodKind.TENDAYS:
                return (
                    _month_end(year, month)
                    if self.start.day == 21
                    else (self.start + timedelta(days=9))
                )
            case PeriodKind.MONTH:
                return _month_end(year, month)
            case PeriodKind.QUARTER:
                return _month_end(year, month + 2)
            case PeriodKind.YEAR:
                return date(year, 12, 31)


def parse_kind(text: str) -> PeriodKind:
    """Parse a period kind, or raise BadInput with the accepted words."""
    try:
        return PeriodKind(text.upper())
    except ValueError:
        words = ", ".join(PeriodKind)
        raise BadInput(f"{text!r} is not a period; choose one of {words}.") from None


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _start(kind: PeriodKind, day: date) -> date:
    match kind:
        case PeriodKind.DAY:
            return day
        case PeriodKind.TENDAYS:
            return day.replace(day=min(21, (day.day - 1) // 10 * 10 + 1))
        case PeriodKind.MONTH:
            return day.replace(day=1)
        case PeriodKind.QUARTER:
            return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        case PeriodKind.YEAR:
            return date(day.year, 1, 1)
