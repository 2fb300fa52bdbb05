"""Settings, logs and the wiring of each function: settings in, handler out. Nothing happens at import."""
