"""How our own code passes the gates of a pipeline lead.

``records.with_context(vehicle_crm_gate=GATE)`` opens them for the next ``create``
or ``write``, which takes the gate out of the context again. The object is compared
by identity, so nothing that JSON, XML-RPC or XML can express opens a gate.
"""


class _Gate:
    __slots__ = ()

    def __repr__(self):
        return "<vehicle_crm gate>"


GATE = _Gate()


def is_open(env):
    return env.context.get("vehicle_crm_gate") is GATE
