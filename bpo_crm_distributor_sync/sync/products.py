"""The catalog: `product.template` there, `crm.vehicle.model` here."""

import base64
import hashlib

from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.image import ImageProcess

from odoo.addons.remote_odoo.errors import Rejected

from ..exchange import records
from .job import Job

COMPARED = ("name", "default_code", "category", "list_price", "description")
KNOWN = (
    "external_ref",
    "currency_id",
    "distributor_product_id",
    "distributor_write_date",
    "distributor_resync",
    "distributor_image_checksum",
    *COMPARED,
)
# Changes after which the picture is looked at again.
PICTURE_SIGNS = {"distributor_write_date", "distributor_resync"}
PULSE_PAGE = 5000
IMAGES = 100  # pictures in one call, fewer where they are large
IMAGE_BYTES = 4 * 1024 * 1024  # wanted size of such a reply


class ProductSync(Job):
    kind = "product"

    def models(self):
        return self.env["crm.vehicle.model"].with_context(active_test=False)

    def read_local(self):
        models = self.models()
        domain = [("brand_id", "=", self.brand.id), ("external_ref", "!=", False)]
        aggregates = ["__count", "distributor_resync:bool_or"]
        ((count, edited),) = models._read_group(domain, [], aggregates)
        if not edited:
            return count, set()
        again = models.search([*domain, ("distributor_resync", "=", True)])
        return count, set(again.mapped("distributor_product_id")) - {0}

    def forget(self):
        self.models().invalidate_model()
        self.env["ir.attachment"].invalidate_model()

    # -- one page --------------------------------------------------------------

    def known(self, rows):
        refs = [str(row["id"]) for row in rows]
        models = self.models().search_fetch(
            [("brand_id", "=", self.brand.id), ("external_ref", "in", refs)], KNOWN
        )
        return {int(model.external_ref): model for model in models}

    def values(self, row):
        return records.product_values(self.mapping, row)

    def changes(self, model, values):
        """Return what `model` lacks, with the peer's mark of change."""
        changes = {
            name: values[name]
            for name in COMPARED
            if name in values
            and name != "list_price"
            and (model[name] or False) != values[name]
        }
        if "list_price" in values:
            price = model.currency_id.round(values["list_price"])
            if model.currency_id.compare_amounts(model.list_price, price):
                changes["list_price"] = price
        if model.distributor_product_id != values["distributor_product_id"]:
            changes["distributor_product_id"] = values["distributor_product_id"]
        if self.is_moved(model, values):
            changes["distributor_write_date"] = values["distributor_write_date"]
        if model.distributor_resync:
            changes["distributor_resync"] = False
        return changes

    @staticmethod
    def is_moved(model, values):
        moved = values["distributor_write_date"]
        return not moved or model.distributor_write_date != moved

    def put(self, items):
        models = self.models().with_context(**self.brand._distributor_gate())
        for item in items:
            if item.record:
                item.record.with_env(models.env).write(item.changes)
        new = [item.values for item in items if not item.record]
        if new:
            models.create([{**values, "brand_id": self.brand.id} for values in new])

    def settle(self, items):
        """A row of which only the time of its last change is new has not changed."""
        for item in items:
            if item.record and not set(item.changes) - {"distributor_write_date"}:
                self.counts["unchanged"] += 1
                self.counts["updated"] -= 1
        super().settle(items)

    # -- everything, cheaply ---------------------------------------------------

    def pull_full(self):
        """Compare what a time of change cannot tell; read only the rows that differ.

        Finds rows that entered the filter, rows whose category was renamed, and counts
        those that are no longer listed. Those stay as they are: leads may use them.
        """
        category = self.mapping.first("category")
        names = ["write_date", *([category] if category else [])]
        domain = self.domain()
        again = self.resync | set(self.issues)
        for rows in self.pages(domain, names, PULSE_PAGE):
            moved = self.differing(rows, again)
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
        query = models._search(
            [("brand_id", "=", self.brand.id), ("external_ref", "in", refs)]
        )
        names = ("distributor_product_id", "category", "distributor_write_date")
        columns = [SQL.identifier(models._table, name) for name in names]
        # No records: of these many rows nothing else is needed.
        known = {
            remote_id: (category or False, moved)
            for remote_id, category, moved in self.env.execute_query(
                query.select(*columns)
            )
        }
        moved = []
        for row in rows:
            category, at = known.get(row["id"], (None, None))
            if "category" not in self.mapping.absent:
                category_there = records.category(self.mapping, row)
            else:
                category_there = category
            at_there = records.moment(row.get("write_date"))
            same = at and (category, at) == (category_there, at_there)
            if not same or row["id"] in again:
                moved.append(row["id"])
        self.counts["unchanged"] += len(rows) - len(moved)
        return moved

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
        if not wanted or not self.mapping.first("image"):
            yield from super().parts(items)
            return
        self.picture_issues = self.brand._distributor_open_issues("image")
        items = sorted(items, key=lambda item: item.row["id"])
        for pictures, last in self.pictures(sorted(wanted)):
            ready = [item for item in items if last is None or item.row["id"] <= last]
            items = items[len(ready) :]
            for item in ready:
                if item.row["id"] in wanted and pictures is not None:
                    self.add_picture(item, pictures.get(item.row["id"]))
            yield from super().parts(ready)

    def pictures(self, ids):
        """Yield `({id: base64}, last id)`; the last id is None when there is no more.

        None instead of the dict: the peer does not let us read pictures. An error
        instead of the base64: of this one.
        """
        name, after, limit = self.mapping.first("image"), 0, IMAGES
        has_one = [[name, "!=", False]]
        while True:
            domain = [["id", "in", ids], *has_one]
            try:
                rows = self.read_page(domain, limit, after, [name])
            except Rejected:
                if not has_one:
                    self.warn(self.env._("The distributor did not give its pictures."))
                    yield None, None
                    return
                has_one = []  # a field that cannot be searched
                continue
            pictures = {row["id"]: getattr(row, "error", row.get(name)) for row in rows}
            if len(rows) < limit:
                yield pictures, None
                return
            after = rows[-1]["id"]
            yield pictures, after
            size = sum(len(row.get(name) or "") for row in rows) // limit
            limit = min(max(IMAGE_BYTES // (size or 1), 1), IMAGES)

    def add_picture(self, item, picture):
        """Put the picture among what is written, where it is another than ours."""
        if isinstance(picture, Exception):
            self.fail_picture(item, picture)
            return
        values = item.changes if item.record else item.values
        known = item.record.distributor_image_checksum if item.record else False
        if not picture:
            if known:
                values.update(image_1920=False, distributor_image_checksum=False)
            return
        checksum = hashlib.sha1(str(picture).encode()).hexdigest()
        if checksum == known:
            return
        try:
            ImageProcess(base64.b64decode(picture, validate=True))
        except (UserError, ValueError, TypeError) as error:
            self.fail_picture(item, error)
            return
        self.counts["images"] += 1
        values.update(image_1920=picture, distributor_image_checksum=checksum)
        if issue := self.picture_issues.pop(item.row["id"], None):
            issue.state = "solved"

    def fail_picture(self, item, error):
        """Note the picture as an issue; the row counts as moved until it is well."""
        values = item.changes if item.record else item.values
        values["distributor_write_date"] = False
        issues = self.env["distributor.sync.issue"]
        name = records.title(self.mapping, item.row)
        reason = self.env._("Its picture could not be read: %s", issues._reason(error))
        issues._note(self.run, "image", item.row["id"], name, reason)

    def relent(self, item, error):
        """Take the picture out of a row that cannot be written with it."""
        values = item.changes if item.record else item.values
        if not values.get("image_1920"):
            return False
        del values["image_1920"], values["distributor_image_checksum"]
        self.counts["images"] -= 1
        self.fail_picture(item, error)
        return True
