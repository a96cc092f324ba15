"""A distributor's Odoo over a real local HTTP server, with tables in memory.

It answers as Odoo 12 does where that differs: False for empty, an error for an unknown
field in a domain, silence for one that is read. What the sync asked is in `fake.calls`.
"""

import itertools
import operator

from odoo.addons.remote_odoo.tests.fake_odoo import FakeOdoo

STATUSES = ["new", "pending", "sent", "synced"]
CHAR, TEXT = {"type": "char"}, {"type": "text"}
LEAD_FIELDS = {
    "email": CHAR,
    "mobile": CHAR,
    "phone": CHAR,
    "city": CHAR,
    "dealer_id": {"type": "many2one", "relation": "res.partner"},
    "status": {"type": "selection", "selection": [[name, name] for name in STATUSES]},
}
FIELDS = {
    "product.template": {
        "name": CHAR,
        "default_code": CHAR,
        "categ_id": {"type": "many2one", "relation": "product.category"},
        "list_price": {"type": "float"},
        "description_sale": TEXT,
        "description": TEXT,
        "image": {"type": "binary"},
        "is_unit": {"type": "boolean"},
        "tracking": {"type": "selection", "selection": [["serial", "S"], ["lot", "L"]]},
        "sale_ok": {"type": "boolean"},
        "active": {"type": "boolean"},
    },
    "res.partner": {
        name: CHAR
        for name in (
            "name dealer_name phone mobile email street city dealer_gm dealer_gm_email"
        ).split()
    }
    | {"chery_dealer": {"type": "boolean"}},
    "cheryweb.quotation": {
        **LEAD_FIELDS,
        "name": CHAR,
        "message": TEXT,
        "product_id": {"type": "many2one", "relation": "product.template"},
    },
    "cherywebsite.test.drive": {
        **LEAD_FIELDS,
        "first_name": CHAR,
        "last_name": CHAR,
        "remarks": TEXT,
        "preferred_date": {"type": "date"},
        "product_id": {"type": "many2one", "relation": "product.product"},
    },
}
METHODS = ("search", "search_read", "search_count", "fields_get", "write")
DATES = {"create_date": {"type": "datetime"}, "write_date": {"type": "datetime"}}
OPERATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<=": operator.le,
    "in": lambda value, values: value in values,
    "not in": lambda value, values: value not in values,
}


class FakeDistributor(FakeOdoo):
    def __init__(self, **kwargs):
        super().__init__(**{"series": "12.0", **kwargs})
        self.fields = {model: {**DATES, **names} for model, names in FIELDS.items()}
        self.tables = {model: {} for model in FIELDS}
        self.writable = {"cheryweb.quotation", "cherywebsite.test.drive"}
        self.numbers = itertools.count(101)
        for model in FIELDS:
            for method in METHODS:
                self.on(model, method, self._bind(model, method))
            self.on(model, "check_access_rights", self._bind(model, "check"))

    def _bind(self, model, method):
        function = getattr(self, f"_{method}")
        return lambda *args, **kwargs: function(model, *args, **kwargs)

    # -- what a test does ------------------------------------------------------

    def drop_model(self, model):
        """Be a distributor without this model."""
        for known in [key for key in self._handlers if key[0] == model]:
            del self._handlers[known]

    def add(self, model, **values):
        """Add a row and return its id."""
        row = {name: False for name in self.fields[model]}
        row |= {"create_date": "2026-01-05 08:00:00", "active": True}
        row |= {"write_date": "2026-01-05 08:00:00"} | values
        row.setdefault("id", next(self.numbers))
        self.tables[model][row["id"]] = row
        return row["id"]

    def unit(self, **values):
        defaults = {"name": "TunLand", "is_unit": True, "tracking": "serial"}
        return self.add("product.template", **{**defaults, "sale_ok": True, **values})

    def dealer(self, **values):
        return self.add(
            "res.partner", **{"name": "Manila", "chery_dealer": True, **values}
        )

    def quotation(self, **values):
        return self.add("cheryweb.quotation", **{"status": "new", **values})

    def drive(self, **values):
        return self.add("cherywebsite.test.drive", **{"status": "new", **values})

    def change(self, model, row_id, at="2026-02-01 09:00:00", **values):
        self.tables[model][row_id] |= {"write_date": at, **values}

    def status(self, model, row_id):
        return self.tables[model][row_id]["status"]

    def searches(self, model):
        """Return `(domain, fields)` of what was read."""
        return [
            (args[0], kwargs["fields"])
            for name, method, args, kwargs in self.calls
            if (name, method) == (model, "search_read")
        ]

    def writes(self):
        return [call for call in self.calls if call[1] in ("write", "create", "unlink")]

    # -- what an Odoo answers --------------------------------------------------

    def _search(self, model, domain, limit=None, order="id"):
        return [row["id"] for row in self._rows(model, domain)[:limit]]

    def _rows(self, model, domain):
        known = {*self.fields[model], "id", "active"}
        for term in domain:
            if not isinstance(term, str) and term[0] not in known:
                raise ValueError(f'Invalid field {term[0]!r} in leaf "{term}"')
        rows = [row for _id, row in sorted(self.tables[model].items())]
        if not any(
            not isinstance(term, str) and term[0] == "active" for term in domain
        ):
            rows = [row for row in rows if row["active"]]
        return [row for row in rows if self._matches(row, domain)]

    def _matches(self, row, domain):
        stack = []
        for term in reversed(domain):
            if term == "|":
                stack.append(stack.pop() | stack.pop())
            elif term == "&":
                stack.append(stack.pop() & stack.pop())
            else:
                name, compare, value = term
                stack.append(bool(OPERATORS[compare](row.get(name) or False, value)))
        return all(stack)

    def _search_read(self, model, domain, fields=(), limit=None, order="id", **_kwargs):
        rows = self._rows(model, domain)[:limit]
        names = [name for name in fields if name in self.fields[model]]
        return [
            {"id": row["id"], **{name: row[name] for name in names}} for row in rows
        ]

    def _search_count(self, model, domain):
        return len(self._rows(model, domain))

    def _fields_get(self, model, names, attributes=()):
        known = self.fields[model]
        return {name: known[name] for name in names if name in known}

    def _check(self, model, operation, raise_exception=True):
        return operation == "read" or model in self.writable

    def _write(self, model, ids, values):
        if model not in self.writable:
            raise PermissionError(model)
        for name, value in values.items():
            allowed = [
                item[0] for item in self.fields[model][name].get("selection", ())
            ]
            if allowed and value not in allowed:
                raise ValueError(f"Wrong value for {model}.{name}: {value!r}")
        for row_id in ids:
            self.tables[model][row_id] |= values
        return True
