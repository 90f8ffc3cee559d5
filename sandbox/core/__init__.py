"""What the stand-in services share: clock, faults, call log, HTTP, control."""

from .calls import CallLog
from .clock import AMSTERDAM, Clock
from .errors import ControlError
from .faults import Fault, Faults
from .jsonio import dumps, loads
from .service import Service
from .webhook_commands import WebhookCommands
from .webhooks import ActionLock, Delivery, Postman, check_address

__all__ = [
    "AMSTERDAM",
    "ActionLock",
    "CallLog",
    "Clock",
    "ControlError",
    "Delivery",
    "Fault",
    "Faults",
    "Postman",
    "Service",
    "WebhookCommands",
    "check_address",
    "dumps",
    "loads",
]
