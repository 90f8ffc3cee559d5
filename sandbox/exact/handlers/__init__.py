"""The endpoints: one handler for each path."""

from .registry import handler

__all__ = ["handler"]
