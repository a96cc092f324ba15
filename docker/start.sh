#!/bin/bash
# Install this service's addons into its database once, then serve it.
# DATABASE, ADDONS and ADMIN_PASSWORD say what; PGHOST, PGUSER and PGPASSWORD say where.
set -euo pipefail

options=(--database "$DATABASE" --addons-path /mnt/addons)

until pg_isready --quiet --dbname postgres; do sleep 1; done

# The mark lies in the data volume; a first start that was cut off begins anew.
mark=/var/lib/odoo/.installed-$DATABASE
if [ ! -e "$mark" ]; then
    dropdb --if-exists "$DATABASE"
    odoo "${options[@]}" --init "$ADDONS" --stop-after-init --no-http
    # Nobody can log in with the default password: the server is not up yet.
    odoo shell "${options[@]}" --no-http <<'PYTHON' | grep -x prepared
import os
env.ref("base.user_admin").password = os.environ["ADMIN_PASSWORD"]
if "distributor.seed" in env:
    env["distributor.seed"]._seed()
env.cr.commit()
print("prepared")
PYTHON
    touch "$mark"
fi
exec odoo "${options[@]}" --no-database-list
