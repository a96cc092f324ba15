"""The catalog: `product.template` there, `crm.vehicle.model` here."""

from odoo.tools import SQL, float_compare

from odoo.addons.bpo_crm.models.crm_vehicle_model import NO_ORIGIN

from ..exchange import records
from .pictures import PictureSync
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


class ProductSync(PictureSync):
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
        aggregates += ["distributor_picture_run:max"]
        groups = {
            origin: found
            for origin, *found in models._read_group(
                domain, ["distributor_origin"], aggregates
            )
        }
        count, edited, owing = groups.pop(self.origin, (0, False, 0))
        self.former = sum(count for count, *_rest in groups.values())
        self.owing = self.owes(owing)
        if not edited:
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
        values["distributor_origin"] = self.origin
        if self.mapping.first("image"):
            values["distributor_picture_run"] = self.run.id
        return values

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
        if "distributor_picture_run" in values and PICTURE_SIGNS & changes.keys():
            changes["distributor_picture_run"] = self.run.id
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
        unseen = {"distributor_write_date", "distributor_picture_run"}
        unseen |= {*REMOTE_IDS, *IDENTITY}
        for item in items:
            self.owing |= "distributor_picture_run" in (item.changes or item.values)
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
            if not self.pull_moved(domain, rows, moved):
                return False
        self.note_unlisted()
        return True

    def pull_moved(self, domain, rows, moved):
        """Read and store those of `rows` whose ids are in `moved`, page by page.

        Return False when the time was up. The others are counted as they are passed.
        """
        left = [row["id"] for row in rows]
        for start in range(0, len(moved), self.size):
            for page in self.rows_of(domain, moved[start : start + self.size]):
                self.store(page)
                last = page[-1]["id"]
                passed = [key for key in left if key <= last]
                left = left[len(passed) :]
                if not self.pass_by(passed, moved):
                    return False
        return self.pass_by(left, moved) if left else True

    def pass_by(self, ids, moved):
        """Count what was only compared; return False when the time is up."""
        alike = len({*ids}.difference(moved))
        for count in ("unchanged", "alike"):
            self.counts[count] += alike
        return self.checkpoint(ids[-1] if ids else self.cursor, len(ids))

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
