-- A copied database sends nothing.
UPDATE remote_odoo
   SET url = 'https://neutralized.invalid', secret_token = NULL, uid = NULL,
       state = 'untested', connected = FALSE, next_probe = NULL;
UPDATE remote_odoo_message
   SET state = 'cancelled', lease_until = NULL,
       last_error = 'This is a neutralized copy of the database.'
 WHERE state IN ('pending', 'sending', 'failed');
