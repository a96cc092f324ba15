from . import (
    crm_brand,
    crm_brand_sync,
    crm_brand_origin,
    crm_brand_sender,
    crm_dealership,
    crm_dealership_source,
    crm_vehicle_model,
    distributor_mapping,
    distributor_sync_issue,
    distributor_sync_run,
    distributor_sync_queue,  # extends the run
    distributor_sync_result,
    distributor_sync_web_leads,
    res_config_settings,
    distributor_web_lead,
)
