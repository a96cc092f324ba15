"""Deterministic data as a Philippine distributor has it; no real person in it.

Pure functions: a `random.Random` in, lists of plain values out. The same seed gives
the same rows, byte for byte, so that a test or a demo can name what it expects.
"""

import base64
import io
import random
from datetime import date, timedelta

from PIL import Image, ImageDraw

# code: (display name, series, first price in pesos)
BRANDS = {
    "FOTON": ("Foton", ["TunLand G7", "Toano", "Thunder", "Gratour", "Toplander"]),
    "CHERY": ("Chery", ["Tiggo 2", "Tiggo 5x", "Tiggo 7 Pro", "Tiggo 8 Pro", "Arrizo"]),
    "JETOUR": ("Jetour", ["Dashing", "X70", "T2", "Ice Cream", "X50"]),
    "BAIC": ("BAIC", ["BJ40P", "B80", "X55", "B30", "Freedom"]),
    "LYNK&CO": ("Lynk&Co", ["01", "03", "05", "06", "09"]),
    "RADAR": ("RADAR", ["RD6", "Horizon", "King Kong", "RD6 Pro", "Long Haul"]),
}
TRIMS = ["Base", "Comfort", "Premium", "Luxury", "Sport", "EV", "Flagship"]
DRIVES = ["4×2 MT", "4×2 AT", "4×4 MT", "4×4 AT", "CVT", "DCT"]
BODIES = ["SUV", "Pickup", "Van", "Sedan"]
PARTS = [
    "Oil Filter",
    "Brake Pad Set (Front)",
    'Wiper Blade 24"',
    "Roof Rack",
    "Battery 12V/70Ah",
    "Floor Mat — 3 pcs",
    "Side Mirror, Left & Right",
    "Timing Belt <kit>",
    "Radiator",
    "Key Fob",
]
CITIES = [
    ("Manila", "MANILA"),
    ("Quezon City", "QC"),
    ("Cebu City", "CEBU"),
    ("Davao City", "DAVAO"),
    ("Parañaque", "PARAÑAQUE"),
    ("Las Piñas", "LAS PIÑAS"),
    ("Cagayan de Oro", "CDO"),
    ("Iloilo City", "ILOILO"),
    ("Dasmariñas, Cavite", "DASMA"),
    ("San Fernando (Pampanga)", "SF-PAMPANGA"),
    ("Bacolod", "BACOLOD"),
    ("General Santos", "GENSAN"),
]
FIRST = ["Amihan", "Bituin", "Dalisay", "Isagani", "Lakan", "Ligaya", "Makisig"]
LAST = ["Batongbuhay", "Dimasalang", "Kabayanhan", "Lakandula", "Panganiban"]
GREETINGS = [
    "Please send a quotation, thank you po.",
    "Interested in the monthly amortization. 20% down, 5 years?",
    "Available ba ito sa branch ninyo? 🙏🚗",
    "<b>URGENT</b> need for business<script>alert('x')</script>",
    "I have a trade-in: 2015 van, 90,000 km.\nCan you appraise it?",
    "",
]
LONG_MESSAGE = "I would like to know everything about this vehicle. " * 90


