"""What is booked, and why: pure functions without odoo and without I/O.

The way of an order through this package::

    Lightspeed JSON --parse--> Sale --decide--> Booking | Hold --render--> Exact JSON

Nothing here reads a clock, a database or a socket; every function gets what it
needs and returns values.  Money is :class:`decimal.Decimal` in the order's currency,
rates are fractions (``Decimal("0.21")``), times are aware UTC.
"""
