"""Use cases: each a function that takes a command and ports, and settles one step of a call."""
