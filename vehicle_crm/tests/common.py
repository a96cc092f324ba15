"""People and leads of one pipeline, for the tests of this addon and of the apps."""

from odoo import Command
from odoo.tests import TransactionCase, new_test_user

OPEN_STEPS = ("new", "qualified", "negotiation")
STEPS = (*OPEN_STEPS, "won", "lost")


class PipelineCase(TransactionCase):
    """Two users and a manager of ``pipeline``, a stranger, and ordinary stages.

    This addon brings no pipeline, so without an app one called ``test`` is made for
    the time of the class. An app sets ``pipeline`` to its own and inherits the cases
    of ``pipeline_cases`` beside this class.
    """

    pipeline = "test"
    allow_inherited_tests_method = True  # the cases are written once, in mixins

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Lead = cls.env["crm.lead"]
        if cls.pipeline == "test":
            cls._make_test_pipeline()
        roles = cls.Lead._pipeline_roles()[cls.pipeline]
        cls.user = cls._new_user("pipeline_user", roles["user"])
        cls.colleague = cls._new_user("pipeline_colleague", roles["user"])
        cls.manager = cls._new_user("pipeline_manager", roles["manager"])
        cls.stranger = cls._new_user(
            "pipeline_stranger", "sales_team.group_sale_manager"
        )
        cls.stages = {
            step: cls.Lead._pipeline_stage(cls.pipeline, step) for step in STEPS
        }
        cls.ordinary_stages = cls.env["crm.stage"].search([("pipeline", "=", False)])
        cls.brand = cls.env["crm.brand"].create({"name": "Test Brand", "code": "TSTB"})

    @classmethod
    def _new_user(cls, login, groups):
        return new_test_user(
            cls.env, login, groups=groups, email=f"{login}@example.com", name=login
        )

    @classmethod
    def _make_test_pipeline(cls):
        registry = cls.env.registry
        for model in ("crm.lead", "crm.stage"):
            field = registry[model]._fields["pipeline"]
            choices = [*field.selection, ("test", "Test")]
            cls.classPatch(field, "selection", choices)
            if hasattr(field, "_selection"):  # what 18.0 validates against
                cls.classPatch(field, "_selection", dict(choices))
        cls._make_group("user", "sales_team.group_sale_salesman")
        cls._make_group(
            "manager",
            "sales_team.group_sale_salesman_all_leads",
            "vehicle_crm.test_user",
        )
        roles = cls.Lead._pipeline_roles

        def _pipeline_roles(self):
            return {
                **roles(),
                "test": {
                    "user": "vehicle_crm.test_user",
                    "manager": "vehicle_crm.test_manager",
                },
            }

        cls.classPatch(registry["crm.lead"], "_pipeline_roles", _pipeline_roles)
        registry.clear_cache()
        cls.addClassCleanup(registry.clear_cache)
        cls.env["ir.sequence"].create(
            {
                "name": "Test leads",
                "code": "crm.lead.test",
                "prefix": "T/",
                "padding": 5,
            }
        )
        cls.env["crm.stage"].create(
            [
                {
                    "name": step.title(),
                    "pipeline": "test",
                    "step": step,
                    "sequence": 100 + number,
                    "is_won": step == "won",
                    "fold": step == "lost",
                }
                for number, step in enumerate(STEPS)
            ]
        )

    @classmethod
    def _make_group(cls, name, *implied):
        group = cls.env["res.groups"].create(
            {
                "name": f"Test {name}",
                "implied_ids": [
                    Command.link(cls.env.ref(xml_id).id) for xml_id in implied
                ],
            }
        )
        cls.env["ir.model.data"].create(
            {
                "module": "vehicle_crm",
                "name": f"test_{name}",
                "model": "res.groups",
                "res_id": group.id,
            }
        )

    @classmethod
    def new_lead(cls, user=None, step="new", **values):
        """A lead of the pipeline, owned by ``user``, moved to ``step`` by our code."""
        lead = cls.Lead.create(
            {
                "name": "Walk-in",
                "pipeline": cls.pipeline,
                "user_id": user.id if user else False,
                "brand_id": cls.brand.id,
                **values,
            }
        )
        if step != "new":
            lead._set_step(step)
        cls.env.cr.flush()  # what comes next is tracked as a change
        return lead

    @classmethod
    def new_ordinary_lead(cls, **values):
        return cls.Lead.create({"name": "Ordinary", "type": "opportunity", **values})

    def chatter(self, record):
        """The text of a record's messages, tracked values included."""
        self.env.cr.flush()
        lines = []
        for message in record.sudo().message_ids:
            lines.append(str(message.body or ""))
            for value in message.tracking_value_ids:
                lines.append(
                    f"{value.field_id.name}: {value.old_value_char or ''}"
                    f" -> {value.new_value_char or ''}"
                )
        return "\n".join(lines)
