"""What makes an Odoo process of the chaos run short of time, and mortal.

Loaded server-wide (``--load base,web,lec_chaos``), before the addon: its source is read
as it is, but with the shorter times of :mod:`.times`, and after a module of it is
loaded, :mod:`.steps` puts the moments of death around its methods.
"""

from . import loading

# The run itself reads the times, too.
if __name__ == "odoo.addons.lec_chaos":
    loading.install()