def png(number, width=320, height=240):
    """Return a small PNG, base64 encoded: colour and noise from `number` alone."""
    generator = random.Random(number)
    base = tuple(generator.randrange(60, 220) for _channel in range(3))
    image = Image.new("RGB", (width, height), base)
    noise = Image.frombytes("RGB", (64, 48), generator.randbytes(64 * 48 * 3))
    image.paste(noise, (width // 2 - 32, height // 2 - 24))
    ImageDraw.Draw(image).text((8, 8), f"#{number}", fill=(255, 255, 255))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def products(generator, brands, count, images):
    """Yield `count` product values, spread over `brands`; `images` have a picture.

    Of ten, four are serial-tracked units; the others are what a filter must keep out:
    parts, lot-tracked goods, units nobody marked as such. Every 25th is archived.
    """
    step = max(count // images, 1) if images else 0
    for number in range(count):
        brand = brands[number % len(brands)]
        label, series = BRANDS[brand]
        kind = (number // len(brands)) % 10
        price = generator.randrange(65, 320) * 10000
        values = {
            "brand_code": brand,
            "default_code": f"{brand}-{number:05d}",
            "active": number % 25 != 24,
            "sale_ok": number % 13 != 12,
            "is_unit": kind < 5,
            "type": "consu",
            "is_storable": True,
            "tracking": "serial" if kind < 4 or kind == 5 else "none",
        }
        if kind < 6:
            model = generator.choice(series)
            trim, drive = generator.choice(TRIMS), generator.choice(DRIVES)
            values["name"] = f"{label} {model} {trim} {drive}"
            values["category"] = (label, generator.choice(BODIES))
            values["list_price"] = price
            values["description_sale"] = (
                f"{label} {model}, {trim} trim, {drive}. Five seats, six airbags, "
                "3 years or 100,000 km warranty.\nPrice incl. 12% VAT; "
                "ask for the introductory promo & free PMS."
            )
        else:
            part = generator.choice(PARTS)
            values["name"] = f"{part} — {label} {generator.choice(series)}"
            values["category"] = (label, "Parts & Accessories")
            values["list_price"] = price / 1000
        if kind == 4:
            values["tracking"] = "lot"  # a unit that somebody tracks the wrong way
        if number % 40 == 39:
            values["default_code"] = False
        if number % 50 == 49:
            values["name"] = f"  {values['name']}  "
        if images and number % step == 0 and number // step < images:
            values["image_1920"] = png(number)
        yield values


def dealers(generator, brands, count):
    """Yield `count` dealers; codes repeat, are missing, or hold odd characters."""
    for number in range(count):
        brand = brands[number % len(brands)]
        city, code = CITIES[(number // len(brands)) % len(CITIES)]
        manager = f"{generator.choice(FIRST)} {generator.choice(LAST)}"
        round_number = number // (len(brands) * len(CITIES))
        values = {
            "brand_code": brand,
            "is_company": True,
            "chery_dealer": True,
            "name": f"{BRANDS[brand][0]} {city}"
            + (f" {round_number}" * bool(round_number)),
            "dealer_name": code,
            "city": city,
            "street": f"{generator.randrange(1, 999)} Rizal Avenue, Brgy. {number + 1}",
            "phone": f"(02) 8555-{number:04d}",
            "mobile": f"0917 555 {number:04d}",
            "email": f"dealer{number}@example.com",
            "dealer_gm": manager,
            "dealer_gm_email": f"gm{number}@example.com",
        }
        if number % 9 == 8:
            values["dealer_name"] = False
        if number % 11 == 10:
            values["name"] = f'{BRANDS[brand][0]} "{city}" — Annex / A&B 🏁'
        if number % 13 == 12:
            values.update(
                dealer_gm=False, dealer_gm_email=False, phone="N/A", email=False
            )
        if number % 29 == 28:
            values["active"] = False
        yield values


def mobile(generator, number):
    """Return a fictitious mobile number in one of the spellings people use."""
    middle, end = f"{number // 10000 % 1000:03d}", f"{number % 10000:04d}"
    return generator.choice(
        [
            f"0917{middle}{end}",
            f"0917 {middle} {end}",
            f"+63917{middle}{end}",
            f"+63 917 {middle} {end}",
            f"63 917-{middle}-{end}",
            f"917{middle}{end}",
            f"(0917) {middle}.{end}",
            "N/A",
            "n/a",
            "",
            f"(02) 8{middle}-{end}",
            "0917",
        ]
    )


def leads(generator, brands, count):
    """Yield `(model, values)` of `count` web leads, alternating between both forms.

    `vehicle` and `dealer` are numbers for the caller to turn into records of the
    lead's brand, or None.
    """
    today = date(2026, 1, 5)
    for number in range(count):
        brand = brands[number % len(brands)]
        person = number - 1 if number % 17 == 16 else number  # the same one again
        first = FIRST[person % len(FIRST)]
        last = LAST[person // len(FIRST) % len(LAST)]
        values = {
            "brand_code": brand,
            "email": f"{first}.{last}.{person}@example.com".lower(),
            "mobile": mobile(generator, person),
            "phone": generator.choice(
                [False, False, "N/A", f"(02) 8555-{person % 10000:04d}"]
            ),
            "city": generator.choice(CITIES)[0],
            "status": generator.choice(["new", "pending", "sent"]),
            "vehicle": generator.randrange(1 << 20) if number % 8 else None,
            "dealer": generator.randrange(1 << 20) if number % 6 else None,
        }
        text = LONG_MESSAGE if number % 97 == 96 else generator.choice(GREETINGS)
        if number % 10 == 9:
            values["email"] = generator.choice([False, "not-an-address", "N/A"])
        if number % 20 == 19:
            values["status"] = generator.choice(["closed", "synced"])
        if number % 23 == 22:
            first, last = "<img src=x onerror=alert(1)>", f"{last} 😀"
        if number % 31 == 30:
            first, last = False, False
        if number % 2:
            values.update(
                first_name=first,
                last_name=last,
                remarks=text,
                preferred_date=str(today + timedelta(days=number % 60)),
            )
            yield "cherywebsite.test.drive", values
        else:
            values.update(name=first and f"{first} {last}", message=text)
            yield "cheryweb.quotation", values
