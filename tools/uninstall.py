"""Take our addons away from a database with data, and put them back."""

from tools.console import Problem
from tools.logs import complaints
from tools.paths import addons
from tools.results import Result

APPS = ("bpo_crm", "dealer_crm")  # what depends on them goes along
UNINSTALL = """
names = {names!r}
modules = env["ir.module.module"].search([("name", "in", names)])
modules.button_immediate_uninstall()
env.cr.commit()
"""
NEW_LEADS = """
for pipeline in ("bpo", "dealer"):
    lead = env["crm.lead"].create({"name": "New", "pipeline": pipeline})
    print("made", lead.code)
env.cr.commit()
"""
# Long ago, so that any write shows.
AGE_LEADS = "UPDATE crm_lead SET write_date = '2001-01-01'"
ORDINARY = "SELECT count(*) FROM crm_lead WHERE pipeline IS NULL"
TOUCHED = f"{ORDINARY} AND write_date > '2001-01-02'"
DOUBLED = "SELECT name->>'en_US' FROM crm_lost_reason GROUP BY 1 HAVING count(*) > 1"
LEFT_BEHIND = {
    "module still there": "SELECT name FROM ir_module_module WHERE name = ANY(%s)"
    " AND state != 'uninstalled'",
    "external id left": "SELECT module || '.' || name FROM ir_model_data"
    " WHERE module = ANY(%s)",
}


def check_uninstall(runtime, series, name=None):
    """Our addons go from a database with data, come back, and leave nothing behind.

    `name`: the database, by default a new one.
    """
    title = f"{series} uninstall and install again"
    databases = runtime.databases[series]
    try:
        name = name or runtime.database(series, "uninstall", addons(), demo=True)
        return Result.check(title, _life(databases, name))
    except Problem as error:
        return Result.check(title, [str(error)])
    finally:
        if name:
            databases.drop(name)


def _life(databases, name):
    """Return what was wrong: the apps go and come back, then everything does."""
    wrong = complaints(databases.shell(name, UNINSTALL.format(names=APPS)))
    wrong += _install_again(databases, name)
    wrong += complaints(databases.shell(name, UNINSTALL.format(names=addons())))
    for what, query in LEFT_BEHIND.items():
        rows = databases.postgres.execute(query, addons(), database=name)
        wrong += [f"{what}: {row[0]}" for row in rows]
    databases.postgres.execute(AGE_LEADS, database=name)
    wrong += _install_again(databases, name)
    ((ordinary,),) = databases.postgres.execute(ORDINARY, database=name)
    ((touched,),) = databases.postgres.execute(TOUCHED, database=name)
    if touched or not ordinary:
        wrong.append(f"installing changed {touched} of {ordinary} ordinary leads")
    return wrong


def _install_again(databases, name):
    """Install what is missing and create a lead in each pipeline."""
    rows = databases.postgres.execute(
        "SELECT name FROM ir_module_module WHERE name = ANY(%s)"
        " AND state = 'installed'",
        addons(),
        database=name,
    )
    kept = {row[0] for row in rows}
    log = databases.logs / f"again-{databases.odoo.short}.log"
    databases.install(name, [a for a in addons() if a not in kept], log)
    wrong = complaints(log.read_text())
    databases.shell(name, NEW_LEADS)
    doubled = databases.postgres.execute(DOUBLED, database=name)
    return wrong + [f"lost reason twice: {row[0]}" for row in doubled]
