"""The catalog: `product.template` there, `crm.vehicle.model` here."""

import hashlib

from odoo.tools import SQL, float_compare

from odoo.addons.bpo_crm.models.crm_vehicle_model import NO_ORIGIN

from ..exchange import records
from .job import Job
from .pages import ahead
from .writer import Later

COMPARED = ("name", "default_code", "category", "list_price", "description")
REMOTE_IDS = ("distributor_product_id", "distributor_category_id")
IDENTITY = ("external_ref", "distributor_origin")
KNOWN = (
    *IDENTITY,
    *REMOTE_IDS,
    "distributor_write_date",
    "distributor_resync",
    "distributor_image_checksum",
    *COMPARED,
)
# Changes after which the picture is looked at again.
PICTURE_SIGNS = {"distributor_write_date", "distributor_resync"}
PULSE_PAGE = 2000  # of ids and times alone


class ProductSync(Job):
    kind = "product"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        price = self.models()._fields["list_price"]
        self.digits = price.get_digits(self.env)[1]
        # Categories here, as (id, name): asked for in a full check, and found renamed.
        self.asked, self.renamed = set(), set()

    def models(self):
        return self.env["crm.vehicle.model"].with_context(active_test=False)

    def read_local(self):
        models = self.models()
        domain = [("brand_id", "=", self.brand.id), ("external_ref", "!=", False)]
        aggregates = ["__count", "distributor_resync:bool_or"]
        groups = models._read_group(domain, ["distributor_origin"], aggregates)
        counts = {origin: count for origin, count, _edited in groups}
        count = counts.pop(self.origin, 0)
        self.former = sum(counts.values())
        if not any(edited for _origin, _count, edited in groups):
            return count, set()
        again = models.search([*self.mine(), ("distributor_resync", "=", True)])
        return count, set(again.mapped("distributor_product_id")) - {0}

    def mine(self):
        """Return the domain of the models of this database of the distributor."""
        return [
            ("brand_id", "=", self.brand.id),
            ("distributor_origin", "=", self.origin),
        ]

    def count_former(self):
        return self.models().search_count(
            [
                ("brand_id", "=", self.brand.id),
                ("distributor_origin", "not in", (self.origin, NO_ORIGIN)),
            ]
        )

    def forget(self):
        self.models().invalidate_model()
        self.env["ir.attachment"].invalidate_model()

    # -- one page --------------------------------------------------------------

    def known(self, rows):
        refs = [str(row["id"]) for row in rows]
        origins = [self.origin, NO_ORIGIN] if self.former else [self.origin]
        models = self.models().search_fetch(
            [
                ("brand_id", "=", self.brand.id),
                ("distributor_origin", "in", origins),
                ("external_ref", "in", refs),
            ],
            KNOWN,
        )
        # Of two, the one that this database gave.
        models = models.sorted(lambda model: model.distributor_origin == self.origin)
        known = {int(model.external_ref): model for model in models}
        if self.former:
            known |= self.adopted([row for row in rows if row["id"] not in known])
        return known

    def adopted(self, rows):
        """Return our models of another database that `rows` are, by their ids here.

        By their internal reference, where it is one row's there and one model's here;
        where it is several', by reference and name.
        """
        codes = [records.reference(self.mapping, row) for row in rows]
        found = self.models().search_fetch(
            [
                ("brand_id", "=", self.brand.id),
                ("distributor_origin", "not in", (self.origin, NO_ORIGIN)),
                ("default_code", "in", list({*codes} - {False})),
            ],
            KNOWN,
        )
        there = [
            (row["id"], code, records.name(self.mapping, row))
            for row, code in zip(rows, codes, strict=True)
        ]
        here = [(model, model.default_code, model.name) for model in found]
        certain = records.same(there, here)
        taken = {*certain.values()}
        by_code = records.same_code(there, here)
        return certain | {
            key: model
            for key, model in by_code.items()
            if key not in certain and model not in taken
        }

    def values(self, row):
        values = records.product_values(self.mapping, row)
        return {**values, "distributor_origin": self.origin}

    def changes(self, model, values):
        """Return what `model` lacks, with the peer's mark of change."""
        changes = {
            name: values[name]
            for name in COMPARED
            if name in values
            and name != "list_price"
            and (model[name] or False) != values[name]
        }
        price = values.get("list_price", model.list_price)
        if float_compare(model.list_price, price, precision_digits=self.digits):
            changes["list_price"] = price
        for name in REMOTE_IDS:
            if name in values and model[name] != values[name]:
                changes[name] = values[name]
        if self.is_moved(model, values):
            changes["distributor_write_date"] = values["distributor_write_date"]
        if model.distributor_resync:
            changes["distributor_resync"] = False
        if model.distributor_origin != self.origin:
            changes |= {name: values[name] for name in IDENTITY}
        return changes

    @staticmethod
    def is_moved(model, values):
        moved = values["distributor_write_date"]
        return not moved or model.distributor_write_date != moved

    def put(self, items):
        models = self.models().with_context(**self.brand._distributor_gate())
        self.change(items, models.env)
        new = [item.values for item in items if not item.record]
        if new:
            # Asked for once, not row by row.
            rest = models.default_get(["currency_id", "active"])
            rest["brand_id"] = self.brand.id
            models.create([{**rest, **values} for values in new])

    def settle(self, items):
        """A row of which nothing is new that a person sees has not changed."""
        unseen = {"distributor_write_date", *REMOTE_IDS, *IDENTITY}
        for item in items:
            self.settle_picture(item)
            if item.record and "distributor_origin" in item.changes:
                self.counts["adopted"] += 1
            if item.record and not item.changes.keys() - unseen:
                self.counts["unchanged"] += 1
                self.counts["updated"] -= 1
        super().settle(items)

    def warn_missing(self):
        super().warn_missing()
        keys = self.brand._distributor_filters()
        labels = self.brand._distributor_filter_labels()
        filters = zip(keys, labels, strict=True)
        lacking = [label for key, label in filters if not self.mapping.first(key)]
        if lacking:
            self.warn(
                self.env._(
                    "More may have come than you want: the distributor cannot filter "
                    "by %s.",
                    ", ".join(lacking),
                )
            )

    # -- everything, cheaply ---------------------------------------------------

    def pull_full(self):
        """Compare what a time of change cannot tell; read only the rows that differ.

        Finds rows that entered the filter, rows whose category was renamed, and counts
        those that are no longer listed. Those stay as they are: leads may use them.
        """
        domain = self.domain()
        again = self.resync | set(self.issues)
        for rows in self.pages(domain, ["write_date"], PULSE_PAGE):
            self.note_times(rows)
            moved = self.differing(rows, again)
            if not self.owned and (len(rows) >= PULSE_PAGE or len(moved) > self.size):
                raise Later
            for count in ("unchanged", "alike"):
                self.counts[count] += len(rows) - len(moved)
            for start in range(0, len(moved), self.size):
                part = ["id", "in", moved[start : start + self.size]]
                self.store(self.read_page([*domain, part], self.size))
            if not self.checkpoint(rows[-1]["id"], len(rows)):
                return False
        self.note_unlisted()
        return True

    def differing(self, rows, again):
        """Return the ids of `rows` that are not here as they are there."""
        refs = [str(row["id"]) for row in rows]
        models = self.models()
        models.flush_model()
        query = models._search([*self.mine(), ("external_ref", "in", refs)])
        names = (
            "distributor_product_id",
            "distributor_write_date",
            "distributor_category_id",
            "category",
        )
        columns = [SQL.identifier(models._table, name) for name in names]
        # No records: of these many rows nothing else is needed.
        known = {
            remote_id: (at, (category_id or 0, category))
            for remote_id, at, category_id, category in self.env.execute_query(
                query.select(*columns)
            )
        }
        moved, by_category = [], {}
        for row in rows:
            at, category = known.get(row["id"], (None, None))
            same = at and at == records.moment(row.get("write_date"))
            if not same or row["id"] in again:
                moved.append(row["id"])
            else:
                by_category.setdefault(category, []).append(row["id"])
        if "category" not in self.mapping.absent:
            self.ask_categories(by_category)
        for category, ids in by_category.items():
            moved += ids if category in self.renamed else []
        return sorted(moved)

    def ask_categories(self, by_category):
        """Add to `renamed` what is called otherwise there: one row tells for all."""
        asked = {
            ids[0]: category
            for category, ids in by_category.items()
            if category not in self.asked
        }
        self.asked |= by_category.keys()
        names = self.mapping.names("category")
        examples = sorted(asked)
        for start in range(0, len(examples), self.size):
            part = [["id", "in", examples[start : start + self.size]]]
            for row in self.read_page(part, self.size, names=names):
                here = asked.get(row["id"])
                category_id, name = records.category(self.mapping, row)
                if here and here != (category_id, name or None):
                    self.renamed.add(here)

    def note_unlisted(self):
        if unlisted := self.unread("updated", "unchanged"):
            self.warn(
                self.env._(
                    "%s vehicle models are no longer among the distributor's filtered "
                    "products. They were left as they are.",
                    unlisted,
                )
            )

    # -- pictures --------------------------------------------------------------

    def parts(self, items):
        """Yield the items with their pictures, a few pictures at a time.

        Only rows that are new or moved are asked for, and only those that have one.
        """
        wanted = {
            item.row["id"]
            for item in items
            if not item.record or PICTURE_SIGNS & item.changes.keys()
        }
        name = self.mapping.first("image")
        if not wanted or not name:
            yield from super().parts(items)
            return
        self.picture_issues = self.brand._distributor_open_issues("image")
        items = sorted(items, key=lambda item: item.row["id"])
        # Nothing else uses our client while a page is written.
        reader = self.reader(self.client, [name])
        for pictures, last, requests in ahead(reader.pictures(sorted(wanted))):
            self.counts["requests"] += requests
            if pictures is None:
                self.warn(self.env._("The distributor did not give its pictures."))
                self.ask_fields_anew(self.kind)  # nothing else is being read now
            ready = [item for item in items if last is None or item.row["id"] <= last]
            items = items[len(ready) :]
            for item in ready:
                if item.row["id"] not in wanted:
                    continue
                if pictures is None:
                    self.leave_picture(item)
                else:
                    self.add_picture(item, pictures.get(item.row["id"]))
            yield from super().parts(ready)

    def add_picture(self, item, picture):
        """Put the picture among what is written, where it is another than ours."""
        if isinstance(picture, Exception):
            self.leave_picture(item, picture)
            return
        known = item.record.distributor_image_checksum if item.record else False
        checksum = bool(picture) and hashlib.sha1(str(picture).encode()).hexdigest()
        if checksum == known:
            self.solve_picture(item)
            return
        self.counts["images"] += bool(picture)
        item.written.update(image_1920=picture, distributor_image_checksum=checksum)

    def relent(self, item, error):
        """Take the picture out of a row that cannot be written with it."""
        if not item.written.get("image_1920"):
            return False
        del item.written["image_1920"], item.written["distributor_image_checksum"]
        self.counts["images"] -= 1
        self.leave_picture(item, error)
        return True

    @staticmethod
    def leave_picture(item, error=None):
        """Go on without the picture; to a full check the row is moved until it is well.

        `error`: what is wrong with this one, to become an issue.
        """
        item.written["distributor_write_date"] = False
        item.picture_error = error

    def settle_picture(self, item):
        """Note what became of the picture of a row that is written."""
        if item.picture_error:
            issues = self.env["distributor.sync.issue"]
            name = records.title(self.mapping, item.row)
            reason = issues._reason(item.picture_error)
            reason = self.env._("Its picture could not be read: %s", reason)
            issues._note(self.run, "image", item.row["id"], name, reason)
        elif "image_1920" in item.written:
            self.solve_picture(item)

    def solve_picture(self, item):
        if issue := self.picture_issues.pop(item.row["id"], None):
            issue.state = "solved"
