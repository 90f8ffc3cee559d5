"""What the stand-in services share: clock, faults, call log, HTTP, control."""

from .calls import CallLog
from .clock import AMSTERDAM, Clock
from .errors import ControlError
from .faults import Fault, Faults
from .jsonio import dumps, loads
from .service import Service

__all__ = [
    "AMSTERDAM",
    "CallLog",
    "Clock",
    "ControlError",
    "Fault",
    "Faults",
    "Service",
    "dumps",
    "loads",
]
