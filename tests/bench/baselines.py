"""How others do it: the baselines, in the process and the database of our own sync."""

import time
import xmlrpc.client

from meter import Measure

FIELDS = ["name", "default_code", "categ_id", "list_price", "description_sale"]
FIELDS += ["description", "write_date"]


class Peer:
    """The distributor as a plain script talks to it."""

    def __init__(self, url, database, login, password):
        self.args = (url, database, login, password)
        common = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common")
        self.uid = common.authenticate(database, login, password, {})
        self.proxy = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/object")
        self.calls = 0

    def call(self, model, method, *args, **kwargs):
        _url, database, _login, password = self.args
        self.calls += 1
        return self.proxy.execute_kw(
            database, self.uid, password, model, method, args, kwargs
        )

    def pages(self, domain, fields, size=1000):
        last = 0
        while True:
            rows = self.call(
                "product.template",
                "search_read",
                [*domain, ("id", ">", last)],
                fields=fields,
                limit=size,
                order="id",
            )
            if rows:
                yield rows
                last = rows[-1]["id"]
            if len(rows) < size:
                return


class Baselines:
    """The same rows by the ways people usually take; mixed into `Bench`."""

    def values(self, row):
        return {
            "brand_id": self.brand.id,
            "external_ref": str(row["id"]),
            "distributor_product_id": row["id"],
            "name": row["name"],
            "default_code": row["default_code"],
            "category": row["categ_id"] and row["categ_id"][1],
            "list_price": row["list_price"],
            "description": row["description_sale"],
            "distributor_write_date": row["write_date"],
        }

    def raw(self, images=False):
        """Fetch the same fields in pages, create the same rows in batches: no more."""
        fetched = []
        with Measure(self.env.cr) as fetch:
            for rows in self.peer.pages(self.domain, FIELDS):
                fetched += rows
        pictures = {}
        fetch_images = 0
        if images:
            since = time.perf_counter()
            domain = [*self.domain, ("image_1920", "!=", False)]
            for rows in self.peer.pages(domain, ["image_1920"], 100):
                pictures |= {row["id"]: row["image_1920"] for row in rows}
            fetch_images = time.perf_counter() - since
        with Measure(self.env.cr) as write:
            for start in range(0, len(fetched), 1000):
                batch = fetched[start : start + 1000]
                self.models.create(
                    [
                        {**self.values(row), "image_1920": pictures[row["id"]]}
                        if row["id"] in pictures
                        else self.values(row)
                        for row in batch
                    ]
                )
                self.env.flush_all()
                self.env.invalidate_all()
                self.env.cr.commit()
        return fetch.seconds + fetch_images, write.seconds

    def upsert(self, size=100):
        """The usual script: pages, then search and write or create, row by row."""
        for rows in self.peer.pages(self.domain, FIELDS, size):
            self.store_each(rows)

    def odoorpc(self, size=100):
        """An OdooRPC script: ids first, then `read` in batches, then as above."""
        import odoorpc

        url, database, login, password = self.settings["peer"]
        host, port = url.removeprefix("http://").split(":")
        client = odoorpc.ODOO(host, port=int(port))
        client.login(database, login, password)
        products = client.env["product.template"]
        ids = products.search(self.domain)
        for start in range(0, len(ids), size):
            self.store_each(products.read(ids[start : start + size], FIELDS))

    def store_each(self, rows):
        for row in rows:
            values = self.values(row)
            keys = ("brand_id", "external_ref")
            model = self.models.search(
                [(key, "=", values[key]) for key in keys], limit=1
            )
            if model:
                values.pop("brand_id")
                model.write(values)
            else:
                self.models.create(values)
        self.env.cr.commit()
        self.env.invalidate_all()

    def load(self):
        """Odoo's own import, with external ids."""
        names = list(self.values({"id": 0, "categ_id": 0, **dict.fromkeys(FIELDS)}))
        header = ["id", "brand_id/.id", *names[1:]]
        for rows in self.peer.pages(self.domain, FIELDS):
            data = []
            for row in rows:
                values = [value or "" for value in self.values(row).values()]
                data.append([f"bench.product_{row['id']}", *map(str, values)])
            result = self.models.load(header, data)
            assert result["ids"], result["messages"][:1]
            self.env.cr.commit()
            self.env.invalidate_all()

    def naive(self, limit):
        """One call a row: how it is without any thought. Returns seconds a row."""
        ids = self.peer.call("product.template", "search", self.domain, limit=limit)
        since = time.perf_counter()
        for row_id in ids:
            (row,) = self.peer.call("product.template", "read", [row_id], FIELDS)
            values = self.values(row)
            if not self.models.search(
                [("external_ref", "=", values["external_ref"])], limit=1
            ):
                self.models.create(values)
        self.env.cr.commit()
        return (time.perf_counter() - since) / len(ids)
