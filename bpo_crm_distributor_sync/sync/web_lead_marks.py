"""Marking imported web leads at their distributor, whatever it refuses."""

from odoo.addons.remote_odoo.errors import Denied, Rejected, RemoteError

from ..exchange import distributor

BATCH = 1000  # leads in one call
GIVE_UP = 8  # refusals without one success: it may not be the leads' fault
SAMPLES = 4  # of the others, to be sure


class FormRefused(Exception):
    """The distributor refuses every lead of the form; `error` is its sentence."""

    def __init__(self, error):
        super().__init__(str(error))
        self.error = error


class WriteBack:
    """Mixed into the job of web leads.

    A call marks many leads, and an Odoo refuses it as a whole. So what is refused is
    halved until the one lead stands alone; it keeps the distributor's sentence and
    waits longer after each refusal. What was refused or broke off before is tried
    behind what is new, one by one, and in growing batches as soon as it is taken.
    """

    def write_back(self):
        """Mark what is imported and not marked yet, each part committed by itself.

        :raise RemoteError: when the whole form is refused, or nobody answers
        """
        self.accepted = self.refused = 0
        self.example = None
        due = self.due()
        fresh = due.filtered(lambda origin: not origin.attempts)
        try:
            self.mark_in_batches(fresh, BATCH)
            # Somebody there may have closed a lead while it waited here.
            self.mark_in_batches(self.still_waiting(due - fresh), 1)
        except FormRefused as refusal:
            self.refuse_form(due.filtered(lambda o: o.state == "pending"), refusal)
        if self.refused:
            self.warn_refused()
        self.commit()

    def due(self):
        """Return what to mark now: the never tried first, the oldest of them first."""
        domain = [*self.mine(), ("state", "=", "pending")]
        if not self.run.user_id:  # a person who asks does not wait
            domain += ["|", ("next_try", "=", False), ("next_try", "<=", self.now())]
        return self.origins().search_fetch(
            domain,
            ["remote_id", "attempts", "state", "error"],
            order="attempts, id",
            limit=BATCH,
        )

    def mark_in_batches(self, origins, size):
        """Mark `origins`, at first `size` at a time, and more while that works."""
        careful, refusals = size == 1, 0
        while origins and refusals < GIVE_UP and not self.is_late():
            part, origins = origins[:size], origins[size:]
            before = self.refused
            self.mark_apart(part, careful)
            if self.refused == before:
                size, refusals = min(size * 2, BATCH), 0
            elif careful:  # what is left keeps its turn
                size, refusals = 1, refusals + 1

    def mark_apart(self, origins, careful):
        """Mark `origins`, halving what is refused."""
        parts, asked = [origins], careful
        while parts and not self.is_late():
            part = parts.pop()
            error = self.mark_there(part)
            if not error:
                continue
            if self.is_of_the_form(error):
                raise FormRefused(error)
            if not asked:  # once: whether one of them is gone, or closed, there
                asked = True
                still = self.still_waiting(part)
                if len(still) < len(part):
                    parts.append(still)
                    continue
            if len(part) > 1:
                half = len(part) // 2
                parts += [part[half:], part[:half]]
                continue
            self.refuse(part, error)
            if not (careful or self.accepted) and self.refused == GIVE_UP:
                parts = self.sample(parts, error)

    def sample(self, parts, error):
        """Try some leads of what is left before the whole form is given up.

        The oldest leads may be bad ones, and all others good.

        :return: `parts` without those that were tried
        :raise FormRefused: when these are refused, too
        """
        left = self.origins().union(*parts)
        step = max(len(left) // SAMPLES, 1)
        tried = left[::-step][:SAMPLES]
        for origin in tried:
            if refusal := self.mark_there(origin):
                self.refuse(origin, refusal)
        if left and not self.accepted:
            raise FormRefused(error)
        return [part - tried for part in parts if part - tried]

    def mark_there(self, origins):
        """Mark `origins` in one call and commit; return the refusal, if any."""
        if not origins:
            return None
        status, value = self.mapping.first("status"), self.mapping.setting("synced")
        try:
            self.call("write", origins.mapped("remote_id"), {status: value})
        except (Rejected, Denied) as error:
            if getattr(error, "what", "model") != "model":
                raise
            return error
        except RemoteError as error:
            origins._broken_off(str(error))
            self.commit()
            raise
        self.accepted += len(origins)
        self.counts["updated"] += len(origins)
        origins._done()
        self.commit()
        return None

    def still_waiting(self, origins):
        """Return those that still wait there; the others are done: somebody marked,
        closed or deleted them."""
        if not origins:
            return origins
        status = self.mapping.first("status")
        waiting = distributor.split(self.mapping.setting("waiting"))
        rows = self.read_page(
            [["id", "in", origins.mapped("remote_id")], [status, "in", waiting]],
            len(origins),
            names=[status],
        )
        ids = {row["id"] for row in rows}
        still = origins.filtered(lambda origin: origin.remote_id in ids)
        (origins - still)._done()
        return still

    def is_of_the_form(self, error):
        """Whether the sentence is about the value, which no lead can help."""
        field = f"{self.mapping.model}.{self.mapping.first('status')}"
        return str(error).startswith("Wrong value for") and field in str(error)

    def refuse(self, origin, error):
        self.refused += 1
        self.example = (origin.remote_id, str(error))
        origin._refused(str(error))
        self.commit()

    def refuse_form(self, origins, refusal):
        reason = str(refusal)
        if self.is_of_the_form(refusal.error):
            hint = self.env._(
                "The distributor's branch lacks the '%s' value.",
                self.mapping.setting("synced"),
            )
            reason = f"{reason} — {hint}"
            origins._refused(reason)
        else:
            # A lead that has a sentence of its own keeps it.
            origins.filtered(lambda origin: not origin.error)._refused(reason)
        self.refused = 0
        self.warn(reason)
        self.commit()
        raise refusal.error

    def warn_refused(self):
        remote_id, reason = self.example
        end = "" if reason.endswith((".", "!", "?")) else "."
        self.warn(
            self.env._(
                "%(count)s web leads could not be marked at the distributor, for "
                "example %(model)s %(id)s: %(reason)s%(end)s They are imported and "
                "marking them is tried again; see Imported Web Leads.",
                count=self.refused,
                model=self.mapping.model,
                id=remote_id,
                reason=reason,
                end=end,
            )
        )
