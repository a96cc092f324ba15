import random

from odoo import Command, api, models
from odoo.exceptions import AccessError

from .. import seed as data

SIZES = {
    "demo": {"products": 600, "images": 120, "dealers": 60, "leads": 420},
    "large": {"products": 10000, "images": 1000, "dealers": 500, "leads": 5000},
}


class DistributorSeed(models.AbstractModel):
    """Fills this database with a distributor's data, the same for the same seed."""

    _name = "distributor.seed"
    _description = "Distributor Seed"

    @api.model
    def seed(self, size="demo", seed=1, brands=None, **counts):
        """Seed as an administrator, also by RPC; see `_seed`."""
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Only an administrator may seed the data."))
        return self._seed(size=size, seed=seed, brands=brands, **counts)

    @api.model
    def service_account(self, login, password):
        """Make the BPO's least-privileged account and return its id."""
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Only an administrator may create accounts."))
        return self._service_account(login, password).id

    @api.model
    def _seed(self, size="demo", seed=1, brands=None, **counts):
        """Create products, dealers and web leads; return how many of each.

        :param size: `demo` or `large`
        :param brands: codes to seed, all six by default. One code makes a distributor
            as they are in life: a database per marque.
        :param counts: `products`, `images`, `dealers`, `leads` instead of the size's
        """
        counts = {**SIZES[size], **counts}
        brands = list(brands or data.BRANDS)
        generator = random.Random(seed)
        quiet = self.with_context(tracking_disable=True, mail_create_nolog=True)
        quiet._seed_products(generator, brands, counts["products"], counts["images"])
        quiet._seed_dealers(generator, brands, counts["dealers"])
        quiet._seed_leads(generator, brands, counts["leads"])
        return counts

    def _seed_products(self, generator, brands, count, images):
        categories = {}
        batch = []
        for values in data.products(generator, brands, count, images):
            values["categ_id"] = self._category(categories, values.pop("category"))
            batch.append(values)
            if len(batch) == 500:
                self._create_products(batch)
                batch = []
        self._create_products(batch)

    def _create_products(self, batch):
        self.env["product.template"].create(batch)
        self.env.flush_all()
        self.env.invalidate_all()

    def _category(self, categories, path):
        """Return the id of the category `path`, made when it is missing."""
        for depth in range(1, len(path) + 1):
            key = path[:depth]
            if key not in categories:
                parent = categories.get(key[:-1], False)
                domain = [("name", "=", key[-1]), ("parent_id", "=", parent)]
                category = self.env["product.category"].search(domain, limit=1)
                categories[key] = (
                    category or category.create({"name": key[-1], "parent_id": parent})
                ).id
        return categories[path]

    def _seed_dealers(self, generator, brands, count):
        self.env["res.partner"].create(list(data.dealers(generator, brands, count)))

    def _seed_leads(self, generator, brands, count):
        vehicles, dealers = self._ids_by_brand()
        batches = {}
        for model, values in data.leads(generator, brands, count):
            brand = values["brand_code"]
            values["product_id"] = self._pick(
                vehicles[model], brand, values.pop("vehicle")
            )
            values["dealer_id"] = self._pick(dealers, brand, values.pop("dealer"))
            batches.setdefault(model, []).append(values)
        for model, batch in batches.items():
            self.env[model].create(batch)

    def _ids_by_brand(self):
        """Return, per lead model and per brand, the ids that a lead may name."""
        templates = self.env["product.template"].search(
            [("is_unit", "=", True)], order="id"
        )
        dealers = self.env["res.partner"].search(
            [("chery_dealer", "=", True)], order="id"
        )

        def by_brand(records, get_id):
            groups = {}
            for record in records:
                groups.setdefault(record.brand_code, []).append(get_id(record))
            return groups

        vehicles = {
            "cheryweb.quotation": by_brand(templates, lambda record: record.id),
            "cherywebsite.test.drive": by_brand(
                templates, lambda record: record.product_variant_id.id
            ),
        }
        return vehicles, by_brand(dealers, lambda record: record.id)

    @staticmethod
    def _pick(ids_by_brand, brand, number):
        ids = ids_by_brand.get(brand)
        return ids[number % len(ids)] if ids and number is not None else False

    def _service_account(self, login, password):
        """Return the account with exactly the rights the manual asks for."""
        users = self.env["res.users"].sudo()
        groups = "group_ids" if "group_ids" in users._fields else "groups_id"
        group = self.env.ref("distributor_fixture.group_bpo_service")
        user = users.search([("login", "=", login)])
        values = {"password": password, groups: [Command.set(group.ids)]}
        if user:
            user.write(values)
            return user
        return users.with_context(no_reset_password=True).create(
            {"name": "BPO Sync", "login": login, **values}
        )
