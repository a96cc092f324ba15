"""The engine of the sync: plain classes, reachable by no RPC."""

from .dealers import DealerSync
from .products import ProductSync
from .web_leads import WebLeadSync

JOBS = {"product": ProductSync, "dealer": DealerSync, "lead": WebLeadSync}

__all__ = ["JOBS", "DealerSync", "ProductSync", "WebLeadSync"]
