from odoo import Command


def make_user(env, login, *groups, **values):
    """Return a user with these groups, without a password, which takes a second."""
    users = env["res.users"].with_context(no_reset_password=True)
    field = "group_ids" if "group_ids" in users._fields else "groups_id"
    groups = [env.ref(group).id for group in groups]
    return users.create(
        {"name": login, "login": login, field: [Command.set(groups)], **values}
    )
