{
    "name": "Dealer CRM BPO Bridge",
    "version": "1.1.0",
    "category": "Sales/CRM",
    "summary": "Take over leads that a BPO endorses, and report Won and Lost back",
    "author": "Vehicle CRM contributors",
    "license": "LGPL-3",
    "depends": ["dealer_crm", "remote_odoo"],
    "data": [
        "security/dealer_crm_bpo_bridge_groups.xml",
        "security/ir.model.access.csv",
        "data/ir_cron.xml",
        "wizard/crm_lead_decline_views.xml",
        "wizard/bpo_crm_discrepancy_ignore_views.xml",
        "views/bpo_crm_connection_views.xml",
        "views/bpo_crm_discrepancy_views.xml",
        "views/crm_lead_views.xml",
        "views/dealer_crm_bpo_bridge_menus.xml",
    ],
    "assets": {
        "web.assets_tests": ["dealer_crm_bpo_bridge/static/tests/tours/*.js"],
    },
    "uninstall_hook": "uninstall_hook",
}
