"""Terraform held against the code, offline: real Terraform, and a provider of ours that serves Google's schema."""
