"""Whatever is sent to a public method, a sentence comes back and never a traceback."""

import inspect

from odoo import Command
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.remote_odoo.tests.common import RpcMixin

from .access_calls import HIDDEN, answer, is_model_method, public_methods
from .access_world import AccessWorld

IDS = (
    [],
    ["x"],
    ["1"],
    [None],
    [True],
    [0],
    [-1],
    [2**31],
    [2**63],
    [1.5],
    [[1]],
    [{"id": 1}],
)
VALUES = (["x"], {"a": 1}, 5, 1.5, True, "a\0b", "x" * 200_000, [[]], 2**70)
COMPANIES = ("abc", 5, [None], ["x"], [[1]], {"a": 1}, [2**40], [True], 1.5, [0], [-1])
CONTEXTS = (
    *({"allowed_company_ids": value} for value in COMPANIES),
    {"lang": ["x"]},
    {"lang": 5},
    {"lang": "xx_XX"},
    {"tz": ["x"]},
    {"tz": 5},
    {"tz": "Mars/Olympus"},
    {"active_id": "x", "active_ids": "x", "active_model": 5},
    {"search_default_open": [1]},
)


@tagged("post_install", "-at_install")
class TestArguments(AccessWorld, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Who gets furthest: manager of both apps.
        boss, other = cls.users["bpo_manager"], cls.users["dealer_admin"]
        groups = "group_ids" if "group_ids" in boss._fields else "groups_id"
        boss[groups] = [Command.link(group.id) for group in other[groups]]
        cls.boss = boss

    def records(self, model):
        """The records of a model to call a method on, as ids of each call."""
        if model == "crm.lead":
            kinds = ("bpo_own", "dealer_own")
            return [self.lead("bpo_manager", kind).ids for kind in kinds]
        known = self.others.get(model, {}).get("known")
        return [known.ids] if known else []

    def check(self, calls):
        found = {}
        for method, model, name, args, kwargs, ids in calls:
            records = self.env[model].with_user(self.boss)
            outcome, _text = answer(records, name, args, kwargs, ids)
            if outcome not in ("ok", "hidden", "denied", "refused"):
                found[method, repr((ids, args, kwargs))[:90]] = outcome
        self.assertFalse(found)

    def test_ids(self):
        self.check(
            (f"{model}.{name}", model, name, (), {}, ids)
            for model, name in public_methods(self.env)
            if not is_model_method(self.env[model], name)
            for ids in IDS
        )

    def test_contexts(self):
        self.check(
            (f"{model}.{name}", model, name, (), {"context": context}, ids)
            for model, name in public_methods(self.env)
            for ids in self.records(model)
            for context in CONTEXTS
        )

    def test_values(self):
        self.check(
            (f"{model}.{name}", model, name, (), {argument: value}, ids)
            for model, name in public_methods(self.env)
            for argument in self.arguments(model, name)
            for ids in self.records(model)
            for value in VALUES
        )

    def arguments(self, model, name):
        """The arguments that a method has, one of any name, and one that none has."""
        method = getattr(type(self.env[model]), name)
        for argument, parameter in inspect.signature(method).parameters.items():
            if argument != "self":
                any_name = parameter.kind is inspect.Parameter.VAR_KEYWORD
                yield "lost_reason_id" if any_name else argument
        yield "nonsense"

    def test_too_many(self):
        self.check(
            (f"{model}.{name}", model, name, ("x",) * 9, {}, ids)
            for model, name in public_methods(self.env)
            for ids in self.records(model)
        )


@tagged("post_install", "-at_install")
class TestAccessHttp(RpcMixin, AccessWorld, HttpCase):
    """A sample of it over real HTTP, as another Odoo or a script would call."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.callers = {
            "agent": new_test_user(
                cls.env, "http_agent", groups="bpo_crm.bpo_crm_group_agent"
            ),
            "portal": new_test_user(cls.env, "http_portal", groups="base.group_portal"),
        }
        cls.env.flush_all()

    @mute_logger("odoo.http", "odoo.sql_db")
    def error(self, role, method, ids, *args, **kwargs):
        arguments = [ids, *args]
        reply = self.json_rpc(
            self.callers[role], "crm.lead", method, arguments, kwargs
        ).json()
        return reply["error"]["data"]

    def test_one_answer_for_all_that_is_unknown(self):
        unknown = ("bpo_company", "dealer_unclaimed", "ordinary", "missing")
        for role in self.callers:
            for method in ("action_claim", "action_mark_won", "action_view_calls"):
                errors = [
                    self.error(role, method, self.shared[kind].ids) for kind in unknown
                ]
                with self.subTest(role=role, method=method):
                    self.assertEqual(
                        {error["name"] for error in errors},
                        {"odoo.exceptions.AccessError"},
                    )
                    (text,) = {error["message"] for error in errors}
                    self.assertTrue(text.startswith(HIDDEN))

    def test_arguments(self):
        lead = self.shared["bpo_unclaimed"]
        for method, args, kwargs, name in (
            ("action_withdraw_endorsement", [["x"]], {}, "ValidationError"),
            ("action_withdraw_endorsement", ["x", "y"], {}, "ValidationError"),
            ("action_mark_lost", [{"a": 1}], {}, "ValidationError"),
            (
                "action_claim",
                [],
                {"context": {"allowed_company_ids": "abc"}},
                "AccessError",
            ),
            ("action_claim", [], {"context": {"lang": ["x"]}}, "ValidationError"),
        ):
            with self.subTest(method=method, args=args, kwargs=kwargs):
                error = self.error("agent", method, lead.ids, *args, **kwargs)
                self.assertEqual(error["name"], f"odoo.exceptions.{name}")
        error = self.error("agent", "action_claim", ["x"])
        self.assertTrue(error["message"].startswith(HIDDEN))
