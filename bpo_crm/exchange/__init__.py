"""Pure functions between record values and what crosses a wire: no env, no HTTP."""
