from odoo import SUPERUSER_ID, api

from odoo.addons.bpo_crm.models.crm_vehicle_model import NO_ORIGIN


def migrate(cr, version):
    """Say of the ids that were kept until now from which database they are.

    It is the one that the connection was last tested or synced with: its address may
    have been changed since.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    brands = env["crm.brand"].with_context(active_test=False)
    for brand in brands.search([("remote_id", "!=", False)]):
        remote = brand.remote_id
        url, database = remote.url, remote.database
        of = ((remote.peer_fields or {}).get("of") or "").split(" ", 1)
        if len(of) == 2:
            url, database = of
        first = {"number": 1, "uuid": False, "url": url, "database": database}
        brand.distributor_origins = {"current": 1, "known": [first]}
    brands.flush_model()
    for brand in brands.search([]):
        _set_origins(cr, brand)


def _set_origins(cr, brand):
    # Also of a brand whose connection is gone: it is another database when it is back.
    product, dealer = (
        brand._distributor_overrides(kind).get("model", usual)
        for kind, usual in (("product", "product.template"), ("dealer", "res.partner"))
    )
    cr.execute(
        """
        UPDATE crm_vehicle_model SET distributor_origin = %s
         WHERE brand_id = %s AND distributor_origin = %s
           AND distributor_product_id > 0
        """,
        [f"1 {product}", brand.id, NO_ORIGIN],
    )
    cr.execute(
        """
        UPDATE crm_dealership_source SET origin = %s
         WHERE brand_id = %s AND origin = %s
        """,
        [f"1 {dealer}", brand.id, NO_ORIGIN],
    )
    cr.execute(
        """
        UPDATE distributor_web_lead SET origin = '1 ' || remote_model
         WHERE brand_id = %s AND origin = %s
        """,
        [brand.id, NO_ORIGIN],
    )
