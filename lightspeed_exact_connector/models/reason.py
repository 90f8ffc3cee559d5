"""One entry of the reason catalogue."""

from collections import namedtuple

# What it means, and what to do about it; both take the values of the record.
Reason = namedtuple("Reason", "text advice")
