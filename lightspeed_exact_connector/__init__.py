from . import controllers, models, wizards
from .logs import keep_private

keep_private(__name__)


def uninstall_hook(env):
    """Take away what stands at the vendors, as far as they can be asked."""
    env["lightspeed.shop.webhook"].search([])._remove_now()
    env["exact.webhook"].search([]).administration_id._remove_webhooks_now()
