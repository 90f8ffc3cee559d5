"""Webhook subscriptions (reference 7.7)."""

from ...core import check_address
from ..context import Context
from ..errors import Problems
from ..store import Row
from ..webhooks import INSTANT, QUIET, TOPICS, Check
from .base import Handler


class WebhookSubscriptionHandler(Handler):
    """`webhooks/WebhookSubscriptions`: one per topic; an app sees its own only.

    A new one, and one with another callback, counts once its receiver answered an
    empty POST: `service.py` sends that.
    """

    def visible(self, ctx: Context, row: Row) -> bool:
        return row["ClientID"] == ctx.app.client_id

    def create(self, ctx: Context, data: Row) -> Row:
        problems = Problems()
        self.check_mandatory(data, problems)
        self._check(ctx, data, problems, None)
        problems.check()
        values = {"UserID": ctx.user.id, **data, "ClientID": ctx.app.client_id}
        unasked = {"Base": ctx.base, "Checked": False}
        row = self.insert(ctx, {**values, **unasked})
        ctx.division.checks.append(Check(ctx.division, row, ctx.user.username))
        return row

    def update(self, ctx: Context, row: Row, data: Row) -> None:
        problems = Problems()
        self.check_not_emptied(data, problems)
        self._check(ctx, {"Topic": row["Topic"], **data}, problems, row)
        problems.check()
        before = dict(row)
        if data.get("CallbackURL", row["CallbackURL"]) != row["CallbackURL"]:
            data["Checked"] = False
            ctx.division.checks.append(
                Check(ctx.division, row, ctx.user.username, before)
            )
        self.change(ctx, row, data)

    def delete(self, ctx: Context, row: Row) -> None:
        self.remove(ctx, row)

    def _check(
        self, ctx: Context, data: Row, problems: Problems, own: Row | None
    ) -> None:
        self.check_values(data, problems)
        topic, address = data.get("Topic"), data.get("CallbackURL")
        if topic and topic not in TOPICS and topic not in QUIET:
            problems.add("invalid", "Topic")
        if address and not check_address(address):
            problems.add("invalid", "CallbackURL")
        if data.get("IsInstant") is not None and topic != INSTANT:
            problems.add("invalid", "IsInstant")
        user = data.get("UserID")
        if user is not None and ctx.state.user_by_id(user) is None:
            problems.add("reference", "UserID")
        if any(row is not own for row in self._rivals(ctx, topic)):
            problems.add("exists")

    def _rivals(self, ctx: Context, topic: str | None) -> list[Row]:
        rows = self.table(ctx).all("Topic", topic) if topic else []
        if ctx.state.options["webhook_unique"] == "division":
            return rows
        return [row for row in rows if self.visible(ctx, row)]
