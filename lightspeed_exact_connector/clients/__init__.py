"""The vendors on the wire: one module each, a shared transport, typed errors.

No odoo import in here.  Session, clock and sleep are injected, so that tests need
no patching and a caller decides about waiting.
"""
