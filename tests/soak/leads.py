"""The import of web leads among refusals, a distributor that hangs, and kills.

Four brands share a real distributor; the connection of one of them takes every call
and never answers. A twentieth of the leads cannot be marked: the distributor refuses
them in six ways. The BPO's server is killed (SIGKILL) at random while its scheduled
action imports. In the end every lead is here once, every good one is marked there, and
every refused one is named here with the distributor's own sentence. Then the fourth
distributor answers, and its leads come too.
"""

import random
import time
from collections import Counter

from tools.runtime import Runtime
from tools.story.proxies import fault_proxy
from tools.story.rpc import Database, expect, wait_for

FULL = {"leads": 3000, "kills": 8, "patience": 1500}
SMALL = {"leads": 240, "kills": 2, "patience": 900}
SEED = 1887
SERVICE = ("bpo_sync", "soak-leads-secret")
BRANDS = ("ALFA", "BRAVO", "DELTA", "HUNG")
FORMS = ("cheryweb.quotation", "cherywebsite.test.drive")
# How the fixture refuses a write, and what is kept of it.
REFUSALS = {
    "validation": "is not valid",
    "rule": "Access Denied",
    "email": "configure the sender",
    "broken": "mobile_country",
    "constraint": "a value is missing, not unique or of a wrong kind",
    "method": "does not know this method",
}
REFUSED = 20  # every so many leads
WAITING = ("status", "in", ["new", "pending", "sent"])


def soak(series, say, leads, kills, patience):
    """Raise unless each lead is here once and each one there is as it must be."""
    with Runtime("soakleads", [series]) as runtime:
        peer = runtime.server(series, "distributor", ["distributor_fixture"])
        bpo = runtime.server(series, "bpo", ["bpo_crm_distributor_sync"], crons=2)
        with fault_proxy.FaultProxy("127.0.0.1", peer.port, "hang_before") as proxy:
            Soak(runtime, series, peer, bpo, proxy, say).run(leads, kills, patience)


