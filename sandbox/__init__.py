"""Stand-in Lightspeed eCom and Exact Online, for development and tests."""

from .core.box import Sandbox

__all__ = ["Sandbox"]
