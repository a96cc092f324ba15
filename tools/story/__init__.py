"""One lead's way through three companies, told by what people do over RPC.

`rpc` is a user's session, `companies` sets the four databases up, `work` is what
agents and salespeople do all day, `road` tells it as one story. The demo, the system
tests and the soak use the same code.
"""
