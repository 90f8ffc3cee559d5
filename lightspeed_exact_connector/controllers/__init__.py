from . import (
    exact_oauth,
    exact_webhook,
    lightspeed_install,
    lightspeed_webhook,
    merchant_invitation,
)
