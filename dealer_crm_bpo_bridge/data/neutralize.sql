-- a copy of a database takes no leads from the BPO of the original
UPDATE bpo_crm_connection SET import_enabled = false;
