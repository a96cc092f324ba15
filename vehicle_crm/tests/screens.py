"""What a user's screen has: the menus, and the views as the web client gets them."""

from lxml import etree

from odoo.tools.safe_eval import safe_eval


class ScreenMixin:
    """For a TransactionCase: screens read as the user who looks at them."""

    def menus(self, user):
        """Return `{"BPO CRM/Data/Brands": id of the window}` of what the user sees."""
        nodes = self.env["ir.ui.menu"].with_user(user).load_web_menus(False)
        found = {}

        def walk(node, path):
            for child in (nodes[number] for number in node["children"]):
                here = f"{path}/{child['name']}" if path else child["name"]
                found[here] = child["actionID"]
                walk(child, here)

        walk(nodes["root"], "")
        return found

    def window(self, user, menu):
        """Return the window that a menu opens, as the web client loads it."""
        number = self.menus(user)[menu]
        window = self.env["ir.actions.act_window"].browse(number)
        (name,) = window.get_external_id().values()
        return self.env["ir.actions.act_window"].with_user(user)._for_xml_id(name)

    def screen(self, user, menu, kind):
        """Return a view of a menu's window as an element tree with all its labels."""
        window = self.window(user, menu)
        views = {kind: view for view, kind in window["views"]}
        views["search"] = (window["search_view_id"] or [False])[0]
        model = window["res_model"]
        loaded = self.env[model].with_user(user).get_views([(views[kind], kind)])
        tree = etree.fromstring(loaded["views"][kind]["arch"])
        labels = {
            name: field["string"]
            for name, field in loaded["models"][model]["fields"].items()
        }
        for node in tree.iter("field"):
            if not node.get("string") and node.get("name") in labels:
                node.set("string", labels[node.get("name")])
        return tree

    def columns(self, tree):
        """Return `{field: label}` of a list's columns, in their order."""
        return {
            node.get("name"): node.get("string")
            for node in tree.findall("field")
            if node.get("column_invisible") not in ("1", "True")
            and node.get("widget") != "handle"
        }

    def group(self, tree, label):
        """Return `{field: label}` of a form's group with this label."""
        (group,) = tree.xpath(f"//group[@string='{label}']")
        return {
            node.get("name"): node.get("string")
            for node in group.iter("field")
            if node.get("invisible") not in ("1", "True")
        }

    def shown(self, node, **values):
        """Return whether a form shows this part of it for a record of these values."""
        return not safe_eval(node.get("invisible") or "False", values)
