"""A stand-in for the European Commission's VIES: its REST API."""

from .service import ViesService

__all__ = ["ViesService"]
