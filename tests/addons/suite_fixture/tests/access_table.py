"""The table of who gets which answer: three CSV files beside this one.

A line is a method and the roles that get the same answers; a column is what the record
is to them. Write the files anew, and look at the difference, with

    ACCESS_TABLE=write make test ARGS="--series 18 --addon suite_fixture -k table"
"""

import csv
import os
from pathlib import Path

from .access_world import LEADS, OTHERS

FOLDER = Path(__file__).parent
COLUMNS = {"leads": LEADS, "wizards": LEADS, "others": OTHERS}
WRITE = os.environ.get("ACCESS_TABLE") == "write"


def read(name):
    """Return ``{(method, role): {column: outcome}}``."""
    table = {}
    with (FOLDER / f"access_{name}.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            method, roles = row.pop("method"), row.pop("roles")
            table |= {(method, role): row for role in roles.split()}
    return table


def write(name, table):
    """Write what ``read`` returns, with roles of equal answers in one line."""
    lines = {}
    for (method, role), row in table.items():
        cells = tuple(row.get(column, "") for column in COLUMNS[name])
        lines.setdefault((method, cells), []).append(role)
    with (FOLDER / f"access_{name}.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["method", "roles", *COLUMNS[name]])
        for (method, cells), roles in lines.items():
            writer.writerow([method, " ".join(roles), *cells])
