"""Each failure of an Odoo: which error, and a sentence without a traceback."""

from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.tests import tagged

from ..errors import Denied, Rejected, Unreachable
from .client_common import PROTOCOLS, ClientCase
from .fake_odoo import Fault


@tagged("post_install", "-at_install")
class TestFaults(ClientCase):
    def check(self, error, text, function, **kwargs):
        for protocol in PROTOCOLS:
            for series in ("12.0", "18.0", "19.0"):
                self.fake.series = series
                with self.subTest(protocol=protocol, series=series):
                    with self.assertRaises(error) as caught:
                        function(self.client(protocol=protocol, **kwargs))
                    self.assertIn(text, str(caught.exception))
                    for word in ("Traceback", "File ", "\n", "secret"):
                        self.assertNotIn(word, str(caught.exception))
                    last = caught.exception
        return last

    def raising(self, error):
        def handler(*args, **kwargs):
            raise error

        self.fake.on("res.thing", "fail", handler)
        return lambda client: client.call("res.thing", "fail")

    def test_login(self):
        """A40, A52: wrong password, expired key."""
        error = self.check(
            Denied, "Access Denied", lambda c: c.authenticate(), password="wrong"
        )
        self.assertEqual(error.what, "login")
        error = self.check(
            Denied, "Access Denied", lambda c: c.call("res.thing", "do"), password="no"
        )
        self.assertEqual(error.what, "login")

    def test_database(self):
        error = self.check(
            Denied, "Database not found: nodb", lambda c: c.authenticate(), db="nodb"
        )
        self.assertEqual(error.what, "database")

    def test_rights(self):
        for text in (
            "You are not allowed to access 'Thing' (res.thing) records.\n\nThis "
            "operation is allowed for the following groups:\n\t- Settings",
            "Sorry, you are not allowed to access this document. Please contact your "
            "administrator.\n\n(Document model: res.thing)",
        ):
            error = self.check(
                Denied, "no rights on model res.thing", self.raising(AccessError(text))
            )
            self.assertEqual(error.what, "model")

    def test_missing_model_and_method(self):
        error = self.check(
            Denied, "no model no.model", lambda c: c.call("no.model", "read", [])
        )
        self.assertEqual(error.what, "model")
        error = self.check(
            Denied, "does not know this method", lambda c: c.call("res.thing", "nope")
        )
        self.assertEqual(error.what, "model")

    def test_rejected_keeps_the_sentence(self):
        """The sentence of the peer is kept verbatim, its traceback is not."""
        for error, text in (
            (UserError("Unknown brand FOTON"), "Unknown brand FOTON"),
            (ValidationError("Not a good name."), "Not a good name."),
            (MissingError("Record does not exist."), "Record does not exist."),
            (
                ValueError("Wrong value for cheryweb.quotation.status: 'synced'"),
                "Wrong value for cheryweb.quotation.status: 'synced'",
            ),
            (
                ValueError("Invalid field 'nofield' on model 'res.thing'"),
                "Invalid field 'nofield' on model 'res.thing'",
            ),
        ):
            self.check(Rejected, text, self.raising(error))

    def test_rejected_hides_people_and_secrets(self):
        self.check(
            Rejected,
            "Bad: … or … with ***",
            self.raising(
                UserError("Bad: juan@example.com or +63 917 555 0101 with secret")
            ),
        )

    def test_integrity(self):
        error = Fault(
            "psycopg2.IntegrityError",
            'null value in column "x" of relation "res_partner"\n'
            "DETAIL:  Failing row contains (1, Juan dela Cruz).",
        )
        error = self.check(Rejected, "missing, not unique", self.raising(error))
        self.assertNotIn("Juan", str(error))

    def test_database_busy(self):
        for name in (
            "psycopg2.OperationalError",
            "psycopg2.errors.SerializationFailure",
            "psycopg2.extensions.TransactionRollbackError",
            "psycopg2.extensions.QueryCanceledError",
            "psycopg2.errors.AdminShutdown",
            "psycopg2.errors.ReadOnlySqlTransaction",
            "odoo.exceptions.ConcurrencyError",
            "odoo.sql_db.PoolError",
        ):
            self.check(
                Unreachable, "busy or down", self.raising(Fault(name, "could not …"))
            )

    def test_database_being_upgraded(self):
        """A column that is not there yet: nothing is wrong with what was sent."""
        for name in (
            "psycopg2.errors.UndefinedColumn",
            "psycopg2.errors.UndefinedTable",
            "psycopg2.ProgrammingError",
            "psycopg2.InternalError",
            "psycopg2.InterfaceError",
        ):
            fault = Fault(name, 'column "x" does not exist\nLINE 1: Juan dela Cruz')
            error = self.check(Unreachable, "being upgraded", self.raising(fault))
            self.assertNotIn("Juan", str(error))

    def test_values_that_a_database_refuses(self):
        for name in (
            "UniqueViolation",
            "ForeignKeyViolation",
            "CheckViolation",
            "NumericValueOutOfRange",
            "StringDataRightTruncation",
            "InvalidTextRepresentation",
        ):
            fault = Fault(f"psycopg2.errors.{name}", "no: Juan dela Cruz")
            error = self.check(Rejected, "of a wrong kind", self.raising(fault))
            self.assertNotIn("Juan", str(error))

    def test_database_that_comes_back(self):
        """Starting, restarting, full: not a wrong name, and nobody need act."""
        for text in (
            "FATAL:  the database system is starting up",
            "FATAL:  the database system is shutting down",
            "FATAL:  sorry, too many clients already",
            "FATAL:  remaining connection slots are reserved for roles",
            "FATAL:  terminating connection due to administrator command",
        ):
            error = Fault("psycopg2.OperationalError", f"connection failed: {text}\n")
            self.check(Unreachable, "busy or down", self.raising(error))
        error = Fault("psycopg2.OperationalError", "FATAL:  no existe la base «x»\n")
        error = self.check(Denied, "cannot open", self.raising(error))
        self.assertEqual(error.what, "database")

    def test_odoo_12_exception(self):
        """Odoo 12 answers a ValidationError as code 1 with ("text", None)."""
        self.fake.series = "12.0"
        handler = self.raising(ValidationError('The plate\'s "code" is wrong'))
        with self.assertRaises(Rejected) as caught:
            handler(self.client())
        self.assertEqual(str(caught.exception), 'The plate\'s "code" is wrong')

    def test_account_gone(self):
        """A kept uid whose account was deleted asks for a login, and no other."""
        text = "Record does not exist or has been deleted.\n(Record: res.users({}), …)"
        handler = self.raising(MissingError(text.format("7,")))
        self.check(Denied, "no longer exists", handler)
        handler = self.raising(MissingError(text.format("8,")))
        self.check(Rejected, "does not exist", handler)
