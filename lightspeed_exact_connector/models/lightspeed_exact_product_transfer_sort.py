from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import groupby

from ..accounting import catalogue, items
from ..accounting.booking import Hold, InvoicePolicy

# Variants that are sorted out before the next commit.
SORT_PAGE = 500

# What is in Exact already.
IN_EXACT = ("made", "found")


class LightspeedExactProductTransfer(models.Model):
    """Sorting out what was read: what goes along, what does not, and why.

    Two rounds over the variants of the shop, a page at a time: first the code of each,
    then, with all codes known, what becomes of it.  No vendor is called.
    """

    # A room of its own, beside reading the shop.
    _inherit = "lightspeed.exact.product.transfer"  # pylint: disable=consider-merging-classes-inherited

    def _begin_sorting(self):
        self._next_step("sort")
        self.write({"state": "reading", "step_page": 0})

    def _sort_some(self, work):
        """Sort out the next page; the last one makes the transfer ready."""
        variants = self.env["lightspeed.product.variant"].search(
            [("shop_id", "=", self.shop_id.id), ("id", ">", self.step_page)],
            order="id",
            limit=SORT_PAGE,
        )
        policy = work.policy(self.link_id)
        if variants:
            if self.step_pass == 1:
                self._set_keys(variants, policy)
            else:
                self._sort(variants, policy)
            self.step_page = variants[-1].id
        elif self.step_pass == 1:
            self.write({"step_page": 0, "step_pass": 2})
        else:
            self._finish_sorting(policy)

    def _finish_sorting(self, policy):
        """Everything is sorted out: say what it costs."""
        self._count()
        self._estimate(policy)
        if self.scope != "new":
            self.state = "ready"
        elif self.open_count:
            self._run()
        else:
            self._finish()

    @classmethod
    def _invoices(cls, policy):
        """Return how items are made, also where no invoices are.

        :rtype: InvoicePolicy
        """
        return policy.invoice or InvoicePolicy()

    def _set_keys(self, variants, policy):
        """Give variants the code that their item would have, as Exact compares it."""
        for variant in variants:
            try:
                key = self._need(variant, policy).key
            except Hold:
                key = False
            if (variant.key or False) != key:
                variant.key = key

    def _need(self, variant, policy, rule=None):
        """Return the item that a variant wants in Exact.

        :param Rule rule: gives VAT code and account, see :func:`catalogue.item_rule`
        :rtype: ItemNeed
        :raise Hold: it has no code, or one that is meant for something else
        """
        return items.need_of_article(
            variant._to_product().article,
            self._invoices(policy),
            rule.vat_code if rule else "",
            rule.gl_account if rule else "",
        )

    # === WHICH ONES === #
    def _scope_domain(self):
        """Return which variants of the shop this transfer takes along.

        :rtype: Domain
        """
        domain = Domain("shop_id", "=", self.shop_id.id) & Domain("is_gone", "=", False)
        if self.scope == "visible":
            return domain & Domain("is_visible", "=", True)
        if self.scope == "selection":
            return domain & Domain("selected", "=", True)
        if self.scope == "new":
            return domain & self._new_domain()
        return domain

    def _new_domain(self):
        """Return what counts as new: made since, or visible since where that counts."""
        link = self.link_id
        domain = Domain("seen_reading", "=", self.reading) & (
            # Its item is in Exact, or this very transfer is at it.
            Domain("transfer_id", "=", self.id)
            | Domain("transfer_state", "not in", list(IN_EXACT))
        )
        if link.products == "visible":
            domain &= Domain("is_visible", "=", True)
        if link.products in ("all", "visible"):
            return domain
        since = link.new_products_since or self.create_date
        return domain & Domain("remote_created_at", ">=", since)

    def _sort(self, variants, policy):
        """Say of a page of variants what becomes of them."""
        mine = variants.filtered_domain(self._scope_domain())
        others = variants - mine
        others.filtered(
            lambda variant: (
                variant.transfer_state and variant.transfer_state not in IN_EXACT
            )
        )._set_result(False, transfer_id=False, price_state=False)
        keys = [key for key in mine.mapped("key") if key]
        twins = self._by_key(keys)
        known = self._known_items(keys)
        priced = self._priced(known)
        for variant in mine:
            self._sort_one(variant, policy, twins, known, priced)

    def _by_key(self, keys):
        """Return the variants that have these codes and go along, or went before."""
        found = self.env["lightspeed.product.variant"].search(
            Domain("shop_id", "=", self.shop_id.id)
            & Domain("key", "in", keys)
            & Domain("is_gone", "=", False)
            & (self._scope_domain() | Domain("transfer_state", "in", list(IN_EXACT)))
        )
        return {key: list(rows) for key, rows in groupby(found, lambda row: row.key)}

    def _known_items(self, keys):
        """Return the items of the administration that are known here, by key."""
        found = self.env["exact.item"].search(
            [
                ("administration_id", "=", self.administration_id.id),
                ("key", "in", keys),
            ]
        )
        return {item.key: item for item in found}

    def _priced(self, known):
        """Return the ids of the items whose price was set here."""
        references = {
            self._price_reference(item): item.id
            for item in known.values()
            if item.origin == "created"
        }
        done = self.env["lightspeed.exact.operation"].search(
            [
                ("administration_id", "=", self.administration_id.id),
                ("kind", "=", "item_price"),
                ("state", "=", "done"),
                ("reference_key", "in", list(references)),
            ]
        )
        return {references[operation.reference_key] for operation in done}

    def _sort_one(self, variant, policy, twins, known, priced):
        values = {"transfer_id": self.id, "price_state": False, "absent_at": False}
        twin = [row for row in twins.get(variant.key, []) if row != variant]
        item = known.get(variant.key)
        if item and variant.transfer_id == self and variant.transfer_state == "made":
            return
        if twin:
            others = variant.browse([row.id for row in twin])
            hold = variant._duplicates(others)
            variant._set_result("duplicate", hold, item_id=False, **values)
            return
        try:
            _need, rule = self._decided(variant, policy)
        except Hold as hold:
            state = "no_code" if hold.code == "item_code_missing" else "refused"
            variant._set_result(state, hold, item_id=False, **values)
            return
        if item is None:
            values["item_id"] = False
        else:
            values["item_id"] = item.id
        has_price = self._price(variant, rule, policy) is not None
        if item is None:
            price = "pending" if has_price else False
            variant._set_result("pending", **{**values, "price_state": price})
            return
        if item.id in priced:
            values["price_state"] = "done"
        elif item.origin == "created" and has_price:
            values["price_state"] = "pending"
        variant._set_result("found", **values)

    def _decided(self, variant, policy):
        """Return the item that a variant wants, and the ledger rule behind it.

        :rtype: tuple(ItemNeed, Rule)
        :raise Hold: why it cannot have one
        """
        self._need(variant, policy)
        rule = catalogue.item_rule(
            variant._to_product(), policy, fields.Date.context_today(self)
        )
        return self._need(variant, policy, rule), rule

    def _currency(self):
        """Return the currency of the prices, as the administration has it."""
        code = self.shop_id.currency_code
        return self.administration_id.currency_ids.filtered(
            lambda currency: currency.code == code
        )[:1]

    def _price(self, variant, rule, policy):
        """Return the sales price of a variant's item, ``None`` for none.

        :rtype: Decimal
        """
        currency = self._currency()
        decimals = min(
            self._invoices(policy).price_decimals, currency._price_decimals()
        )
        return catalogue.item_price(variant._to_product(), rule, decimals)
