"""make screenshots: the pictures of docs/img, of the demo's servers in each role."""

import argparse
import base64
import io
import itertools
from types import SimpleNamespace

from tools import browser, demo
from tools.browser_page import Browser
from tools.console import Problem, say, step
from tools.paths import ROOT
from tools.runtime import Runtime
from tools.story import work
from tools.story.deal import Deal
from tools.story.road import Road

FOLDER = ROOT / "docs" / "img"
LOGO = ROOT / "bpo_crm" / "static" / "demo" / "foton.png"
COLORS = 96  # enough for a screen of Odoo, and a third of the bytes
KANBAN, LIST, FORM = (
    ".o_kanban_record:not(.o_kanban_ghost)",
    ".o_data_row",
    ".o_form_view .o_field_widget",
)
# picture: (company, person, address, what the page must have)
PICTURES = {
    "distributor-web-leads": (
        "distributor",
        "admin",
        "action-distributor_fixture.cheryweb_quotation_action",
        LIST,
    ),
    "bpo-brand": ("bpo", "manager", "bpo-brands/{brand}", FORM),
    "bpo-vehicle-models": ("bpo", "agent", "bpo-vehicle-models", LIST),
    "bpo-dealership": ("bpo", "manager", "bpo-dealerships/{plain_dealership}", FORM),
    "bpo-pipeline": ("bpo", "agent", "bpo-pipeline", KANBAN),
    "bpo-lead": ("bpo", "agent", "bpo-leads/{lead}", FORM),
    "bpo-dashboard": ("bpo", "supervisor", "bpo-dashboard", KANBAN),
    "bpo-connections": (
        "bpo",
        "manager",
        "action-remote_odoo.remote_odoo_action",
        LIST,
    ),
    "dealer-pipeline": ("dealer", "user", "dealer-pipeline", KANBAN),
    "dealer-lead": ("dealer", "user", "dealer-leads/{dealer_lead}", FORM),
    "dealer-connection": (
        "dealer",
        "admin",
        "bpo-crm-connection/{connection}",
        FORM,
    ),
}


def main(arguments):
    """Walk the road, fill the boards, take the pictures."""
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="NAME", help=", ".join(PICTURES))
    chosen = parser.parse_args(arguments).only or PICTURES
    program = browser.ensure()
    if not program:
        raise Problem("Pictures need a browser.")
    with Runtime("screenshots") as runtime:
        with step("Four Odoo servers"):
            servers = demo.start(runtime, runtime.series[0])
        road = Road(servers)
        road.walk(say)
        with step("Leads in every stage"):
            fill(road)
        with Browser(program) as page:
            for name in chosen:
                take(page, name, road)
    return 0


def fill(road):
    """Let agents and the salesperson have some leads in each stage."""
    agent, user = road.bpo.agent, road.dealer.user
    logo = base64.b64encode(LOGO.read_bytes()).decode()
    for person, company in (
        (road.bpo.manager, road.bpo),
        (road.dealer.people["admin"], road.dealer),
    ):
        person.write("crm.brand", company.brand, {"color": 4, "logo": logo})
    free = [("pipeline", "=", "bpo"), ("user_id", "=", False), ("step", "=", "new")]
    leads = agent.rows(work.LEAD, free, limit=9, order="id")
    for lead, steps in zip(leads, itertools.cycle(range(3)), strict=False):
        work.claim(agent, lead["id"])
        work.to_step(road.bpo, agent, lead["id"], *("qualified", "negotiation")[:steps])
    for with_quotation in (True, False, True):
        deal = Deal(road).endorse(with_quotation)
        work.pull(road.dealer)
        deal.arrive().take()
    for name, mobile in (("Luz Reyes", "0918 555 0110"), ("Ben Cruz", "0918 555 0111")):
        user.create(
            work.LEAD,
            {
                "name": name,
                "contact_name": name,
                "mobile": mobile,
                "brand_id": road.dealer.brand,
                "product_id": road.dealer.product,
            },
            context={"default_pipeline": "dealer", "default_type": "opportunity"},
        )


def take(page, name, road):
    """Take one picture as the person who sees that screen."""
    company, login, address, selector = PICTURES[name]
    company = getattr(road, company)
    person = company.people.get(login) or company.admin
    ids = SimpleNamespace(
        brand=road.bpo.brand,
        connection=road.dealer.connection,
        **{
            key: getattr(road, key)
            for key in ("plain_dealership", "lead", "dealer_lead")
        },
    )
    url = f"{company.database.url}/odoo/{address.format(**vars(ids))}"
    page.log_in(
        company.database.url, company.database.name, person.login, person.password
    )
    page.show(url, selector)
    file = FOLDER / f"{name}.png"
    FOLDER.mkdir(exist_ok=True)
    file.write_bytes(small(page.picture()))
    say(f"{file.relative_to(ROOT)}: {person.login}, {file.stat().st_size >> 10} kB")


def small(png):
    """Return a picture in few colours, without the empty part at its end."""
    from PIL import Image, ImageChops  # in the venv only

    image = Image.open(io.BytesIO(png)).convert("RGB")
    width, height = image.size
    ground = Image.new("RGB", image.size, image.getpixel((width // 2, height - 1)))
    end = ImageChops.difference(image, ground).getbbox()[3] + 20
    image = image.crop((0, 0, width, min(end, height)))
    image = image.quantize(COLORS, dither=Image.Dither.NONE)
    result = io.BytesIO()
    image.save(result, "PNG", optimize=True)
    return result.getvalue()
