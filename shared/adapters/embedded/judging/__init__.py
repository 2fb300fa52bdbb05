"""What the embedded judge knows and how it weighs it: one subject a module, its data in `data/`."""
