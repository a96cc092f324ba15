"""What a careless or hostile peer may send in any field of a payload."""

from xmlrpc.client import Binary, DateTime

from odoo.exceptions import ValidationError

HTML = "<img src=x onerror=alert(1)>"


def _nested(levels):
    value = []
    for _level in range(levels):
        value = [value]
    return value


HOSTILE = (
    "x" * 1_000_000,
    "\x00",
    "\ud800",
    "' OR 1=1 --",
    "%s %(id)s {0} {self}",
    HTML,
    2**63,
    -(2**63),
    -1,
    1.5,
    float("nan"),
    float("inf"),
    True,
    [],
    [1, "a", None],
    {},
    {"id": {"name": [1]}},
    _nested(500),
    Binary(b"\xff\x00"),
    DateTime("20261122T10:00:00"),
)


class HostilePayloadMixin:
    """Puts every hostile value into every field, one at a time."""

    def assert_gives_no_right(self, xmlid):
        """A service account may do what its methods do, and nothing by its group."""
        group = self.env.ref(xmlid)
        for name in (
            "implied_ids",
            "model_access",
            "rule_groups",
            "menu_access",
            "view_access",
        ):
            self.assertFalse(group[name], name)

    def probe_payload(self, call, valid, inside=""):
        """`call(payload)` must answer a dict, or a ValidationError naming the field."""
        refused = 0
        for field in valid:
            for value in HOSTILE:
                with self.subTest(field=inside + field, value=repr(value)[:40]):
                    try:
                        with self.env.cr.savepoint():
                            answer = call({**valid, field: value})
                            self.env.flush_all()
                    except ValidationError as error:
                        refused += 1
                        self.assertRegex(str(error), rf"^{inside}{field}\b.*: ")
                    else:
                        self.assertIsInstance(answer, dict)
        self.assertGreater(refused, 5 * len(valid))
