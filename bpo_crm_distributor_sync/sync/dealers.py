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

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Dealerships by ids of rows that may be them, for a person to decide.
        self.doubtful = {}

    def sources(self):
        return self.env["crm.dealership.source"].with_context(active_test=False)

    def read_local(self):
        sources = self.sources()
        mine = [("brand_id", "=", self.brand.id)]
        groups = dict(sources._read_group(mine, ["origin"], ["__count"]))
        count = groups.pop(self.origin, 0)
        self.former = sum(groups.values())
        edited = [
            *mine,
            ("origin", "=", self.origin),
            ("dealership_id.distributor_resync", "=", True),
        ]
        return count, set(sources.search(edited).mapped("remote_id"))

    def count_former(self):
        """Return how many dealerships have a source in other databases only."""
        sources = self.sources().search([("brand_id", "=", self.brand.id)])
        current = sources.filtered(lambda source: source.origin == self.origin)
        return len(sources.dealership_id - current.dealership_id)

    def pull_full(self):
        """Compare every dealer: a time of change may be missing there, or wrong."""
        done = super().pull_full()
        if done and (unlisted := self.unread("updated", "unchanged")):
            self.warn(
                self.env._(
                    "%s dealers are no longer among the distributor's. They were left "
                    "as they are.",
                    unlisted,
                )
            )
        return done

    def known(self, rows):
        sources = self.sources().search_fetch(
            [
                ("brand_id", "=", self.brand.id),
                ("origin", "=", self.origin),
                ("remote_id", "in", [row["id"] for row in rows]),
            ],
            ["remote_id", "dealership_id", "remote_code"],
        )
        by_id = {source.remote_id: source for source in sources}
        unknown = []
        for row in rows:
            code = records.dealer_code(self.mapping, row)
            if row["id"] not in by_id:
                unknown.append((row["id"], code, records.name(self.mapping, row)))
            elif code and by_id[row["id"]].remote_code != code:
                by_id[row["id"]].remote_code = code
        known = {key: source.dealership_id for key, source in by_id.items()}
        if self.former and unknown:
            known |= self.adopted(unknown)
        return known

    def adopted(self, rows):
        """Return our dealerships that `rows` are, by their ids in this database.

        They came from another database and have no source in this one: by the code
        there and the name, or by our code. A dealership that leads, a connection or an
        account depend on is never taken for one of another name: a person is asked.

        :param rows: `(id, code, name)` of each
        """
        codes = [code for _id, code, _name in rows if code]
        sources = self.sources().search(
            [
                ("brand_id", "=", self.brand.id),
                ("origin", "!=", self.origin),
                "|",
                ("remote_code", "in", codes),
                ("dealership_id.code", "in", codes),
            ]
        )
        ours = sources.dealership_id
        here = [(d, d.code, d.name) for d in ours]
        there = [
            (s.dealership_id, s.remote_code, s.dealership_id.name) for s in sources
        ]
        found = records.same(rows, [*here, *there])
        taken = {*found.values()}
        self.doubtful = {}
        by_code = {
            key: dealership
            for key, dealership in records.same_code(rows, here).items()
            if key not in found and dealership not in taken
        }
        in_use = self.in_use(ours.browse(d.id for d in by_code.values()))
        for key, dealership in by_code.items():
            if dealership in in_use:
                self.doubtful[key] = dealership
            else:
                found[key] = dealership
        self.add_sources(found, {key: code for key, code, _name in rows})
        return found

    def in_use(self, dealerships):
        """Return those that must not become another dealer unseen."""
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        used = dealerships.filtered(lambda d: d.remote_id or d.service_user_id)
        rest = dealerships - used
        for name in ("dealership_id", "endorsement_dealership_id"):
            groups = leads._read_group([(name, "in", rest.ids)], [name])
            used = used.union(*(dealership for (dealership,) in groups))
        return used

    def add_sources(self, dealerships, codes):
        """Note under which id and code this database has each of `dealerships`."""
        self.sources().create(
            [
                {
                    "brand_id": self.brand.id,
                    "origin": self.origin,
                    "remote_id": remote_id,
                    "remote_code": codes[remote_id] or False,
                    "dealership_id": dealership.id,
                }
                for remote_id, dealership in dealerships.items()
            ]
        )

    def values(self, row):
        if dealership := self.doubtful.get(row["id"]):
            raise records.BadRow(
                self.env._(
                    "it has the code of %(name)s (%(code)s), which came from another "
                    "database under another name. If it is the same dealer, give the "
                    "dealership the name that it has there; if not, give it another "
                    "code. Then press Retry",
                    name=dealership.name,
                    code=dealership.code,
                )
            )
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
        self.add_sources(
            {
                item.row["id"]: dealership
                for item, dealership in zip(new, created, strict=True)
            },
            {
                item.row["id"]: records.dealer_code(self.mapping, item.row)
                for item in new
            },
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
