from . import exact_oauth, lightspeed_webhook
