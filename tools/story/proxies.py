"""A fault proxy in front of each server, and faults for one method or by chance."""

import importlib.util
import random
from urllib.parse import urlsplit

from tools.paths import ROOT
from tools.story.rpc import wait_for

_path = ROOT / "remote_odoo" / "tests" / "fault_proxy.py"
_spec = importlib.util.spec_from_file_location("fault_proxy", _path)
fault_proxy = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fault_proxy)

# What a network does to a call, without making anybody wait for a time-out.
WEATHER = (
    "cut_before", "cut_after", "cut_reply", "bad_gateway", "gateway_timeout",
    "unavailable", "garbage", "html", "wrong_length",
)  # fmt: skip


class MethodProxy(fault_proxy.FaultProxy):
    """A fault proxy that can wait for the call of one method, or throw dice."""

    def __init__(self, url):
        parts = urlsplit(url)
        super().__init__(parts.hostname, parts.port)
        self._rules, self._dice, self._rate = [], None, 0
        self._refusing = False
        self.calls = self.faults = 0

    def once(self, mode, method, model=""):
        """Treat the next call of `method`, of `model` if given, with `mode`."""
        with self._lock:
            needles = (f'"{method}"'.encode(), f"{method}<".encode())
            self._rules.append((needles, model.encode(), mode))

    def storm(self, rate, seed):
        """Treat that part of all calls with a fault."""
        with self._lock:
            self._dice, self._rate = random.Random(seed), rate

    def calm(self):
        with self._lock:
            self._rules, self._dice = [], None
            self._refusing = False

    def _choose(self, request):
        with self._lock:
            self.calls += 1
            mode = "ok"
            for rule in self._rules:
                needles, model, mode_there = rule
                if model in request and any(needle in request for needle in needles):
                    self._rules.remove(rule)
                    mode = mode_there
                    break
            else:
                if self._dice and self._dice.random() < self._rate:
                    mode = self._dice.choice(WEATHER)
            self.faults += mode != "ok"
            return mode

    def _serve(self, client):
        client.settimeout(120)
        try:
            with client:
                while not self._refusing and (request := self._read_message(client)):
                    if not getattr(self, f"_do_{self._choose(request)}")(
                        client, request
                    ):
                        return
        except OSError:  # the server behind is down: the caller gets no answer
            return

    def _do_refuse(self, client, request):
        """From this call on nobody is let in, until it is calm."""
        self._refusing = True
        self._reset(client)


class Proxies:
    """One for each server; the companies call each other through them."""

    def __init__(self, servers):
        """`servers`: the `OdooServer` of each role."""
        self.by_role = {role: MethodProxy(s.url) for role, s in servers.items()}
        self._by_url = {s.url: self.by_role[role] for role, s in servers.items()}
        self._seen = dict.fromkeys(self.by_role, 0)

    def __enter__(self):
        for proxy in self.by_role.values():
            proxy.start()
        return self

    def __exit__(self, *_error):
        for proxy in self.by_role.values():
            proxy.stop()

    def route(self, _caller, server):
        """Return the address at which companies call this server."""
        return self._by_url[server.url].url

    def fault(self, role, mode, method, model=""):
        """The next call of `method` to the server of `role` meets a fault."""
        self._seen[role] = self.by_role[role].faults
        self.by_role[role].once(mode, method, model)

    def wait_fault(self, role, hurry=None):
        """Wait until the call has come and met its fault."""
        proxy = self.by_role[role]
        wait_for(
            f"the fault on the way to {role}",
            lambda: proxy.faults > self._seen[role],
            hurry=hurry,
        )

    def calm(self):
        for proxy in self.by_role.values():
            proxy.calm()

    def storm(self, rate, seed):
        for number, proxy in enumerate(self.by_role.values()):
            proxy.storm(rate, seed + number)

    @property
    def counts(self):
        """Return (calls, faults) of all together."""
        proxies = self.by_role.values()
        return sum(p.calls for p in proxies), sum(p.faults for p in proxies)
