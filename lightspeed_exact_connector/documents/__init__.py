"""What is attached in Exact Online, as files.  No odoo import, no I/O."""
