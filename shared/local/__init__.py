"""The whole product on one machine: a process per function, deliveries as Google makes them, demo data."""
