"""Debian's odoo-19, unpacked into a folder and made whole without installing it.

The package links to fonts and JavaScript of other packages and lacks one file that the
web client asks for; without them it cannot serve a page.
"""

import os
from pathlib import Path

from tools import apt
from tools.console import Problem, say

PACKAGE = "odoo-19"
LINKED = (
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-font-awesome",
    "fonts-roboto-unhinted",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
)
ADDONS = Path("usr/lib/python3/dist-packages/odoo/addons")
STUB = ADDONS / "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


# The fonts of newer packages than Odoo's style sheet; the package carries these itself.
ICONS = ADDONS / "web/static/src/libs/fontawesome/fonts"


def unpack(folder):
    """Download and unpack the package and what it links to, and mend the rest."""
    say("Odoo: taking the distribution's own package, unpacked beside the project")
    source = apt.development_suite(PACKAGE)
    source.unpack([PACKAGE, *LINKED], folder)
    left = mend(folder)
    if left:
        raise Problem(f"The package misses scripts it links to: {', '.join(left)}.")


def mend(folder):
    """Add what the package lacks; return the scripts and styles that stay dead links.

    A dead link to a font is harmless, but one to a script makes the server answer 500.
    """
    stub = folder / STUB
    if not stub.exists():
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text("// blurs the camera's background; not in Debian's package\n")
    icons = {file.suffix: file for file in (folder / ICONS).glob("*.woff*")}
    dead = [link for link in (folder / ADDONS).rglob("*") if not link.exists()]
    for link in dead:
        if "fontawesome" in link.parts and icons:
            link.unlink()
            icon = icons.get(link.suffix) or icons[".woff2"]
            # relative: the folder gets its final name only afterwards
            link.symlink_to(os.path.relpath(icon, link.parent))
    return [str(p.relative_to(folder)) for p in dead if p.suffix in (".js", ".css")]
