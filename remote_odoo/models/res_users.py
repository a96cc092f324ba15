from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _remote_owner_models(self):
        """Return the models whose connections this user manages (record rules)."""
        owner = self.env.registry["remote.odoo.owner"]
        return [
            name
            for name, cls in self.env.registry.items()
            if issubclass(cls, owner)
            and cls._remote_manager_group
            and self.has_group(cls._remote_manager_group)
        ]
