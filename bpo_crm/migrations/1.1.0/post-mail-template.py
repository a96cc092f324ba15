from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Take back the right to edit mail templates, which was one to run any code."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    editor = env.ref("mail.group_mail_template_editor", raise_if_not_found=False)
    if editor:
        # Not by data: on 18.0 only this takes the group from the users, too.
        env.ref("bpo_crm.bpo_crm_group_manager")._remove_group(editor)
    template = env.ref("bpo_crm.mail_template_lead_won", raise_if_not_found=False)
    if not template:
        return
    # The mail is a view now. A template that somebody edited stays, to be copied from.
    edited = template.write_uid.id != SUPERUSER_ID
    env["ir.model.data"].search(
        [("module", "=", "bpo_crm"), ("name", "=", "mail_template_lead_won")]
    ).unlink()
    if edited:
        template.write({"active": False, "name": f"{template.name} (no longer used)"})
    else:
        template.unlink()
