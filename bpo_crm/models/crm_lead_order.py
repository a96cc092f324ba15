from contextlib import contextmanager

from odoo import models

from odoo.addons.remote_odoo.errors import Denied, Rejected

from ..exchange import order, order_lookup, order_reply


class CrmLead(models.Model):
    """The message `dealer_order`: what is asked of a plain Odoo, and what its answer
    does to the lead."""

    _inherit = "crm.lead"
    # Plain Odoo has no key of ours: a call that gave no answer may still be running
    # there and its order cannot be seen yet.
    _remote_wait_dealer_order = 600
    _remote_creates_dealer_order = True

    def _get_customer_values(self):
        self.ensure_one()
        partner = self.partner_id
        return {
            "name": partner.name or self.contact_name or self.partner_name,
            "mobile": self.mobile or partner.mobile,
            "phone": self.phone or partner.phone,
            # Not what somebody typed: "N/A" would make one customer of many, and
            # neither is info@… somebody's.
            "email": self._customers()._get_email_key(self.email_normalized),
            "street": self.street,
            "city": self.city,
            "zip": self.zip,
            "state_code": self.state_id.code,
            "country_code": self.country_id.code,
        }

    def _get_region(self):
        country = self.country_id or (self.company_id or self.env.company).country_id
        return country.code or ""

    def _get_order_payload(self):
        self.ensure_one()
        model = self.vehicle_model_id
        return order.order_payload(
            lead_code=self.code,
            key=self.handoff_key,
            source=self.env["ir.config_parameter"].sudo().get_param("database.uuid"),
            customer=self._get_customer_values(),
            vehicle={"name": model.name, "default_code": model.default_code or ""},
            quantity=self.quantity,
            create_product=self.dealership_id.create_products,
            region=self._get_region(),
            ignore=self.env["crm.placeholder"]._numbers(),
        )

    def _remote_deliver_dealer_order(self, client, payload):
        """At most seven calls for a known customer and product, three for the stamp."""
        self.sudo().fetch(["dealership_id"])  # alone: a lead is wide
        remote = self.dealership_id.sudo().remote_id
        peer = remote.peer_fields or {}
        if found := self._find_dealer_order(client, payload):
            return {"order_id": found.id, "order_name": found.name, "found": True}
        remote._speak(client)
        if "res.partner" not in peer:
            peer = order.read_peer_fields(client.call)
        partner_id = self._deliver_partner(client, payload, peer["res.partner"])
        product_id = self._deliver_product(client, payload)
        version = remote.server_version or client.version()["server_version"]
        values = order.order_values(payload, partner_id, product_id)
        with self._naming_right("sale.order", "create"):
            created = self._deliver_create(client, values, order_reply.series(version))
        return {"order_id": created["id"], "order_name": created["name"]}

    def _deliver_create(self, client, values, series):
        if order.saves_and_reads(series):
            return order_reply.read_order(
                client.call("sale.order", "web_save", [], values, {"name": {}})
            )
        order_id = order_reply.read_id(client.call("sale.order", "create", values))
        return order_reply.read_order(
            client.call("sale.order", "read", [order_id], ["name"])
        )

    def _one_page(self):
        return {
            "limit": order_reply.ROWS,
            "order": "id",
            "reply_size": order_reply.ROWS_SIZE,
        }

    def _find_dealer_order(self, client, payload):
        """Return the order of this hand-off; raise ``OrderExists`` when a person must
        decide about others of this lead."""
        chosen = payload.get("use_order")
        domain = order_lookup.by_id(chosen) if chosen else order_lookup.domain(payload)
        with self._naming_right("sale.order", "read"):
            if not client.uid:
                client.authenticate()
            rows = client.call(
                "sale.order",
                "search_read",
                domain,
                list(order_lookup.COLUMNS),
                order="id desc",
                limit=order_lookup.LIMIT,
                reply_size=order_reply.ROWS_SIZE,
            )
        orders = order_lookup.read(rows, payload, client.uid)
        found, doubtful = order_lookup.pick(orders, payload)
        if chosen and not found:
            raise Rejected(
                self.env._(
                    "The order that was chosen is cancelled at the dealer or no longer "
                    "there. Nothing was ordered. Click Retry to look again."
                )
            )
        if doubtful:
            raise order_lookup.OrderExists(self._describe_orders(doubtful), doubtful)
        return found

    def _describe_orders(self, orders):
        live = orders[0].live
        names = ", ".join(
            f"{found.name} ({(found.customer if live else '') or found.reference})"
            for found in orders
        )
        if not live:
            return self.env._(
                "Order %(orders)s exists at the dealer, but it was cancelled there. "
                "The lead is not won and no other order was made. If the dealer sets "
                "it back to a quotation, click Retry Hand-off; else create a new order "
                "or mark the lead as lost.",
                orders=names,
            )
        return self.env._(
            "The dealer has an order for %(lead)s that this database did not expect: "
            "%(orders)s. Perhaps this database was restored from a backup, or a copy "
            "of it is in use. Nothing was ordered. Use that order if it is this "
            "customer's, else create a new one.",
            lead=self.code,
            orders=names,
        )

    def _deliver_partner(self, client, payload, peer_fields):
        domain = order.partner_domain(payload, peer_fields)
        if domain:
            names = order.partner_columns(peer_fields)
            with self._naming_right("res.partner", "read"):
                rows = client.call(
                    "res.partner", "search_read", domain, names, **self._one_page()
                )
            rows = order_reply.read_rows(rows, names)
            if partner_id := order.pick_partner(payload, rows):
                return partner_id
        values = order.partner_values(payload, peer_fields)
        values.update(self._deliver_region(client, payload))
        with self._naming_right("res.partner", "create"):
            return order_reply.read_id(client.call("res.partner", "create", values))

    def _deliver_region(self, client, payload):
        """Country and state as the dealer's Odoo knows them. An address without them
        is better than no order."""
        found = {}
        for name, domain in order.region_domains(payload).items():
            try:
                ids = client.call(order.REGIONS[name], "search", domain, limit=1)
                found[name] = order_reply.read_ids(ids)
            except Rejected:
                continue
            except Denied as error:
                if error.what != "model":
                    raise
        return {name: ids[0] for name, ids in found.items() if ids}

    def _deliver_product(self, client, payload):
        names = ["default_code", "sale_ok"]
        with self._naming_right("product.product", "read"):
            rows = client.call(
                "product.product",
                "search_read",
                order.product_domain(payload),
                names,
                **self._one_page(),
            )
        rows = order_reply.read_rows(rows, names)
        if product_id := order.pick_product(payload, rows):
            return product_id
        if not payload["create_product"]:
            raise Rejected(
                self.env._(
                    "No product %(name)s (reference %(code)s) on dealer. Create it "
                    "there, or let this dealership create missing products.",
                    name=payload["vehicle"]["name"],
                    code=payload["vehicle"].get("default_code") or "-",
                )
            )
        with self._naming_right("product.product", "create"):
            return order_reply.read_id(
                client.call("product.product", "create", order.product_values(payload))
            )

    @contextmanager
    def _naming_right(self, model, verb):
        """Say which right the service account lacks, before what the peer said."""
        try:
            yield
        except Denied as error:
            if error.what != "model":
                raise
            if f" {model} " in f"{error} ":
                message = self.env._(
                    "AccessError: the service account at the dealer lacks the right "
                    "to %(verb)s %(model)s. Nothing was ordered there.",
                    verb=verb,
                    model=model,
                )
            else:  # Odoo stumbled over another model on the way
                message = self.env._(
                    "AccessError: the service account at the dealer lacks a right "
                    "that it needs to %(verb)s %(model)s. Nothing was ordered there. "
                    "%(error)s",
                    verb=verb,
                    model=model,
                    error=error,
                )
            raise Denied(message, what="model") from error

    def _remote_done_dealer_order(self, reply):
        self.ensure_one()
        self._write_handoff(
            handoff_state="done",
            handoff_error=False,
            handoff_orders=False,
            dealer_so_id=reply["order_id"],
            dealer_so_name=reply["order_name"],
        )
        names = {
            "order": reply["order_name"],
            "dealership": self.dealership_id.complete_name,
        }
        # Lost meanwhile by a manager's word: an order is a fact, so Won beats Lost.
        if self.step != "won":
            self._confirmed_won()
        self._notify_dealership_manager(
            self.env._(
                "Order %(order)s exists at %(dealership)s: an earlier attempt had "
                "created it, as the lead was then.",
                **names,
            )
            if reply.get("found")
            else self.env._("Order %(order)s created at %(dealership)s.", **names)
        )

    def _remote_failed_dealer_order(self, error):
        self.ensure_one()
        if self.handoff_state in ("pending", "failed"):
            self._write_handoff(
                handoff_state="failed",
                handoff_error=str(error),
                handoff_orders=getattr(error, "orders", False),
            )
            self._message_log(
                body=self.env._(
                    "Hand-off to %(dealership)s failed; the lead stays in "
                    "Negotiation. %(error)s",
                    dealership=self.dealership_id.complete_name,
                    error=error,
                )
            )
