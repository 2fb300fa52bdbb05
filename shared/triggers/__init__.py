"""What the platform delivers becomes a typed command here; errors become retry or acknowledge."""
