"""Speech vendors, each behind `shared.ports.recognizer`."""
