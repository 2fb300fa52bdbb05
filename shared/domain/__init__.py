"""Values and rules: pydantic frozen models and pure functions. No I/O, no clock, no vendor."""
