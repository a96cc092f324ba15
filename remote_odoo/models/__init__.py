from . import (
    remote_odoo,
    remote_odoo_check,
    remote_odoo_health,
    remote_odoo_message,
    remote_odoo_outbox,
    remote_odoo_owner,
    remote_odoo_sender,
    res_config_settings,
    res_groups,
    res_users,
)
