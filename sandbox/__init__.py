"""Stand-in Lightspeed eCom, Exact Online and VIES, for development and tests."""

from .core.box import Sandbox

__all__ = ["Sandbox"]
