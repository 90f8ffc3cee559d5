"""A stand-in for Exact Online: OAuth, the REST API, and the books behind it."""

from .service import ExactService

__all__ = ["ExactService"]
