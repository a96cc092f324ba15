{
    "name": "Distributor (test fixture)",
    "summary": "Makes an Odoo look like a vehicle distributor, with seeded data",
    "version": "1.0.0",
    "category": "Hidden",
    "author": "Vehicle CRM contributors",
    "license": "LGPL-3",
    "depends": ["stock"],
    "data": [
        "security/distributor_fixture_groups.xml",
        "security/ir.model.access.csv",
        "views/distributor_views.xml",
    ],
}
