"""Dealers: flagged `res.partner` there, `crm.dealership` here."""

import logging

from odoo import Command

from ..exchange import distributor, records
from .job import Job

_logger = logging.getLogger(__name__)

COMPARED = ("name", *distributor.CONTACT)


class DealerSync(Job):
    """Dealers are known by `(brand, remote id)`, so that a merged branch stays one."""

    kind = "dealer"

    def sources(self):
        return self.env["crm.dealership.source"].with_context(active_test=False)

    def read_local(self):
        sources = self.sources()
        mine = [("brand_id", "=", self.brand.id)]
        edited = [*mine, ("dealership_id.distributor_resync", "=", True)]
        again = set(sources.search(edited).mapped("remote_id"))
        return sources.search_count(mine), again

    def known(self, rows):
        sources = self.sources().search_fetch(
            [
                ("brand_id", "=", self.brand.id),
                ("remote_id", "in", [row["id"] for row in rows]),
            ],
            ["remote_id", "dealership_id"],
        )
        return {source.remote_id: source.dealership_id for source in sources}

    def values(self, row):
        return records.dealer_values(self.mapping, row)

    def changes(self, dealership, values):
        """Return what `dealership` lacks; its code and its other brands are its own."""
        changes = {
            name: values[name]
            for name in COMPARED
            if name in values and (dealership[name] or False) != values[name]
        }
        if self.brand not in dealership.brand_ids:
            changes["brand_ids"] = [Command.link(self.brand.id)]
        if dealership.distributor_resync:
            changes["distributor_resync"] = False
        return changes

    def put(self, items):
        dealerships = self.env["crm.dealership"].with_context(
            active_test=False, **self.brand._distributor_gate()
        )
        self.change(items, dealerships.env)
        new = [item for item in items if not item.record]
        if not new:
            return
        codes = self.free_codes(new)
        created = dealerships.with_context(tracking_disable=True).create(
            [
                {
                    **item.values,
                    "code": codes[item.row["id"]],
                    "brand_ids": [Command.link(self.brand.id)],
                }
                for item in new
            ]
        )
        self.env["crm.dealership.source"].create(
            [
                {
                    "brand_id": self.brand.id,
                    "remote_id": item.row["id"],
                    "dealership_id": dealership.id,
                }
                for item, dealership in zip(new, created, strict=True)
            ]
        )

    def free_codes(self, items):
        """Return a code nobody has for each row: its own, else with its id behind."""
        tries = {
            item.row["id"]: list(
                records.dealer_codes(self.mapping, item.row, self.brand.code)
            )
            for item in items
        }
        candidates = {code for codes in tries.values() for code in codes}
        taken = set(
            self.env["crm.dealership"]
            .with_context(active_test=False)
            .search([("code", "in", list(candidates))])
            .mapped("code")
        )
        codes = {}
        for remote_id, options in tries.items():
            codes[remote_id] = next(code for code in options if code not in taken)
            taken.add(codes[remote_id])
        return codes

    def log_failure(self, name, remote_id, reason):
        _logger.warning(
            "Failed to sync dealer '%s' (id %s, brand %s): %s",
            name, remote_id, self.brand.id, reason,
        )  # fmt: skip
