"""Stand-in for the Lightspeed eCom (C-Series) REST API."""

from .service import LightspeedService

__all__ = ["LightspeedService"]
