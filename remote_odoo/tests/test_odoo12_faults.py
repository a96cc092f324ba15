"""What a real Odoo 12 answers when it refuses, and what we make of it."""

import json
import xmlrpc.client

from odoo.tests import tagged

from ..errors import Denied, Rejected, Unreachable
from . import odoo12_faults as odoo12
from .client_common import PROTOCOLS, ClientCase


@tagged("post_install", "-at_install")
class TestOdoo12Faults(ClientCase):
    def error(self, sample, protocol):
        """Return what the client raises for this reply of a server."""
        if protocol == "jsonrpc":
            reply = json.dumps({"jsonrpc": "2.0", "id": 1, "error": sample.error()})
        else:
            fault = xmlrpc.client.Fault(sample.code, sample.text)
            reply = xmlrpc.client.dumps(fault, methodresponse=True)
        client = self.client(self.serve(reply.encode()), protocol=protocol)
        with self.assertRaises((Denied, Rejected, Unreachable)) as caught:
            client.call("res.thing", "do")
        return caught.exception

    def check(self, kind, sentence, *samples, what=None):
        """Each sample by each protocol is this kind of error with this very text."""
        for sample in samples:
            for protocol in PROTOCOLS:
                with self.subTest(sample=sample.message[:40], protocol=protocol):
                    error = self.error(sample, protocol)
                    self.assertIs(type(error), kind)
                    self.assertEqual(str(error), sentence)
                    self.assertEqual(getattr(error, "what", None), what)

    def test_rights(self):
        self.check(
            Denied,
            "Access Denied: the account has no rights on model cheryweb.quotation in "
            "the other Odoo.",
            odoo12.NO_RIGHT,
            what="model",
        )
        self.check(
            Denied,
            "Access Denied: a rule of the other Odoo keeps the account from these "
            "records (Web).",
            odoo12.RECORD_RULE,
            what="model",
        )

    def test_what_is_not_there(self):
        start = "The other Odoo does not know this method"
        end = "its addon is missing or older."
        self.check(
            Denied, f"{start} (_nope): {end}", odoo12.PRIVATE_METHOD, what="model"
        )
        self.check(
            Denied, f"{start} (has_access): {end}", odoo12.NO_METHOD, what="model"
        )
        self.check(
            Denied,
            "The other Odoo has no model no.such: an addon is missing there.",
            odoo12.NO_MODEL,
            what="model",
        )

    def test_sentences(self):
        """One line, without brackets, escaped line feeds or the word None."""
        for sample in (
            odoo12.MISSING,
            odoo12.VALIDATION,
            odoo12.MANDATORY,
            odoo12.NO_SENDER,
            odoo12.WRONG_VALUE,
            odoo12.UNKNOWN_FIELD,
        ):
            self.check(Rejected, " ".join(sample.arguments[0].split()), sample)

    def test_login(self):
        self.check(
            Denied,
            "Access Denied: the other Odoo does not accept this user name with this "
            "password or API key (wrong, or expired).",
            odoo12.WRONG_PASSWORD,
            what="login",
        )
        self.check(
            Denied,
            "Access Denied: this account no longer exists.",
            odoo12.NO_ACCOUNT,
            what="login",
        )

    def test_database(self):
        self.check(
            Denied, "Database not found: nodb.", odoo12.NO_DATABASE, what="database"
        )
        self.check(
            Denied,
            "This database there is not one of an Odoo.",
            odoo12.NO_ODOO,
            odoo12.NO_TABLE,
            odoo12.NO_MODULE_TABLE,
            what="database",
        )
        self.check(
            Unreachable,
            "The database of the other Odoo is busy or down, is being upgraded, or is "
            "of another version than the Odoo that answers.",
            odoo12.OTHER_VERSION,
        )
        self.check(
            Unreachable,
            "The other Odoo is still loading this database.",
            odoo12.NOT_LOADED,
        )
