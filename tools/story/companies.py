"""The four companies: who works there, what they own, and how they are connected.

Administrators only create users and open the stock; all else is done by the people.
"""

import secrets

from tools.story.rpc import Database, expect, expect_equal

PASSWORD = "vehicle-demo"  # of every person; the servers listen on loopback only
BRAND = ("Foton", "FOTON")


class Company:
    """A database and the people who work in it, by the last part of their login."""

    def __init__(self, server):
        self.database = Database(server)
        self.admin = self.database.admin
        self.people = {}
        # As the first administrator who logs in with a browser does it.
        url = self.database.url
        self.admin.call("ir.config_parameter", "set_param", "web.base.url", url)

    def hire(self, *staff):
        """Make (login, name, group) users, known here by the last part of the login."""
        wanted = [(name, login, PASSWORD, [group]) for login, name, group in staff]
        for person in self.database.make_users(*wanted):
            self.people[person.login.split(".", 1)[1]] = person

    def __getattr__(self, name):
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None


class Distributor(Company):
    """Sells to dealers, collects web leads; knows nothing of our addons."""

    def open(self, **counts):
        """Fill the database as a distributor's is; return how much of each."""
        self.service = ("bpo_sync", secrets.token_urlsafe(12))
        made = self.admin.call("distributor.seed", "seed", brands=[BRAND[1]], **counts)
        self.admin.call("distributor.seed", "service_account", *self.service)
        return made

    def web_lead(self, model="cheryweb.quotation", **values):
        """A customer fills the form of the web site in."""
        return self.admin.create(model, {"brand_code": BRAND[1], **values})

    def units(self):
        """Return what the brand's filters let through, the newest last."""
        domain = [("is_unit", "=", True), ("tracking", "=", "serial")]
        fields = ["name", "default_code", "list_price"]
        return self.admin.rows("product.template", domain, fields, order="id")

    def dealers(self):
        fields = ["name", "dealer_name", "city"]
        domain = [("chery_dealer", "=", True)]
        return self.admin.rows("res.partner", domain, fields, order="id")


class Bpo(Company):
    """Qualifies leads and hands them to dealers."""

    def open(self):
        group = "bpo_crm.bpo_crm_group_"
        self.hire(
            ("bpo.manager", "Dalisay Panganiban", group + "manager"),
            ("bpo.supervisor", "Lakan Dimasalang", group + "supervisor"),
            ("bpo.agent", "Ligaya Lakandula", group + "agent"),
            ("bpo.agent2", "Makisig Kabayanhan", group + "agent"),
        )

    def add_brand(self, distributor, url):
        """The manager creates the brand with its connection."""
        login, password = distributor.service
        self.brand = self.manager.create(
            "crm.brand",
            {
                "name": BRAND[0],
                "code": BRAND[1],
                "distributor_url": url + "/",
                "distributor_db": distributor.database.name,
                "distributor_username": login,
                "distributor_password": password,
            },
        )
        return self.brand

    def service_account(self, login):
        """The portal user with which a dealer's Odoo calls here."""
        return _service(self, login, "bpo_crm.bpo_crm_group_dealer_service")

    def stage(self, step):
        return self.database.ref(f"bpo_crm.stage_{step}")

    def lost_reason(self, code):
        return self.database.ref(f"vehicle_crm.lost_reason_{code}")


