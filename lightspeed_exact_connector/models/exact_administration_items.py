from dataclasses import replace
from uuid import UUID

from odoo import api, models

from ..accounting.booking import Hold
from ..accounting.exact_values import trim
from ..accounting.items import item_payload
from ..accounting.money import dumps
from ..accounting.reference import uniqueness_key
from ..clients.exact import any_of, chunks
from .exact_item import ITEM_FIELDS
from .lightspeed_exact_ledger_rule import REVENUE
from .lightspeed_exact_operation import Pending


class ExactAdministration(models.Model):
    """Items (artikelen): known, found in Exact or made there, each of them once.

    A known item costs no call.  The caller holds the lock of the administration.
    """

    # A room of its own, beside the slice of work.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    def _items(self, work, needs, force=False, profile=None):
        """Return the items that an invoice wants: known, found, or made.

        :param Work work: what the slice carries
        :param dict needs: ``ItemNeed`` by key
        :param bool force: a person asked to send again what was refused
        :param profile: the invoice profile that says with which unit and group an item
            is made; else the one of the administration
        :return: ``exact.item`` by key, each of the needs
        :rtype: dict
        :raise Hold: ``item_code_clash``, ``item_several``, ``item_unusable``,
            ``item_refused`` or ``item_hidden``
        :raise Pending: the outcome of making one is not known yet
        :raise ConnectorError: Exact could not be asked
        """
        self.ensure_one()
        items = self._known_items(needs)
        for key, item in items.items():
            item._check_same(needs[key])
        missing = {key: need for key, need in needs.items() if key not in items}
        items.update(self._find_items(work, missing))
        for key, need in missing.items():
            if key not in items:
                items[key] = self._make_item(work, need, force, profile)
        return items

    def _known_items(self, keys):
        """Return the items that are remembered, by key: no call.

        :param keys: see ``accounting.items.ItemNeed``
        :rtype: dict
        """
        known = self.env["exact.item"].search(
            [("administration_id", "=", self.id), ("key", "in", list(keys))]
        )
        return {item.key: item for item in known}

    def _find_items(self, work, needs, holds=None):
        """Look for items that nobody met yet, one call for 40 codes; remember them.

        What Exact does not have, or has but not for sale, is not asked for again in
        this slice; nor is what may be on its way there, that is settled where it is
        made.

        :param Work work: what the slice carries
        :param dict needs: ``ItemNeed`` by key
        :param dict holds: takes the ``Hold`` of a key, instead of raising it
        :return: ``exact.item`` by key, of those that Exact has and a sale can be
            invoiced with
        :rtype: dict
        :raise Hold: ``item_several`` or ``item_unusable``
        :raise ConnectorError: Exact could not be asked
        """
        found, problems = {}, {} if holds is None else holds
        problems.update(
            {key: work.item_holds[key] for key in needs if key in work.item_holds}
        )
        wanted = {
            key: need
            for key, need in needs.items()
            if key not in work.absent_items and key not in problems
        }
        for key in self._unsettled_items(wanted):
            del wanted[key]
        rows = self._item_rows(work, [need.code for need in wanted.values()])
        for key, need in wanted.items():
            if key not in rows:
                work.absent_items.add(key)
                continue
            try:
                found[key] = self._bind_item(need, rows[key])
            except Hold as hold:
                problems[key] = work.item_holds[key] = hold
        if found:
            self._commit()
        if holds is None:
            for hold in problems.values():
                raise hold
        return found

    def _make_item(self, work, need, force=False, profile=None):
        """Make an item in Exact, once; what got there meanwhile is taken instead.

        :param Work work: what the slice carries
        :param ItemNeed need: an item that was not found
        :param bool force: a person asked to send it again although it was refused
        :param profile: see ``_items``
        :rtype: exact.item
        :raise Hold: as ``_items``
        :raise Pending: the outcome is not known yet
        :raise ConnectorError: Exact could not be asked
        """
        operation = self.env["lightspeed.exact.operation"]._intend(
            self, "item", need.code, need.key
        )
        rows = []
        if operation.state == "sending":
            rows = self._settled_item(work, need, operation)
        elif operation.state == "done":
            # Made before: remembered no longer, or gone in Exact.
            rows = self._rows_of_item(work, need)
        if rows:
            return self._bound_item(work, need, rows)
        profile = profile or self._item_profile()
        payload = self._item_payload(need, profile)
        try:
            operation._set_payload(dumps(payload), force=force)
            operation._send(work.client)
        except Hold as hold:
            return self._item_in_spite_of(work, need, operation, hold)
        row = {**payload, "ID": operation.remote_id}
        work.absent_items.discard(need.key)
        item = self.env["exact.item"]._remember(self, need, row, "created")
        self._commit()
        return item

    def _recheck_items(self, work, items):
        """Read remembered items again, and forget those that no sale can have any more.

        For an invoice that Exact refused: an item may have been deleted or ended.

        :param Work work: what the slice carries
        :param items: ``exact.item``
        :return: whether one was forgotten, so that another try is worth it
        :rtype: bool
        :raise ConnectorError: Exact could not be asked
        """
        rows = {}
        for part in chunks("ID", [UUID(item.remote_id) for item in items]):
            for row in self._item_list(work, any_of("ID", part)):
                rows[UUID(row["ID"])] = row
        lost = items.filtered(
            lambda item: item._problem(rows.get(UUID(item.remote_id)))
        )
        work.absent_items.difference_update(lost.mapped("key"))
        changed = bool(lost)
        lost.unlink()
        return changed

    # === WHAT EXACT HAS === #
    @api.model
    def _item_list(self, work, condition):
        return list(
            work.client.list("logistics/Items", select=ITEM_FIELDS, filter=condition)
        )

    def _item_rows(self, work, codes):
        """Return what Exact has with these codes, by key.

        :param codes: of items, as Exact takes them
        :return: rows of ``logistics/Items``: several where Exact has several
        :rtype: dict
        """
        found = {}
        for part in chunks("Code", codes):
            for row in self._item_list(work, any_of("Code", part)):
                found.setdefault(uniqueness_key(trim(row.get("Code"))), []).append(row)
        return found

    def _rows_of_item(self, work, need):
        """Return the rows that Exact has for one item, in any likely case of its code.

        Whether a filter minds the case is not known; that codes are unique without it
        is taken for granted.

        :raise Hold: ``item_several``
        """
        code = need.code
        spellings = dict.fromkeys(
            (code, code.upper(), code.lower(), code.capitalize(), code.title())
        )
        rows = self._item_rows(work, list(spellings)).get(need.key, [])
        self._check_single(need, rows)
        return rows

    @api.model
    def _check_single(self, need, rows):
        """Refuse to choose between several items.

        :raise Hold: ``item_several``
        """
        if len({row["ID"] for row in rows}) > 1:
            raise Hold("item_several", code=need.code, count=len(rows))

    def _bind_item(self, need, rows):
        """Remember an item that was found, when a sale can be invoiced with it.

        :raise Hold: ``item_several`` or ``item_unusable``
        :rtype: exact.item
        """
        self._check_single(need, rows)
        items = self.env["exact.item"]
        problem = items._problem(rows[0])
        if problem:
            raise Hold("item_unusable", code=trim(rows[0]["Code"]), problem=problem)
        made = self.env["lightspeed.exact.operation"].search_count(
            [
                ("administration_id", "=", self.id),
                ("kind", "=", "item"),
                ("reference_key", "=", need.key),
                ("remote_id", "=", rows[0]["ID"]),
            ]
        )
        origin = "created" if made else "found"
        return items._remember(self, need, rows[0], origin)

    def _bound_item(self, work, need, rows):
        """Return an item that turned out to be there, remembered for good."""
        item = self._bind_item(need, rows)
        work.absent_items.discard(need.key)
        self._commit()
        return item

    # === MAKING === #
    def _unsettled_items(self, keys):
        """Return the keys whose item may be on its way to Exact."""
        operations = self.env["lightspeed.exact.operation"].search(
            [
                ("administration_id", "=", self.id),
                ("kind", "=", "item"),
                ("state", "=", "sending"),
                ("reference_key", "in", list(keys)),
            ]
        )
        return operations.mapped("reference_key")

    def _settled_item(self, work, need, operation):
        """Return what became of a call whose answer was lost.

        :return: the row that Exact has, none when it did not land
        :rtype: list(dict)
        :raise Pending: it is too early to know; asked once in a slice
        """
        if need.key in work.item_waits:
            raise Pending(work.item_waits[need.key])
        found = []

        def find():
            found[:] = self._rows_of_item(work, need)
            return found

        try:
            operation._recover(work.client, find, lambda row: [])
        except Pending as pending:
            work.item_waits[need.key] = pending.until
            raise
        return found

    def _item_in_spite_of(self, work, need, operation, hold):
        """Return the item although making it was refused: somebody made it meanwhile.

        Only what is refused as being there already is looked for again.

        :raise Hold: ``item_refused`` or ``item_hidden``
        """
        detail = operation.error_detail or "-"
        if operation.error_code != "refused.exists":
            raise Hold("item_refused", code=need.code, detail=detail) from hold
        rows = self._rows_of_item(work, need)
        if not rows:
            raise Hold("item_hidden", code=need.code, detail=detail) from hold
        # It may be made once more, should it be deleted in Exact.
        operation._allow_again(("refused.exists",))
        return self._bound_item(work, need, rows)

    def _item_profile(self):
        """Return the invoice profile by which items are made when none is named."""
        return self.env["exact.invoice.profile"].search(
            [("administration_id", "=", self.id)], order="id", limit=1
        )

    def _item_payload(self, need, profile):
        """Return what is posted to make an item: unit and group of the profile.

        Only an account of revenue goes along: a gift card or a rounding has another
        one, which the lines of an invoice say themselves.

        :rtype: dict
        """
        account = self.gl_account_ids.filtered(
            lambda row: row.remote_id.lower() == need.gl_account.lower()
        )
        if account.account_type != REVENUE:
            need = replace(need, gl_account="")
        return item_payload(
            need,
            unit=profile.unit_id.code or "",
            item_group=profile.item_group_id.remote_id or "",
            stock=profile.invoice_type == "direct",
        )
