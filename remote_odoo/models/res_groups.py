from odoo import models


class ResGroups(models.Model):
    _inherit = "res.groups"

    def _show_in_category(self, category_id):
        """Show these groups, lowest first, as one choice on the user form.

        Called from the data of an addon; 18.0 and 19.0 keep it in other fields.
        """
        if "category_id" in self._fields:  # 18.0
            self.category_id = category_id
            return
        privileges = self.env["res.groups.privilege"]
        category = self.env["ir.module.category"].browse(category_id)
        self.privilege_id = privileges.search(
            [("category_id", "=", category.id)], limit=1
        ) or privileges.create({"name": category.name, "category_id": category.id})
