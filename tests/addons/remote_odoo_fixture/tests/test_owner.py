from .common import FixtureCase


class TestOwner(FixtureCase):
    def test_connection(self):
        action = self.peer.action_test_connection()
        self.assertEqual(action["params"]["type"], "success", action)
        self.assertTrue(self.peer.peer_connected)
        self.assertEqual(self.peer.learned, "18.0")
        found = self.peer.with_user(self.user).search([("peer_connected", "=", True)])
        self.assertIn(self.peer.id, found.ids)
