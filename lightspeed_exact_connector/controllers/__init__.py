from . import exact_oauth, exact_webhook, lightspeed_webhook
