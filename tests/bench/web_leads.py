"""Web leads: ours against Odoo's own batched create."""

import statistics

from meter import Measure, report


class WebLeads:
    """Mixed into `Bench`."""

    def web_leads(self, rounds):
        """Import of the waiting leads against Odoo's own batched create."""
        self.env["ir.config_parameter"].set_param(
            "bpo_crm_distributor_sync.web_lead_limit", str(self.settings["leads"])
        )
        figures = [self.web_lead_round(number) for number in range(rounds)]
        report(
            figure="leads",
            ms=statistics.median(figure["ms"] for figure in figures),
            core_ms=statistics.median(figure["core_ms"] for figure in figures),
            ratio=statistics.median(figure["ratio"] for figure in figures),
            sql=max(figure["sql"] for figure in figures),
            requests=max(figure["requests"] for figure in figures),
            leads=figures[0]["leads"],
        )

    def web_lead_round(self, number):
        count = self.settings["leads"]
        models = ("cheryweb.quotation", "cherywebsite.test.drive")
        for model in models:
            ids = self.admin.call(model, "search", [])
            self.admin.call(model, "write", ids, {"status": "new"})
        imported = self.env["distributor.web.lead"].search([])
        imported.lead_id.unlink()
        imported.unlink()
        self.env.cr.commit()
        # The context of a user who presses New or imports a file: Odoo's default.
        leads = self.env(context={})["crm.lead"]
        values = [
            {
                "name": f"Person {number}-{lead} · Vehicle",
                "contact_name": f"Person {lead}",
                "email_from": f"person{lead}@example.com",
                "phone": f"+63917555{lead:04d}",
                "city": "Manila",
                "type": "opportunity",
                "description": "Please send a quotation, thank you po.",
            }
            for lead in range(count)
        ]
        with Measure(self.env.cr) as core:
            for start in range(0, count, 100):
                leads.create(values[start : start + 100])
                self.env.cr.commit()
        run = self.env["distributor.sync.run"]._queue(self.brand, "lead")
        self.env.cr.commit()
        self.env.invalidate_all()
        with Measure(self.env.cr) as measure:
            run._process()
        assert run.state == "done" and run.created, run.message
        ours, core_each = measure.seconds / run.created, core.seconds / count
        return {
            "ms": ours * 1000,
            "core_ms": core_each * 1000,
            "ratio": ours / core_each,
            "sql": measure.queries / run.created,
            "requests": run.requests,
            "leads": run.created,
        }
