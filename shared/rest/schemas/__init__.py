"""What the API takes and gives, where it differs from the domain's own models."""
