"""Ports on Google Cloud's own client libraries."""
