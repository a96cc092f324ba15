"""What another Odoo says is text, wherever people read it: never HTML."""

from markupsafe import escape

from odoo.addons.remote_odoo.errors import BadReply
from odoo.addons.remote_odoo.tests.common import Fault
from odoo.addons.remote_odoo.transport import status_error

from .common import FixtureCase

LINK = '<a href="https://evil.example.com/">Press here</a><img src="x">'


class TestWords(FixtureCase):
    def assert_text(self, html):
        self.assertIn(str(escape(LINK)), str(html).replace('"', "&#34;"))
        self.assertNotIn("<a ", str(html))
        self.assertNotIn("<img", str(html))

    def test_activity_of_a_connection(self):
        def refuse(domain):
            raise Fault("odoo.exceptions.UserError", LINK)

        self.fake.on("remote.note", "search_count", refuse)
        action = self.peer.action_test_connection()
        self.assert_text(self.remote.activity_ids.note)
        # Shown as text by the web client: these are no HTML.
        self.assertIn(LINK, action["params"]["message"])
        self.assertNotIn("links", action["params"])
        self.assertIn(LINK, self.remote.last_error)
        self.assertIn(LINK, self.remote.check_ids.filtered("detail")[-1].detail)
        for field in ("detail", "advice"):
            self.assertEqual(self.remote.check_ids._fields[field].type, "char")

    def test_activity_of_a_parked_connection(self):
        self.remote._note_contact(error=BadReply(LINK))
        self.assert_text(self.remote.activity_ids.note)

    def test_chatter_of_a_refused_message(self):
        note = self.make_note()
        note.action_send("k1", action="slow")  # has no hook for a failure
        self.refuse("odoo.exceptions.UserError", LINK)
        self.run_outbox()
        self.assertEqual(self.messages(note).last_error, LINK)
        self.assert_text(note.message_ids[0].body)

    def test_chatter_of_a_message_that_waits(self):
        note = self.make_note()
        note.action_send("k1", action="slow")
        message = self.messages(note)
        message.state = "sending"
        message._settle_error(note.sudo(), BadReply(LINK))
        self.assert_text(note.message_ids[0].body)
        self.assert_text(self.remote.activity_ids.note)

    def test_toast(self):
        self.refuse("odoo.exceptions.UserError", LINK)
        self.send("k1")
        self.run_outbox()
        self.env.cr.precommit.run()
        toast = self.env["bus.bus"].sudo().search([], order="id desc", limit=1)
        self.assertIn("Press here", toast.message)
        self.assertNotIn("message_is_html", toast.message)

    def test_redirect(self):
        """A header of 60 kB is a sentence of a line, and a broken one no mistake."""
        for location, said in (
            ("https://" + "a" * 60_000 + "/x", "a page"),
            ("http://[oops", "an address that is none"),
            ("/" + "x" * 60_000, "a page"),
            ("https://other.example.com/web", "https://other.example.com."),
        ):
            error = status_error(302, location)
            self.assertIsInstance(error, BadReply)
            self.assertIn(said, str(error))
            self.assertLess(len(str(error)), 400)
