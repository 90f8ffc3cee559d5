from . import controllers, logs, models, wizards


def uninstall_hook(env):
    """Take away what stands at the vendors, as far as they can be asked."""
    env["lightspeed.shop.webhook"].search([])._remove_now()
    env["exact.webhook"].search([]).administration_id._remove_webhooks_now()
