"""Every public method x every role x every kind of record.

Nothing is said of a record that its caller may not read, and missing, foreign and other
companies' records answer alike. What each role gets is kept in a table.
"""

from odoo.tests import TransactionCase, tagged

from . import access_table
from .access_calls import answer, definitions, is_model_method, public_methods
from .access_world import LEADS, ROLES, SECRETS, AccessWorld

LEAD = "crm.lead"
# Wizards: what they are about, the field for it, and what else a new one needs. The
# core's own is not ours to check when it is made.
WIZARDS = {
    "crm.lead.log.call": (LEAD, "lead_id", {}),
    "crm.lead.mark.lost": (LEAD, "lead_ids", {}),
    "crm.lead.lost": (LEAD, "lead_ids", {}),
    "crm.lead.override": (LEAD, "lead_id", {"decision": "won", "reason": "x"}),
    "crm.lead.endorse.withdraw": (LEAD, "lead_id", {"reason": "x"}),
    "crm.lead.decline": (LEAD, "lead_id", {"reason": "x"}),
    "bpo.crm.discrepancy.ignore": (
        "bpo.crm.discrepancy",
        "discrepancy_ids",
        {"reason": "x"},
    ),
}
CORE = "crm.lead.lost"
# A colleague was faster: whose lead it would have become is told who.
FASTER = (f"{LEAD}.action_claim", "others")


@tagged("post_install", "-at_install")
class TestAccess(AccessWorld, TransactionCase):
    maxDiff = None

    def test_all_are_declared(self):
        """A new public method is declared, so that all share one rule."""
        for model, name in public_methods(self.env):
            for function in definitions(type(self.env[model]), name):
                with self.subTest(method=f"{model}.{name}"):
                    self.assertTrue(
                        hasattr(function, "_remote_odoo_public"),
                        f"{function.__module__}.{function.__qualname__} can be called "
                        "by RPC: decorate it with remote_odoo.public.public, or begin "
                        "its name with an underscore.",
                    )

    def test_table_of_leads(self):
        self.check_leads("leads", self.lead_calls())

    def test_table_of_wizards(self):
        self.check_leads("wizards", self.lead_wizard_calls())

    def check_leads(self, name, calls):
        table, wrong, readable = {}, [], self.readable_leads()
        for method, call in calls:
            for role in ROLES:
                row = {kind: call(role, kind) for kind in LEADS}
                wrong += self.complaints(method, role, row, readable)
                outcomes = {kind: outcome for kind, (outcome, _text) in row.items()}
                table[method, role] = outcomes
        self.assertFalse(wrong[:5], f"{len(wrong)} in all")
        self.compare(name, table)

    def lead_calls(self):
        """Yield ``(name, function of role and kind)`` for the methods of leads."""
        for model, name in public_methods(self.env):
            if model == LEAD and not is_model_method(self.env[LEAD], name):

                def call(role, kind, name=name):
                    lead = self.lead(role, kind)
                    return answer(lead.browse(), name, ids=lead.ids)

                yield f"{model}.{name}", call

    def lead_wizard_calls(self):
        """Yield ``(name, function of role and kind)`` for wizards about a lead."""
        for model, (about, *_rest) in WIZARDS.items():
            if about == LEAD:
                for name, function in self.wizard_calls(model):

                    def call(role, kind, function=function):
                        return function(role, self.lead(role, kind))

                    yield f"{model}.{name}", call

    def wizard_calls(self, model):
        """Yield ``(name, function of role and record)``: how a wizard is made, what
        its form is told before, and its own methods."""
        _about, field, values = WIZARDS[model]
        many = self.env[model]._fields[field].type == "many2many"

        def vals(record):
            return {**values, field: [(6, 0, record.ids)] if many else record.id}

        def wizards(role):
            return self.env[model].with_user(self.users[role])

        def create(role, record):
            return answer(wizards(role), "create", [vals(record)])

        def onchange(role, record):
            spec = {field: {"fields": {"display_name": {}}}}
            return answer(wizards(role), "onchange", [vals(record), [], spec])

        if model != CORE:
            yield "create", create
            yield "onchange", onchange
        for of_model, name in public_methods(self.env):
            if of_model == model:

                def call(role, record, name=name):
                    if not record.exists():  # nor can a wizard about it
                        return answer(wizards(role), name, ids=[2**30])
                    made = wizards(role).sudo().create(vals(record)).sudo(False)
                    return answer(made.browse(), name, ids=made.ids)

                yield name, call

    def complaints(self, method, role, row, readable):
        """Of leads that the role may not read, one answer and no word."""
        hidden, wrong = {}, []
        for kind, (outcome, text) in row.items():
            if (role, kind) in readable:
                continue
            words = set(SECRETS)
            if (method, kind.partition("_")[2]) == FASTER:
                words.discard("Owner of")
            else:
                hidden[kind] = outcome, text
            if any(word in text for word in words):
                wrong.append(f"{method} {role} {kind} says: {text}")
        if len(set(hidden.values())) > 1:
            wrong.append(f"{method} {role} answers not alike: {hidden}")
        return wrong

    def readable_leads(self):
        """Return the ``(role, kind)`` whose lead Odoo itself lets the role read."""
        return {
            (role, kind)
            for role in ROLES
            for kind in LEADS
            for lead in self.lead(role, kind).exists()
            if lead.has_access("read")
        }

    def test_table_of_others(self):
        table = {}
        for method, call in self.other_calls():
            for role in ROLES:
                table[method, role] = call(role)
        self.compare("others", table)

    def other_calls(self):
        """Yield ``(name, function of role)`` for what is not about leads."""
        for model, name in public_methods(self.env):
            method = f"{model}.{name}"
            if is_model_method(self.env[model], name):

                def call(role, model=model, name=name):
                    records = self.env[model].with_user(self.users[role])
                    return {"known": answer(records, name)[0]}

                yield method, call
            elif model not in WIZARDS and model != LEAD:
                self.assertIn(model, self.others, f"Add a record to call {method} on.")

                def call(role, model=model, name=name):
                    records = self.env[model].with_user(self.users[role])
                    return {
                        kind: answer(records, name, ids=record.ids)[0]
                        for kind, record in self.others[model].items()
                    }

                yield method, call
        for model, (about, *_rest) in WIZARDS.items():
            if about != LEAD:
                for name, function in self.wizard_calls(model):

                    def call(role, about=about, function=function):
                        return {
                            kind: function(role, record)[0]
                            for kind, record in self.others[about].items()
                        }

                    yield f"{model}.{name}", call

    def compare(self, name, table):
        broken = {
            (method, role, kind): outcome
            for (method, role), row in table.items()
            for kind, outcome in row.items()
            if outcome not in ("ok", "hidden", "denied", "refused")
        }
        self.assertFalse(broken)
        if access_table.WRITE:
            access_table.write(name, table)
        kept = access_table.read(name)
        columns = access_table.COLUMNS[name]
        found = {
            key: {column: row.get(column, "") for column in columns}
            for key, row in table.items()
        }
        self.assertEqual(
            found, kept, f"Is it meant? {access_table.__doc__.splitlines()[-1]}"
        )
