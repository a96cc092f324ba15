{
    "name": "Vehicle CRM suite: fixture",
    "summary": "All addons in one database, for the tests of who may do what; never "
    "installed by people",
    "version": "1.0.0",
    "category": "Hidden",
    "author": "Vehicle CRM contributors",
    "license": "LGPL-3",
    "depends": ["bpo_crm_distributor_sync", "dealer_crm_bpo_bridge"],
}
