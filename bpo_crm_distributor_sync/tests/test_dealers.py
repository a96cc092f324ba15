from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import SyncCase

DEALERS = "action_sync_dealers"
SERVICE = "bpo_crm.bpo_crm_group_dealer_service"


class TestDealers(SyncCase):
    def dealerships(self):
        sources = self.env["crm.dealership.source"].search(
            [("brand_id", "=", self.brand.id)], order="remote_id"
        )
        return sources.dealership_id

    def test_a_contact_becomes_a_dealership(self):  # B20 B21 B23 B24 B25 B26 A04
        self.fake.dealer(
            name="Manila",
            dealer_name="SYNC-M",
            phone="(02) 8555-0101",
            mobile="0917 555 0101",
            email="manila@example.com",
            street="1 Rizal Avenue",
            city="Manila",
            dealer_gm="Mayumi Lakandula",
            dealer_gm_email="gm@example.com",
        )
        self.fake.add("res.partner", name="A customer", chery_dealer=False)
        self.assertEqual(
            self.sync(DEALERS),
            ("success", "Dealers: 1 created, 0 updated, 0 unchanged."),
        )  # B29
        self.assertRecordValues(
            self.dealerships(),
            [
                {
                    "name": "Manila",
                    "code": "SYNC-M",
                    "phone": "(02) 8555-0101",
                    "mobile": "0917 555 0101",
                    "email": "manila@example.com",
                    "street": "1 Rizal Avenue",
                    "city": "Manila",
                    "manager_name": "Mayumi Lakandula",
                    "manager_email": "gm@example.com",
                    "brand_ids": self.brand.ids,
                }
            ],
        )
        domain, _fields = self.fake.searches("res.partner")[0]
        self.assertEqual(domain[0], ["chery_dealer", "=", True])  # B18
        self.assertTrue(self.brand.distributor_last_dealer_sync)  # A51 B30
        self.assertFalse(self.brand.distributor_last_sync)

    def test_a_second_sync_doubles_nothing(self):  # B19
        for number in range(3):
            self.fake.dealer(name=f"Branch {number}", dealer_name=f"B{number}")
        self.sync(DEALERS)
        self.assertEqual(
            self.sync(DEALERS)[1], "Dealers: 0 created, 0 updated, 3 unchanged."
        )
        self.assertEqual(len(self.dealerships()), 3)

    def test_codes(self):  # B09 B21 B22
        first = self.fake.dealer(dealer_name="SYNC-MNL")
        second = self.fake.dealer(dealer_name="SYNC-MNL")
        third = self.fake.dealer(dealer_name=False)
        self.env["crm.dealership"].create({"name": "By hand", "code": "SYNC-CEBU"})
        fourth = self.fake.dealer(dealer_name="SYNC-CEBU")
        codes = [
            "SYNC-MNL",
            f"SYNC-MNL-{second}",
            f"DIST-{third}",
            f"SYNC-CEBU-{fourth}",
        ]
        for _sync in range(2):  # stable
            self.sync(DEALERS)
            self.assertEqual(self.dealerships().mapped("code"), codes, first)

    def test_same_id_at_two_distributors(self):  # B22
        other_fake = self.start(type(self.fake)(db="other"))
        other = self.make_brand("SYNCO", other_fake)
        mine = self.fake.dealer(dealer_name=False)
        self.assertEqual(other_fake.dealer(dealer_name=False), mine)
        self.sync(DEALERS)
        self.sync(DEALERS, brand=other)
        self.assertEqual(self.dealerships().code, f"DIST-{mine}")
        theirs = self.env["crm.dealership.source"].search([("brand_id", "=", other.id)])
        self.assertEqual(theirs.dealership_id.code, f"DIST-{mine}-{mine}")

    def test_own_code_and_own_brands_survive(self):  # B26 B58
        row_id = self.fake.dealer(dealer_name="SYNC-M", phone="1")
        self.sync(DEALERS)
        dealership = self.dealerships()
        other = self.env["crm.brand"].create({"name": "Other", "code": "SYNCX"})
        dealership.with_user(self.manager).write(
            {"code": "OUR-OWN", "brand_ids": [(4, other.id)], "active": False}
        )
        self.fake.change("res.partner", row_id, phone="2")
        self.sync(DEALERS)
        self.env.invalidate_all()
        self.assertRecordValues(
            dealership,
            [{"code": "OUR-OWN", "phone": "2", "active": False}],
        )
        self.assertEqual(dealership.brand_ids, self.brand | other)

    def test_an_edit_by_hand_is_overwritten(self):
        self.fake.dealer(dealer_name="SYNC-M", city="Manila")
        self.sync(DEALERS)
        self.dealerships().with_user(self.supervisor).city = "Pasig"
        self.sync(DEALERS)
        self.assertEqual(self.dealerships().city, "Manila")

    def test_one_bad_dealer_does_not_stop_the_rest(self):  # B27 B28
        self.fake.dealer(name="First", dealer_name="F1")
        bad = self.fake.dealer(name=False, dealer_name="F2")
        self.fake.dealer(name="Third", dealer_name="F3")
        with self.assertLogs(
            "odoo.addons.bpo_crm_distributor_sync.sync.dealers", "WARNING"
        ) as logs:
            kind, message = self.sync(DEALERS)
        self.assertIn("Failed to sync dealer '", logs.output[0])
        self.assertIn(f"id {bad}", logs.output[0])
        self.assertEqual(self.dealerships().mapped("code"), ["F1", "F3"])
        self.assertIn("2 created", message)
        self.assertIn("1 failed", message)
        self.assertIn("2 unchanged, 1 failed", self.sync(DEALERS)[1])

    def test_no_flag_there_means_no_dealers(self):  # R27: never all contacts
        del self.fake.fields["res.partner"]["chery_dealer"]
        self.fake.add("res.partner", name="A customer")
        kind, message = self.sync(DEALERS)
        self.assertEqual(kind, "danger")
        self.assertIn("chery_dealer", message)
        self.assertFalse(self.dealerships())

    def test_merged_branch_stays_one(self):  # R18
        other_fake = self.start(type(self.fake)(db="other"))
        other = self.make_brand("SYNCO", other_fake)
        self.fake.dealer(name="Manila", dealer_name="SYNC-M")
        their_id = other_fake.dealer(name="Manila", dealer_name="SYNC-M")
        self.sync(DEALERS)
        self.sync(DEALERS, brand=other)
        mine = self.dealerships()
        theirs = self.env["crm.dealership"].search(
            [("code", "=", f"SYNC-M-{their_id}")]
        )
        action = (mine | theirs).with_user(self.manager).action_merge()
        self.assertEqual(action["res_id"], mine.id)
        self.env.invalidate_all()
        self.assertFalse(theirs.active)
        self.assertEqual(mine.brand_ids, self.brand | other)
        self.assertEqual(mine.source_ids.brand_id, self.brand | other)
        other_fake.change("res.partner", their_id, phone="0917 555 0199")
        self.assertIn("0 created, 1 updated", self.sync(DEALERS, brand=other)[1])
        self.assertEqual(mine.phone, "0917 555 0199")

    def test_merge_is_for_managers(self):
        two = self.env["crm.dealership"].create(
            [{"name": "A", "code": "MERGE-A"}, {"name": "B", "code": "MERGE-B"}]
        )
        for user in (self.supervisor, self.agent):
            with self.assertRaises(AccessError):
                two.with_user(user).action_merge()

    def two_branches(self, **values):
        """The same branch of two distributors: the second has a dealer's Odoo."""
        service = new_test_user(
            self.env, "merge_service", groups=f"base.group_portal,{SERVICE}"
        )
        mine, theirs = self.env["crm.dealership"].create(
            [
                {"name": "A", "code": "MERGE-A", "brand_ids": [self.brand.id]},
                {
                    "name": "B",
                    "code": "MERGE-B",
                    "brand_ids": [self.brand.id],
                    "handoff_mode": "endorse",
                    "service_user_id": service.id,
                    "odoo_url": "https://b.example.com",
                    "odoo_db": "b",
                    "odoo_username": "service",
                    "odoo_password": "secret",
                    **values,
                },
            ]
        )
        return mine, theirs, service

    def endorsed_to(self, dealership):
        lead = self.env["crm.lead"].create(
            {
                "name": "Ana",
                "contact_name": "Ana",
                "mobile": "0917 555 0101",
                "pipeline": "bpo",
                "type": "opportunity",
                "user_id": self.agent.id,
                "brand_id": self.brand.id,
                "dealership_id": dealership.id,
            }
        )
        lead._set_step("qualified")
        lead.with_user(self.agent).action_endorse()
        return lead

    def test_merge_takes_over_endorsements_and_the_service_account(self):
        mine, theirs, service = self.two_branches()
        lead = self.endorsed_to(theirs)
        key = lead.endorsement_key
        lead.with_user(self.agent).action_withdraw_endorsement("first")
        remote = theirs.sudo().remote_id
        (mine | theirs).with_user(self.manager).action_merge()
        self.env.invalidate_all()
        self.assertFalse(theirs.active or theirs.service_user_id)
        self.assertEqual(mine.service_user_id, service)
        self.assertEqual(mine.handoff_mode, "endorse")
        self.assertEqual(mine.sudo().remote_id, remote)
        self.assertFalse(theirs.sudo().remote_id)
        self.assertEqual(lead.endorsement_dealership_id, mine)
        self.assertEqual(lead.withdrawal_ids.dealership_id, mine)
        # the dealer is still told, by the same account
        page = self.env["crm.lead"].with_user(service).endorsed_leads_for_dealer()
        self.assertEqual([row["endorsement_key"] for row in page["withdrawn"]], [key])

    def test_merge_is_refused_while_a_lead_is_at_the_dealer(self):
        mine, theirs, service = self.two_branches()
        lead = self.endorsed_to(theirs)
        with self.assertRaisesRegex(UserError, lead.code):
            (mine | theirs).with_user(self.manager).action_merge()
        self.assertTrue(theirs.active)
        self.assertEqual(theirs.service_user_id, service)
        self.assertEqual(lead.dealership_id, theirs)

    def test_merge_is_refused_with_two_service_accounts(self):
        mine, theirs, _service = self.two_branches()
        mine.service_user_id = new_test_user(
            self.env, "merge_other", groups=f"base.group_portal,{SERVICE}"
        )
        with self.assertRaisesRegex(UserError, "different service accounts"):
            (mine | theirs).with_user(self.manager).action_merge()
        self.assertTrue(theirs.active)

    def test_requests(self):
        for number in range(60):
            self.fake.dealer(name=f"Branch {number}", dealer_name=f"B{number}")
        self.brand.action_test_connection()
        self.fake.calls.clear()
        self.sync(DEALERS)
        self.assertEqual([call[1] for call in self.fake.calls], ["search_read"])
