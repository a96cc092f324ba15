"""A dealer that runs plain Odoo Sales, as far as a hand-off sees it: a real local HTTP
server with partners, products and orders in memory. Standard library only."""

import re

from odoo.addons.remote_odoo.tests.fake_odoo import FakeOdoo, Fault

FIELDS = {
    "res.partner": [
        *("name", "phone", "mobile", "email", "email_normalized", "street", "city"),
        *("zip", "state_id", "country_id", "comment"),
    ],
    "res.country": ["code"],
    "res.country.state": ["code", "country_id.code"],
    "product.product": ["name", "default_code", "sale_ok"],
    "product.template": ["name"],
    "sale.order": [
        *("name", "client_order_ref", "origin", "partner_id", "order_line", "state"),
        "create_uid",
    ],
    "sale.order.line": ["product_id", "product_uom_qty"],
    "ir.filters": ["name", "model_id", "user_id", "create_uid"],
}
NAMES = {"res.partner": "Contact", "sale.order": "Sales Order"}


def _like(value, pattern, flags=0):
    expression = "".join(
        ".*" if char == "%" else re.escape(char)
        for char in re.sub(r"\\(.)", r"\1", pattern)
    )
    return re.fullmatch(expression, value or "", flags)


class PlainDealer(FakeOdoo):
    def __init__(self, mobile=True, **kwargs):
        super().__init__(**kwargs)
        self.rows = {model: {} for model in FIELDS}
        self.forbidden = set()  # {(model, right)}
        self.peer_fields = {model: list(names) for model, names in FIELDS.items()}
        self.groups = {"sales_team.group_sale_salesman_all_leads"}
        if not mobile:
            self.peer_fields["res.partner"].remove("mobile")
        series = int(self.series.split(".")[0])
        methods = ["search", "search_read", "read", "create", "unlink", "fields_get"]
        methods.append("has_access" if series >= 18 else "check_access_rights")
        if series >= 17:
            methods.append("web_save")
        if series < 13:
            self.peer_fields["res.partner"].remove("email_normalized")
        for model in FIELDS:
            for method in methods:
                self.on(model, method, self._handler(model, method))
        if series >= 18:
            self.on("res.users", "has_group", lambda ids, group: group in self.groups)
        else:
            self.on("res.users", "has_group", lambda group: group in self.groups)

    def _handler(self, model, method):
        return lambda *args, **kwargs: getattr(self, f"_{method}")(
            model, *args, **kwargs
        )

    def add(self, model, **values):
        number = max(self.rows[model], default=0) + 1
        if "email" in values:
            values["email_normalized"] = values["email"].strip().lower()
        if model == "sale.order":
            values = {"name": f"S{number:05}", "state": "draft", **values}
        self.rows[model][number] = {"id": number, "create_uid": self.uid, **values}
        return number

    def verbs(self, model):
        return [call[1] for call in self.calls if call[0] == model]

    def _check(self, model, right):
        if (model, right) in self.forbidden:
            raise Fault(
                "odoo.exceptions.AccessError",
                f"You are not allowed to {right} '{NAMES.get(model, model)}' "
                f"({model}) records.",
            )

    def _has_access(self, model, ids, right):
        return (model, right) not in self.forbidden

    def _check_access_rights(self, model, right, raise_exception):
        return self._has_access(model, [], right)

    def _read(self, model, ids, fields):
        rows = [self.rows[model][number] for number in ids]
        return [
            {name: row.get(name, False) for name in ("id", *fields)} for row in rows
        ]

    def _fields_get(self, model, names, attributes):
        return {
            name: {"type": "char"} for name in names if name in self.peer_fields[model]
        }

    def _search(self, model, domain, limit=None):
        return [row["id"] for row in self._search_read(model, domain, [])][:limit]

    def _unlink(self, model, ids):
        for number in ids:
            self.rows[model].pop(number, None)
        return True

    def _search_read(self, model, domain, fields, limit=None, order="id"):
        self._check(model, "read")
        rows = []
        for row in self.rows[model].values():
            stack = []
            for leaf in reversed(domain):
                if leaf == "|":
                    left, right = stack.pop(), stack.pop()
                    stack.append(left or right)
                else:
                    name, operator, value = leaf
                    if name != "id" and name not in self.peer_fields[model]:
                        raise Fault("builtins.ValueError", f"Invalid field {name!r}")
                    given = row.get(name) or ""
                    if operator in ("=like", "=ilike"):
                        flags = re.IGNORECASE if operator == "=ilike" else 0
                        stack.append(bool(_like(given, value, flags)))
                    else:
                        stack.append(given == value)
            if all(stack):
                rows.append(self._shown(row, fields))
        if order == "id desc":
            rows.reverse()
        return rows[:limit]

    def _shown(self, row, fields):
        """As Odoo answers it: a many2one with its name."""
        shown = {name: row.get(name, False) for name in ("id", *fields)}
        if partner := self.rows["res.partner"].get(shown.get("partner_id")):
            shown["partner_id"] = [partner["id"], partner["name"]]
        if "create_uid" in shown:
            shown["create_uid"] = [shown["create_uid"], "Service"]
        return shown

    def _create(self, model, values):
        self._check(model, "create")
        unknown = set(values) - set(self.peer_fields[model])
        if unknown:
            raise Fault("builtins.ValueError", f"Invalid field {sorted(unknown)[0]!r}")
        return self.add(model, **values)

    def _web_save(self, model, ids, values, specification):
        number = self._create(model, values)
        return [
            {"id": number, **{n: self.rows[model][number][n] for n in specification}}
        ]