class Soak:
    def __init__(self, runtime, series, peer, bpo, proxy, say):
        self.peer, self.bpo, self.proxy, self.say = peer, bpo, proxy, say
        self.databases = runtime.databases[series]
        self.there, self.here = Database(peer).admin, Database(bpo).admin
        self.dice = random.Random(SEED)
        self.killed = 0

    def run(self, leads, kills, patience):
        self.wanted = {}  # {contact name: (brand, form, kind of refusal or False)}
        self.there.call("distributor.seed", "service_account", *SERVICE)
        self.fill(leads)
        for code in BRANDS:
            self.connect(code)
        began = time.monotonic()
        good = BRANDS[:-1]
        self.work(good, kills, patience)
        served = time.monotonic() - began
        self.proxy.mode = "ok"
        self.work(BRANDS, 0, patience)
        self.report(leads, served, time.monotonic() - began)

    # -- both sides ----------------------------------------------------------------

    def fill(self, leads):
        """Let visitors of four sites fill in both forms."""
        kinds, batches = list(REFUSALS), {form: [] for form in FORMS}
        for number in range(leads):
            brand, form = BRANDS[number % 4], FORMS[number // 4 % 2]
            refusal = False
            batch, place = divmod(number, REFUSED)
            if place == batch * 7 % REFUSED:  # of each brand and form
                refusal = kinds[batch % len(kinds)]
            name = f"Visitor {number:05d}"
            self.wanted[name] = (brand, form, refusal)
            values = {"brand_code": brand, "refusal": refusal, "city": "Manila"}
            field = "name" if form == FORMS[0] else "last_name"
            batches[form].append({**values, field: name, "mobile": f"0917{number:07d}"})
        for form, batch in batches.items():
            for start in range(0, len(batch), 500):
                self.there.call(form, "create", batch[start : start + 500])

    def connect(self, code):
        url = self.proxy.url if code == "HUNG" else self.peer.url
        domain = f"[('brand_code', '=', '{code}')]"
        self.here.create(
            "crm.brand",
            {
                "name": code.title(),
                "code": code,
                "distributor_url": url,
                "distributor_db": self.peer.database,
                "distributor_username": SERVICE[0],
                "distributor_password": SERVICE[1],
                "distributor_mapping_ids": [
                    (0, 0, {"kind": kind, "key": "domain", "remote": domain})
                    for kind in ("quotation", "test_drive")
                ],
            },
        )

    # -- the work --------------------------------------------------------------------

    def sql(self, query, *values):
        execute = self.databases.postgres.execute
        return execute(query, *values, database=self.bpo.database)

    def hurry(self):
        """Let five minutes pass: the scheduled action, and the parked connection."""
        self.sql(
            "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' "
            "WHERE cron_name = 'BPO CRM: import web leads from the distributors' "
            "AND nextcall > now() AT TIME ZONE 'UTC' RETURNING id"
        )
        self.databases.postgres.execute(
            "SELECT pg_notify('cron_trigger', %s)", self.bpo.database
        )
        if self.proxy.mode == "ok":
            self.sql("UPDATE remote_odoo SET next_probe = NULL RETURNING id")

    def work(self, brands, kills, patience):
        """Import until all good leads of `brands` are marked, killing the server."""
        ends = time.monotonic() + patience
        kill_at = time.monotonic() + self.dice.uniform(2, 6)
        while not self.is_done(brands):
            expect(time.monotonic() < ends, f"Not done: {self.progress()}")
            self.hurry()
            time.sleep(1)
            if kills and time.monotonic() > kill_at:
                kills -= 1
                self.killed += 1
                self.bpo.kill()
                self.bpo.start()
                kill_at = time.monotonic() + self.dice.uniform(2, 6)

    def is_done(self, brands):
        waiting = Counter()
        for form in FORMS:
            for row in self.there.call(
                form, "search_read", [WAITING], ["brand_code", "refusal"]
            ):
                waiting[row["brand_code"], bool(row["refusal"])] += 1
        good = sum(waiting[brand, False] for brand in brands)
        return not good and self.named(brands)

    def named(self, brands):
        """Whether each refused lead of these brands has its sentence here."""
        refused = sum(
            bool(refusal) and brand in brands
            for brand, _form, refusal in self.wanted.values()
        )
        ((named,),) = self.sql(
            "SELECT count(*) FROM distributor_web_lead w "
            "JOIN crm_brand b ON b.id = w.brand_id "
            "WHERE w.state = 'pending' AND w.error IS NOT NULL AND b.code = ANY(%s)",
            list(brands),
        )
        return named >= refused

    def progress(self):
        return self.sql(
            "SELECT b.code, w.state, count(*), min(w.error) "
            "FROM distributor_web_lead w JOIN crm_brand b ON b.id = w.brand_id "
            "GROUP BY 1, 2 ORDER BY 1, 2"
        )

    # -- the comparison ----------------------------------------------------------------

    def report(self, leads, served, seconds):
        wait_for("the BPO's server", lambda: self.here.call("crm.brand", "search", []))
        rows = self.sql(
            "SELECT l.contact_name, b.code, w.remote_model, w.state, w.error "
            "FROM crm_lead l JOIN crm_brand b ON b.id = l.brand_id "
            "LEFT JOIN distributor_web_lead w ON w.lead_id = l.id "
            "WHERE l.pipeline = 'bpo'"
        )
        statuses = {}
        for form, field in zip(FORMS, ("name", "last_name"), strict=True):
            for row in self.there.call(form, "search_read", [], [field, "status"]):
                statuses[row[field]] = row["status"]
        wrong = list(self.differences(rows, statuses))
        refused = Counter(kind for *_place, kind in self.wanted.values() if kind)
        for line in (
            f"{leads} web leads of {len(BRANDS)} brands, seed {SEED}; refused: "
            + ", ".join(f"{kind} {count}" for kind, count in sorted(refused.items())),
            f"the BPO's server ended by SIGKILL {self.killed} times; "
            f"{len(self.proxy.seen)} calls to the brand that hung",
            f"three brands served after {served:.0f} s, the fourth "
            f"{seconds - served:.0f} s after it answered again",
            f"leads here {len(rows)}, marked there "
            f"{Counter(statuses.values())['synced']}, named here with the sentence of "
            f"their refusal {sum(bool(row[4]) for row in rows)}",
            *(f"different: {line}" for line in wrong[:20]),
        ):
            self.say(line)
        expect(not wrong, f"{len(wrong)} leads are not as they must be")

    def differences(self, rows, statuses):
        seen = Counter(row[0] for row in rows)
        for name, count in seen.items():
            if count > 1:
                yield f"{name} is here {count} times"
        here = {row[0]: row[1:] for row in rows}
        for name, (brand, form, refusal) in self.wanted.items():
            if name not in here:
                yield f"{name} of {brand} is missing"
                continue
            sentence = here[name][3] or ""
            expected = (brand, form, "pending" if refusal else "done")
            if here[name][:3] != expected:
                yield f"{name} should be {expected} and is {here[name]}"
            if (statuses[name] == "synced") == bool(refusal):
                yield f"{name} is {statuses[name]} there"
            if bool(sentence) != bool(refusal) or (
                refusal and REFUSALS[refusal] not in sentence
            ):
                yield f"{name}, refused by {refusal}, says: {sentence}"
