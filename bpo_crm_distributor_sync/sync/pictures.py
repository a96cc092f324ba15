"""Pictures of vehicle models: after the rows, a few at a time, kept as they come.

A model whose row is new or has moved owes its picture to the run that wrote it. The
brand knows up to which run all pictures came, so that rows without one cost no write.
"""

import hashlib

import psycopg2

from odoo.addons.remote_odoo.errors import OutcomeUnknown

from .job import Job
from .pages import ahead
from .writer import quiet, split

FIELD = "image_1920"
NAMES = (
    "name",
    "distributor_product_id",
    "distributor_image_checksum",
    "distributor_write_date",
)


class PictureSync(Job):
    """The part of a catalog's sync that reads and stores pictures."""

    owing = False  # whether a model may owe its picture

    def owes(self, latest_run):
        """Tell whether a model that owes to `latest_run` has not got its picture."""
        return (latest_run or 0) > self.brand.sudo().distributor_pictures_run

    def pull_rest(self):
        """Read the pictures that are owed; return whether that is all.

        In a user's request as far as there is time, the rest in the background.
        """
        if not self.owing:
            return True
        if self.owned:
            self.run.message = self.env._("The rows are here; pictures are coming.")
            self.commit()
            self.check_cancelled()
        if self.mapping.first("image"):
            self.picture_issues = self.brand._distributor_open_issues("image")
            try:
                if not self.pull_pictures():
                    return False
            except OutcomeUnknown:
                if self.owned:
                    raise
                return False
        self.brand.sudo().distributor_pictures_run = self.run.id
        self.save()
        return True

    def pull_pictures(self):
        """Store what is owed, by id; return False when the time was up."""
        self.picture_cursor = self.run.picture_cursor
        while models := self.owed(limit=self.size):
            for part, pictures in self.read_pictures(models):
                if pictures is None:
                    self.leave_pictures()
                    return True
                with quiet(self.env.cr):
                    self.store_pictures(part, pictures)
                if part:
                    self.picture_cursor = part[-1].distributor_product_id
                self.forget_pictures()
                self.rest()
                if not self.owned and self.is_late():
                    return False
        return True

    def owed(self, **options):
        """Return the models that owe their picture, by their id there."""
        return self.models().search_fetch(
            [
                *self.mine(),
                ("distributor_picture_run", ">", self.brand.distributor_pictures_run),
                ("distributor_product_id", ">", self.picture_cursor),
            ],
            NAMES,
            order="distributor_product_id",
            **options,
        )

    def read_pictures(self, models):
        """Yield `(models, {id there: base64 or an error})`, as the replies come.

        None instead of the dict: the distributor gives no pictures.
        """
        ids = models.mapped("distributor_product_id")
        name = self.mapping.first("image")
        reader = self.reader(self.client, [name])
        pages = reader.pictures(ids)
        if self.owned:  # nothing else uses our client meanwhile
            pages = ahead(pages, lambda: self.is_late() and not reader.ended)
        for pictures, last, requests in pages:
            self.counts["requests"] += requests
            size = len(models)
            if last is not None:
                size = next((n for n, key in enumerate(ids) if key > last), size)
            part, models, ids = models[:size], models[size:], ids[size:]
            yield part, pictures

    def save(self, **values):
        left = getattr(self, "picture_cursor", 0)
        super().save(**values, picture_cursor=left)

    def forget_pictures(self):
        """Let go of the pictures that the cache holds, and of nothing else."""
        self.models().invalidate_model([FIELD])
        self.env["ir.attachment"].invalidate_model()

    # -- one reply -------------------------------------------------------------

    def store_pictures(self, models, pictures):
        """Write those that are others than ours, whatever is wrong with single ones."""
        others = []
        for model in models:
            picture = pictures.get(model.distributor_product_id)
            if isinstance(picture, Exception):
                self.leave_picture(model, picture)
                continue
            checksum = bool(picture) and hashlib.sha1(str(picture).encode()).hexdigest()
            if checksum == model.distributor_image_checksum:
                self.solve_picture(model)
            else:
                others.append((model, picture, checksum))
        if others:
            self.isolate_pictures(others)
        self.env.flush_all()

    def isolate_pictures(self, items):
        """Write `items`; when that fails, split until the bad one stands alone."""
        try:
            with self.env.cr.savepoint():
                self.put_pictures(items)
                self.env.flush_all()
        except psycopg2.OperationalError:
            raise
        except Exception as error:  # of a broken picture, or of an addon
            self.env.invalidate_all()
            if len(items) == 1:
                self.leave_picture(items[0][0], error)
                return
            for part in split(items):
                self.isolate_pictures(part)
        else:
            for model, picture, _checksum in items:
                self.counts["images"] += bool(picture)
                self.solve_picture(model)

    def put_pictures(self, items):
        """Write `(model, picture, checksum)` of each; new pictures in one go."""
        models = self.models().with_context(**self.brand._distributor_gate())
        painted = self.painted([model.id for model, _picture, _checksum in items])
        new = []
        for model, picture, checksum in items:
            record = model.with_env(models.env)
            values = {
                "distributor_image_checksum": checksum,
                "distributor_picture_run": 0,
            }
            if picture and model.id not in painted:
                new.append((record, picture))
            else:
                values[FIELD] = picture or False
            record.write(values)
        # As `create` does: one INSERT, where `write` searches for each.
        models._fields[FIELD].create(new)

    def painted(self, ids):
        """Return the ids of the models that have a picture."""
        domain = [
            ("res_model", "=", "crm.vehicle.model"),
            ("res_field", "=", FIELD),
            ("res_id", "in", ids),
        ]
        attachments = self.env["ir.attachment"].sudo()
        return {row["res_id"] for row in attachments.search_read(domain, ["res_id"])}

    # -- what became of it -----------------------------------------------------

    def leave_picture(self, model, error):
        """Go on without it: an issue, and to a full check the row is moved."""
        self.mark_moved(model)
        issues = self.env["distributor.sync.issue"]
        reason = self.env._("Its picture could not be read: %s", issues._reason(error))
        remote_id = model.distributor_product_id
        issues._note(self.run, "image", remote_id, model.name, reason)

    def leave_pictures(self):
        """Leave all that are still owed to a full check."""
        self.warn(self.env._("The distributor did not give its pictures."))
        self.ask_fields_anew(self.kind)  # nothing else is being read now
        if self.mapping.first("image"):
            self.mark_moved(self.owed())
        self.warn_missing()

    def mark_moved(self, models):
        models = models.with_context(**self.brand._distributor_gate())
        models.write({"distributor_write_date": False})

    def solve_picture(self, model):
        if issue := self.picture_issues.pop(model.distributor_product_id, None):
            issue.state = "solved"