class Dealer(Company):
    """Runs Dealer CRM and works the leads it is endorsed."""

    def __init__(self, server, name="manila"):
        super().__init__(server)
        self.name = name

    def open(self, vehicle, stock=5):
        """Staff, the brand, and `stock` units of a vehicle, each with its serial.

        `vehicle` has the name, reference and price that the distributor gives.
        """
        group = "dealer_crm.dealer_crm_group_"
        self.hire(
            ("dealer.admin", "Bituin Batongbuhay", group + "admin"),
            ("dealer.manager", "Amihan Kabayanhan", group + "manager"),
            ("dealer.user", "Isagani Panganiban", group + "user"),
            ("dealer.user2", "Amado Lakandula", group + "user"),
        )
        self.brand = self.people["admin"].create(
            "crm.brand", {"name": BRAND[0], "code": BRAND[1]}
        )
        self.product = self.people["manager"].create(
            "product.product",
            {
                "name": vehicle["name"].strip(),
                "default_code": vehicle["default_code"],
                "list_price": vehicle["list_price"],
                "brand_id": self.brand,
                "type": "consu",
                "is_storable": True,
                "tracking": "serial",
            },
        )
        self._open_stock(stock)

    def _open_stock(self, stock):
        root = self.database.admin
        warehouse = root.rows("stock.warehouse", [], ["lot_stock_id"], limit=1)[0]
        company = root.rows("res.company", [], limit=1)[0]["id"]
        lots = root.call(
            "stock.lot",
            "create",
            [
                {
                    "name": f"VIN{self.name.upper()}{number:05d}",
                    "product_id": self.product,
                    "company_id": company,
                }
                for number in range(stock)
            ],
        )
        quants = root.call(
            "stock.quant",
            "create",
            [
                {
                    "product_id": self.product,
                    "location_id": warehouse["lot_stock_id"],
                    "lot_id": lot,
                    "inventory_quantity": 1,
                }
                for lot in lots
            ],
            context={"inventory_mode": True},
        )
        root.call("stock.quant", "action_apply_inventory", quants)
        product = root.read("product.product", self.product, ["qty_available"])
        expect_equal(product["qty_available"], stock, "The opening stock")

    def connect(self, bpo, account, url):
        """The admin enters the BPO's address and the account made there, and tests."""
        admin = self.people["admin"]
        self.account = account
        self.connection = admin.create(
            "bpo.crm.connection",
            {
                "name": "BPO CRM",
                "url": url,
                "database": bpo.database.name,
                "username": account.login,
                "password": account.password,
            },
        )
        return self.test_connection()

    def test_connection(self):
        """Press Test Connection; return the toast when it is a success."""
        admin = self.people["admin"]
        toast = admin.call(
            "bpo.crm.connection", "action_test_connection", [self.connection]
        )
        values = admin.read("bpo.crm.connection", self.connection, ["connected"])
        expect_equal(toast["params"]["type"], "success", f"The toast {toast['params']}")
        expect(values["connected"], "The connection to the BPO is not connected")
        return toast

    def set_salesperson(self, person):
        """Who owns endorsed leads from the start and gets the quotations; or None."""
        self.people["admin"].write(
            "bpo.crm.connection",
            self.connection,
            {"user_id": person.uid if person else False},
        )

    def push_account(self):
        """The BPO's account here, so that it may push; return it."""
        account = _service(
            self,
            "bpo_push",
            "dealer_crm_bpo_bridge.dealer_crm_bpo_bridge_group_bpo_service",
        )
        self.people["admin"].write(
            "bpo.crm.connection", self.connection, {"service_user_id": account.uid}
        )
        return account

    def stage(self, step):
        return self.database.ref(f"dealer_crm.stage_{step}")


class PlainDealer(Company):
    """Runs Odoo Sales as it comes, without any addon of ours."""

    # What manual/dealerships.md asks for and Sales does not give a salesperson.
    RIGHTS = ("product.product", "product.template")

    def open(self, vehicle, price):
        self.service = ("bpo_push", secrets.token_urlsafe(12))
        hand_off = self.admin.create("res.groups", {"name": "BPO hand-off"})
        for model in self.RIGHTS:
            model_id = self.admin.one("ir.model", [("model", "=", model)])["id"]
            self.admin.create(
                "ir.model.access",
                {
                    "name": f"{model}.bpo",
                    "model_id": model_id,
                    "group_id": hand_off,
                    "perm_read": True,
                    "perm_create": True,
                    "perm_write": False,
                    "perm_unlink": False,
                },
            )
        group = "sales_team.group_sale_salesman_all_leads"
        (account,) = self.database.make_users(("BPO", *self.service, [group]))
        known = self.admin.call("res.groups", "fields_get", [], ["type"])
        users = "user_ids" if "user_ids" in known else "users"
        self.admin.write("res.groups", hand_off, {users: [(4, account.uid)]})
        self.product = self.admin.create(
            "product.product",
            {
                "name": vehicle["name"].strip(),
                "default_code": vehicle["default_code"],
                "list_price": price,
                "type": "consu",
            },
        )


def _service(company, login, group):
    """A portal user that another company's Odoo calls as, with a random password."""
    groups = ["base.group_portal", group]
    password = secrets.token_urlsafe(12)
    return company.database.make_users((login, login, password, groups))[0]
