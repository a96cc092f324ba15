import base64
import io

from PIL import Image

from .common import SyncCase

BROKEN = base64.b64encode(b"not a picture").decode()


def picture(color="red"):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), color).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


class TestPictures(SyncCase):
    def test_picture_comes_with_the_row(self):  # C25
        self.fake.unit(image=picture())
        self.fake.unit()
        self.sync()
        first, second = self.models()
        self.assertTrue(first.image_1920)
        self.assertFalse(second.image_1920)
        self.assertEqual(self.runs().images, 1)

    def test_bytes_of_a_picture_travel_once(self):
        row_id = self.fake.unit(image=picture())

        def fetched():
            return sum(
                f == ["image"] for _d, f in self.fake.searches("product.template")
            )

        self.sync()
        self.assertEqual(fetched(), 1)
        self.sync()
        self.assertEqual(fetched(), 1)
        self.fake.change("product.template", row_id, image=picture("blue"))
        self.sync()
        self.assertEqual(fetched(), 2)
        self.assertEqual(self.runs()[-1].images, 1)

    def test_a_moved_row_with_the_same_picture_does_not_write_it(self):
        row_id = self.fake.unit(image=picture())
        self.sync()
        attachment = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "crm.vehicle.model"),
                ("res_field", "=", "image_1920"),
                ("res_id", "=", self.models().id),
            ]
        )
        self.fake.change("product.template", row_id, name="Renamed")
        self.sync()
        self.assertEqual(self.runs()[-1].images, 0)
        self.assertTrue(attachment.exists())

    def test_picture_removed_there(self):
        row_id = self.fake.unit(image=picture())
        self.sync()
        self.fake.change("product.template", row_id, image=False)
        self.sync()
        self.assertFalse(self.models().image_1920)

    def test_broken_picture_does_not_fail_the_row(self):  # C25
        row_id = self.fake.unit(image=BROKEN)
        self.fake.unit(image=picture())
        kind, message = self.sync()
        self.assertIn("2 created", message)
        self.assertTrue(self.models()[1].image_1920)
        self.assertRecordValues(
            self.issues(), [{"kind": "image", "remote_id": row_id, "state": "open"}]
        )
        self.fake.tables["product.template"][row_id]["image"] = picture()
        self.issues().with_user(self.manager).action_retry()
        self.assertTrue(self.models()[0].image_1920)
        self.assertEqual(self.issues().state, "solved")

    def test_broken_picture_is_taken_away_there(self):
        row_id = self.fake.unit(image=BROKEN)
        self.sync()
        self.fake.change("product.template", row_id, image=False)
        self.sync()
        self.assertEqual(self.issues().state, "solved")

    def test_a_picture_is_not_blamed_for_a_bad_row(self):
        bad = self.fake.unit(name="Refused", image=picture())
        self.fake.unit(image=picture())
        with self.refusing("Refused"):
            self.sync()
        self.assertTrue(self.models().image_1920)
        self.assertRecordValues(
            self.issues(),
            [{"kind": "product", "remote_id": bad, "message": "Not this one."}],
        )

    def test_image_of_a_newer_odoo(self):
        fields = self.fake.fields["product.template"]
        fields["image_1920"] = fields.pop("image")
        row_id = self.fake.unit(image_1920=picture())
        self.sync()
        self.assertTrue(self.models().image_1920, row_id)
