"""How long the books must be kept, and from when on they need not be.

The term runs from the end of the year: of the book year by Dutch law (seven years,
art. 52 AWR), of the calendar year for distance sales under OSS (ten years, art. 63c
Implementing Regulation (EU) 282/2011).
"""

from calendar import monthrange
from datetime import date

BOOKS_YEARS = 7
OSS_YEARS = 10


def year_end(day: date, month: int = 12) -> date:
    """Return the last day of the year in which a day lies.

    :param date day: any day
    :param int month: the month with which the year ends, 1 to 12
    """
    year = day.year + (day.month > month)
    return date(year, month, monthrange(year, month)[1])


def kept_until(day: date, years: int, month: int = 12) -> date:
    """Return the last day on which what was booked on a day must still be there.

    :param date day: the entry date
    :param int years: the term
    :param int month: the month with which the year ends
    """
    end = year_end(day, month)
    year = end.year + years
    return date(year, month, monthrange(year, month)[1])


def free_through(today: date, years: int, month: int = 12) -> date:
    """Return the last entry date whose term is over.

    :param date today: the day of the question
    :param int years: the term
    :param int month: the month with which the year ends
    """
    year = today.year - years
    while True:
        end = date(year, month, monthrange(year, month)[1])
        if kept_until(end, years, month) < today:
            return end
        year -= 1
