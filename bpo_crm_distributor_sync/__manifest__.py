{
    "name": "BPO CRM: Distributor Sync",
    "version": "1.0.0",
    "category": "Sales/CRM",
    "summary": "Pulls vehicle models, dealers and web leads from a distributor's Odoo",
    "author": "Vehicle CRM contributors",
    "license": "LGPL-3",
    "depends": ["bpo_crm"],
    "data": [
        "security/ir.model.access.csv",
        "data/ir_cron_data.xml",
        "views/distributor_sync_issue_views.xml",
        "views/distributor_sync_run_views.xml",
        "views/distributor_web_lead_views.xml",
        "views/crm_brand_views.xml",
        "views/crm_vehicle_model_views.xml",
        "views/crm_dealership_views.xml",
        "views/res_config_settings_views.xml",
        "views/menus.xml",
    ],
    "assets": {
        "web.assets_backend": ["bpo_crm_distributor_sync/static/src/**/*"],
    },
}
