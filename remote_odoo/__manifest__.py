{
    "name": "Remote Odoo",
    "summary": "Connections to other Odoo databases and an outbox of messages",
    "version": "1.0.0",
    "category": "Sales/CRM",
    "author": "Vehicle CRM contributors",
    "license": "LGPL-3",
    "depends": ["mail"],
    "external_dependencies": {"python": ["requests", "cryptography", "defusedxml"]},
    "data": [
        "security/remote_odoo_groups.xml",
        "security/ir.model.access.csv",
        "security/remote_odoo_security.xml",
        "data/mail_activity_type.xml",
        "data/ir_cron.xml",
    ],
}
