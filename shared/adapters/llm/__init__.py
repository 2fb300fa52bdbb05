"""Language models, each behind `shared.ports.judge`."""
