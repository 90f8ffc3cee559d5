from datetime import datetime, timezone

from odoo import api, models

from ..clients import forecast
from .exact_administration_slice import HISTORY_RESERVE


class LightspeedExactForecast(models.AbstractModel):
    """How long work takes, in words: for whatever says beforehand what it costs.

    From the calls that both vendors allow, less what was used today and what is left
    for the orders of today.
    """

    _name = "lightspeed.exact.forecast"
    _description = "How Long Calls Take"

    @api.model
    def _allowances(self, shop, administration):
        """Return what Lightspeed and Exact Online still allow for long work.

        :rtype: tuple(forecast.Allowance, forecast.Allowance)
        """
        quotas = self.env["lightspeed.exact.quota"]
        now = datetime.now(timezone.utc)
        return (
            forecast.allowance(
                quotas._known(shop._quota_key()),
                forecast.LIGHTSPEED_LIMITS,
                now,
                HISTORY_RESERVE,
            ),
            forecast.allowance(
                quotas._known(administration._quota_key()),
                forecast.EXACT_LIMITS,
                now,
                HISTORY_RESERVE,
            ),
        )

    @api.model
    def _allowance_text(self, allowed):
        """Return what a vendor allows, in words.

        :param forecast.Allowance allowed: see ``_allowances``
        :rtype: str
        """
        return self.env._(
            "%(minute)s a minute, %(day)s a day, %(left)s left today",
            minute=int(allowed.per_minute),
            day=allowed.limits["day"],
            left=allowed.left,
        )

    @api.model
    def _duration_text(self, length):
        """Return a duration in words, rounded up to what matters.

        :param timedelta length: how long
        :rtype: str
        """
        minutes = -(-int(length.total_seconds()) // 60)
        if minutes <= 1:
            return self.env._("about a minute")
        if minutes < 120:
            return self.env._("about %(minutes)s minutes", minutes=minutes)
        hours = -(-minutes // 60)
        if hours < 48:
            return self.env._("about %(hours)s hours", hours=hours)
        return self.env._("about %(days)s days", days=-(-hours // 24))
