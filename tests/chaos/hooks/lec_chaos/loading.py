"""Reads the addon's modules with other times, and lets ``steps`` at them."""

import importlib.machinery
import sys

from . import steps, times

PREFIX = "odoo.addons.lightspeed_exact_connector."


class Loader(importlib.machinery.SourceFileLoader):
    """Loads one module of the addon, its times shortened."""

    def get_code(self, fullname):
        # Never from, nor into, compiled files: those are of the addon as it is.
        path = self.get_filename(fullname)
        text = self.get_data(path).decode()
        text = times.shorten(fullname.removeprefix(PREFIX), text)
        return compile(text, path, "exec", dont_inherit=True)

    def exec_module(self, module):
        super().exec_module(module)
        steps.arm(module.__name__.removeprefix(PREFIX), module)


class Finder:
    """Finds the modules that are touched; all others are found as ever."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):
        name = fullname.removeprefix(PREFIX)
        if name == fullname or not (name in times.TIMES or name in steps.MODULES):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        spec.loader = Loader(fullname, spec.origin)
        return spec


def install():
    """Let everything of the addon that is loaded from now on come through here."""
    already = [name for name in sys.modules if name.startswith(PREFIX)]
    if already:
        message = f"too late: {already[0]} is loaded"
        raise RuntimeError(message)
    sys.meta_path.insert(0, Finder)
