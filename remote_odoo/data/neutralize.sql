-- A copied database sends nothing, and nothing of a customer stays in its messages.
UPDATE remote_odoo
   SET url = 'https://neutralized.invalid', secret_token = NULL, uid = NULL,
       state = 'untested', connected = FALSE, next_probe = NULL,
       stamps = NULL, foreign_stamp = NULL;
UPDATE remote_odoo_message
   SET state = 'cancelled', lease_until = NULL, payload = NULL, reply = NULL,
       done_at = now() AT TIME ZONE 'UTC',
       last_error = 'This is a neutralized copy of the database.'
 WHERE state IN ('pending', 'sending', 'failed');
