"""Lists and boards with 100,000 leads, against the core's CRM with the same rows.

python lists.py odoo.conf DATABASE < settings.json   (started by bench.py)
"""

import json
import sys

from lxml import etree
from meter import report, timed

from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config

UNIQUE = ("id", "code", "endorsement_key")
BEST_OF = 4


class Lists:
    def __init__(self, env, rows):
        self.env, self.rows = env, rows
        brand = env["crm.brand"].create({"name": "Lists", "code": "LISTS"})
        common = {"type": "opportunity", "user_id": env.uid, "priority": "1"}
        ours = env["crm.lead"].with_context(default_pipeline="bpo")
        self.multiply(
            ours.create({"name": "Ours", "brand_id": brand.id, **common}),
            ("pipeline", "=", "bpo"),
        )
        self.multiply(
            env["crm.lead"].create({"name": "Core", **common}), ("pipeline", "=", False)
        )
        env.cr.execute("ANALYZE crm_lead")

    def multiply(self, lead, pipeline):
        """Copy a lead in the database, spread over the open stages and in time."""
        stages = self.env["crm.stage"].search([pipeline, ("is_won", "=", False)])
        stages = stages.filtered(lambda stage: stage.step != "lost")[:3]
        self.env.flush_all()
        changed = {
            "name": "name || n",
            "create_date": "create_date - n * interval '1 minute'",
            "stage_id": "(%(stages)s::int[])[1 + n %% 3]",
            "step": "(%(steps)s::varchar[])[1 + n %% 3]",
        }
        columns = [
            name
            for name, field in lead._fields.items()
            if field.store and field.column_type and name not in UNIQUE
        ]
        values = [changed.get(name, f'"{name}"') for name in columns]
        names = ", ".join(f'"{name}"' for name in columns)
        self.env.cr.execute(
            f"""INSERT INTO crm_lead ({names})
                SELECT {", ".join(values)}
                  FROM crm_lead, generate_series(1, %(rows)s) AS n WHERE id = %(id)s""",
            {
                "stages": stages.ids,
                "steps": [stage.step or None for stage in stages],
                "rows": self.rows,
                "id": lead.id,
            },
        )
        self.env.invalidate_all()

    def figures(self):
        core = [("type", "=", "opportunity"), ("pipeline", "=", False)]
        ours = [("pipeline", "=", "bpo")]
        kinds = (
            ("list", "crm.crm_case_tree_view_oppor", "bpo_crm.crm_lead_view_list"),
            (
                "kanban",
                "crm.crm_case_kanban_view_leads",
                "bpo_crm.crm_lead_view_kanban",
            ),
        )
        for kind, theirs, mine in kinds:
            of_core, _sql = self.page(core, kind, theirs, {})
            of_ours, sql = self.page(ours, kind, mine, {"default_pipeline": "bpo"})
            _few, sql_of_ten = self.page(
                ours, kind, mine, {"default_pipeline": "bpo"}, limit=10
            )
            report(
                figure=f"page_{kind}",
                core_ms=of_core * 1000,
                ms=of_ours * 1000,
                ratio=of_ours / of_core,
                sql=sql,
                sql_of_ten=sql_of_ten,
            )

    def page(self, domain, kind, view, context, limit=80):
        """Return the seconds and the statements of a first page."""
        leads = self.env["crm.lead"].with_context(default_type="opportunity", **context)
        arch = etree.fromstring(leads.get_view(self.env.ref(view).id, kind)["arch"])
        names = {node.get("name") for node in arch.iter("field")}
        relations = ("many2one", "many2many", "one2many")
        specification = {
            name: {"fields": {"display_name": {}}}
            if leads._fields[name].type in relations
            else {}
            for name in names & leads._fields.keys()
        }

        def read():
            self.env.invalidate_all()
            leads.web_search_read(domain, specification, limit=limit, count_limit=10001)

        seconds = min(timed(read) for _time in range(BEST_OF))
        before = self.env.cr.sql_log_count
        read()
        return seconds, self.env.cr.sql_log_count - before


def main():
    settings = json.load(sys.stdin)
    config.parse_config(["-c", sys.argv[1], "-d", sys.argv[2], "--log-level=error"])
    with Registry(sys.argv[2]).cursor() as cr:
        user = api.Environment(cr, api.SUPERUSER_ID, {}).ref("base.user_admin")
        env = api.Environment(cr, user.id, {})
        Lists(env, settings["rows"]).figures()
        cr.rollback()


if __name__ == "__main__":
    main()
