from odoo import Command
from odoo.tests import TransactionCase, new_test_user


class DealerCase(TransactionCase):
    """A dealer with two brands, one salesperson of each role, and stock to deliver.

    Records are made as the least privileged user who may make them.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = "dealer_crm.dealer_crm_group_"
        seller = f"{group}user,base.group_allow_export"
        cls.user = new_test_user(cls.env, "dora", groups=seller)
        cls.other = new_test_user(cls.env, "otto", groups=seller)
        cls.manager = new_test_user(cls.env, "mona", groups=f"{group}manager")
        cls.admin = new_test_user(cls.env, "adam", groups=f"{group}admin")
        cls.outsider = new_test_user(
            cls.env,
            "sally",
            groups="sales_team.group_sale_salesman_all_leads,base.group_allow_export",
        )
        cls.brand, cls.other_brand = cls.env["crm.brand"].create(
            [{"name": "Kestrel", "code": "KES"}, {"name": "Nimbus", "code": "NIM"}]
        )
        products = cls.env["product.product"]
        cls.vehicle = products.create(
            {
                "name": "Kestrel K5",
                "type": "consu",
                "is_storable": True,
                "list_price": 900000,
                "brand_id": cls.brand.id,
            }
        )
        cls.other_vehicle = products.create(
            {"name": "Nimbus N1", "type": "consu", "brand_id": cls.other_brand.id}
        )
        cls.service = products.create(
            {"name": "Registration", "type": "service", "list_price": 5000}
        )
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.env["stock.quant"]._update_available_quantity(
            cls.vehicle, cls.warehouse.lot_stock_id, 50
        )

    @classmethod
    def stage(cls, step):
        return cls.env.ref(f"dealer_crm.stage_{step}")

    @classmethod
    def new_lead(cls, owner=None, step="new", **values):
        """A dealer lead of `owner` (nobody by default) in an open step."""
        lead = cls.env["crm.lead"].create(
            {
                "name": "Walk-in",
                "pipeline": "dealer",
                "type": "opportunity",
                "contact_name": "Ana Reyes",
                "mobile": "0917 555 0101",
                "user_id": owner.id if owner else False,
                "brand_id": cls.brand.id,
                "product_id": cls.vehicle.id,
                **values,
            }
        )
        if step != "new":
            lead._set_step(step)
        return lead.with_user(owner) if owner else lead

    @classmethod
    def confirm(cls, order, user=None):
        order.with_user(user or cls.manager).action_confirm()
        return order.picking_ids

    @classmethod
    def deliver(cls, picking, user=None, quantity=None, backorder=False):
        """Validate a transfer as a stock user would, all of it or `quantity`."""
        picking = picking.with_user(user or cls.manager)
        for move in picking.move_ids.filtered(lambda move: move.state != "cancel"):
            move.quantity = move.product_uom_qty if quantity is None else quantity
            move.picked = True
        context = {"skip_sms": True, "skip_backorder": True}
        if not backorder:
            context["picking_ids_not_to_backorder"] = picking.ids
        picking.with_context(**context).button_validate()

    @classmethod
    def give_back(cls, picking, quantity=None, validate=True, refund=True):
        """The customer returns what `picking` brought, all of each move or
        `quantity`; the transfer is done unless not `validate`."""
        wizard = (
            cls.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({})
        )
        for line in wizard.product_return_moves:
            line.quantity = line.move_id.quantity if quantity is None else quantity
        wizard.product_return_moves.to_refund = refund
        back = cls.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        if validate:
            cls.deliver(back, quantity=quantity)
        return back

    @classmethod
    def add_line(cls, order, product, quantity=1):
        order.write(
            {
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_uom_qty": quantity}
                    )
                ]
            }
        )

    def bodies(self, record):
        self.env.flush_all()
        self.env.cr.precommit.run()
        return [str(body) for body in record.sudo().message_ids.mapped("body")]

    def tracked(self, record, field):
        """[(old, new)] of a tracked field, oldest first, as chatter shows them."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        values = (
            record.sudo()
            .message_ids.sudo()
            .tracking_value_ids.filtered(lambda value: value.field_id.name == field)
        )
        return [
            (value.old_value_char or "", value.new_value_char or "")
            for value in values.sorted("id")
        ]
