{
    "name": "Remote Odoo: fixture",
    "summary": "An owner and a sender, for the tests of remote_odoo; never installed "
    "by people",
    "version": "1.0.0",
    "category": "Hidden",
    "author": "Vehicle CRM contributors",
    "license": "LGPL-3",
    "depends": ["remote_odoo"],
    "data": [
        "security/groups.xml",
        "security/ir.model.access.csv",
    ],
}
