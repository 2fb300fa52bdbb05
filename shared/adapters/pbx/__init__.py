"""Exchanges, each behind `shared.ports.pbx`."""
