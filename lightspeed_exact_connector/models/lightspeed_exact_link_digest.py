import logging
from datetime import datetime, time, timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .lightspeed_exact_link_cockpit import STUCK
from .lightspeed_exact_link_status import TROUBLE
from .reasons import short_label

_logger = logging.getLogger(__name__)

WEEK = timedelta(days=7)
# So many causes of what is held are named for each link.
MOST_CAUSES = 3


class LightspeedExactLink(models.Model):
    """The weekly digest: one short e-mail to who is responsible and wants it.

    It tells how many, why and since when, and nothing of a customer.
    """

    # A room of its own, beside the cockpit that it is made from.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    weekly_digest = fields.Boolean(
        string="Weekly digest by e-mail",
        copy=True,
        help="On Mondays the responsible user gets one short e-mail about all links "
        "with this choice: what was booked, what is held and why.",
    )
    digest_at = fields.Datetime(string="Next digest", readonly=True, copy=False)

    # === CRUD === #
    @api.model_create_multi
    def create(self, vals_list):
        links = super().create(vals_list)
        if any(links.mapped("weekly_digest")):
            links._plan_digest()
        return links

    def write(self, vals):
        result = super().write(vals)
        if "weekly_digest" in vals or "active" in vals:
            self._plan_digest()
        return result

    def unlink(self):
        result = super().unlink()
        self._toggle_digest()
        return result

    def _plan_digest(self):
        """Let the first digest come at the next Monday."""
        # In sudo mode: only the connector itself says when it tells.
        wanted = self.sudo().filtered("weekly_digest")
        wanted.digest_at = self._next_monday()
        (self.sudo() - wanted).filtered("digest_at").digest_at = False
        self._toggle_digest()

    @api.model
    def _toggle_digest(self):
        """Let the digests be looked after while somebody wants one, and only then."""
        cron = self.env.ref(
            "lightspeed_exact_connector.ir_cron_digest", raise_if_not_found=False
        )
        if not cron:
            return
        # In sudo mode: scheduled actions are closed to people.
        domain = [("weekly_digest", "=", True)]
        wanted = self.sudo().search_count(domain, limit=1)
        if cron.sudo().active != bool(wanted):
            cron.sudo().toggle(self._name, domain)

    @api.model
    def _next_monday(self):
        """Return the beginning of the next Monday, naive UTC.

        :rtype: datetime
        """
        today = fields.Date.today()
        return datetime.combine(today + timedelta(days=7 - today.weekday()), time())

    # === CRON === #
    @api.model
    def _cron_digest(self):
        """Send the digests whose day has come, one to each responsible user.

        Looked at daily: one that a server missed on its Monday comes the day after.
        """
        if not self.env["lightspeed.exact.lane"]._may_work():
            self.env["ir.cron"]._commit_progress(remaining=0)
            return
        due = self._due_digests()
        for user_id in due.user_id.ids:
            self.env["ir.cron"]._commit_progress(0)
            self.env.invalidate_all()
            try:
                self._send_digest(self.env["res.users"].browse(user_id))
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # Somebody saved a link at this moment: at the next look.
                self.env.cr.rollback()
            except Exception:
                # The others get theirs, whatever is wrong with one.
                self.env.cr.rollback()
                _logger.exception("The digest of user %s could not be sent", user_id)
            self.env["ir.cron"]._commit_progress(1)
        self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _due_digests(self, user=None):
        """Return the links that a digest is to be sent of, by now.

        :param user: only those of this responsible user
        :rtype: lightspeed.exact.link
        """
        domain = [
            ("weekly_digest", "=", True),
            ("digest_at", "<=", fields.Datetime.now()),
        ]
        if user is not None:
            domain.append(("user_id", "=", user.id))
        return self.search(domain)

    @api.model
    def _send_digest(self, user):
        """Put the digest of a user in the queue, and plan the next one with it."""
        due = self._due_digests(user)
        due.digest_at = self._next_monday()
        links = due.filtered(lambda link: link._may_be_told_of(user))
        if not links:
            return
        links = links.with_context(lang=user.lang, tz=user.tz)
        self.env["mail.mail"].create(
            {
                "subject": links._digest_subject(),
                "body_html": links._digest_body(),
                "recipient_ids": [fields.Command.link(user.partner_id.id)],
                "auto_delete": True,
            }
        )

    def _may_be_told_of(self, user):
        """Return whether a user is there and may see the link."""
        self.ensure_one()
        return (
            user.active
            and bool(user.email)
            and self.company_id in user.company_ids
            and user.has_group(
                "lightspeed_exact_connector.lightspeed_exact_connector_group_user"
            )
        )

    # === WHAT IT SAYS === #
    def _digest_subject(self):
        count = sum(link.status in TROUBLE for link in self)
        if not count:
            return self.env._("Lightspeed to Exact, this week: all well")
        return self.env._(
            "Lightspeed to Exact, this week: %(count)s of %(links)s need somebody",
            count=count,
            links=len(self),
        )

    def _digest_body(self):
        """Return the digest of links as HTML, those that need somebody first.

        :rtype: Markup
        """
        order = [word for word, _label in self._fields["status"].selection]
        facts = self._digest_facts()
        links = self.sorted(lambda link: (order.index(link.status), link.name, link.id))
        return Markup("").join(link._digest_part(**facts[link.id]) for link in links)

    def _digest_facts(self):
        """Return what happened to the links in a week, asked for once for all.

        :return: by link: ``booked``, ``held``, ``failed`` and ``causes``, pairs of the
            code of a reason and a count, the most frequent first
        :rtype: dict(int, dict)
        """
        facts = {
            link.id: {"booked": 0, "held": 0, "failed": 0, "causes": {}}
            for link in self
        }
        booked = self.env["lightspeed.exact.booking"]._read_group(
            [
                ("link_id", "in", self.ids),
                ("state", "=", "posted"),
                ("posted_at", ">=", fields.Datetime.now() - WEEK),
            ],
            ["link_id"],
            ["__count"],
        )
        for link, count in booked:
            facts[link.id]["booked"] = count
        stuck = self.env["lightspeed.exact.order"]._read_group(
            [("link_id", "in", self.ids), ("state", "in", STUCK)],
            ["link_id", "state", "reason_kind"],
            ["__count"],
        )
        for link, state, code, count in stuck:
            row = facts[link.id]
            row[state] += count
            if code:
                row["causes"][code] = row["causes"].get(code, 0) + count
        for row in facts.values():
            causes = row["causes"].items()
            row["causes"] = sorted(causes, key=lambda pair: (-pair[1], pair[0]))
        return facts

    def _digest_part(self, booked, held, failed, causes):
        """Return what a digest says of one link.

        :rtype: Markup
        """
        lines = [self.env._("Booked this week: %(count)s.", count=booked)]
        if held or failed:
            lines.append(
                self.env._(
                    "Held: %(held)s. Tried again: %(failed)s.", held=held, failed=failed
                )
            )
        if self.stuck_text:
            lines.append(
                self.env._("Oldest stuck order: %(order)s.", order=self.stuck_text)
            )
        if self.connection_state == "connected":
            days = self.connection_days_left
            lines.append(
                self.env._("Exact Online stays connected for %(days)s days.", days=days)
            )
        items = [
            Markup("<li>%s: %s</li>") % (short_label(self.env, code), count)
            for code, count in causes[:MOST_CAUSES]
        ]
        words = dict(self._fields["status"]._description_selection(self.env))
        return Markup('<p><a href="%s"><b>%s</b></a>: %s<br/>%s</p>%s') % (
            f"{self.get_base_url()}/odoo/{self._name}/{self.id}",
            self.name,
            words[self.status],
            Markup("<br/>").join(lines),
            Markup("<ul>%s</ul>") % Markup("").join(items) if items else "",
        )
