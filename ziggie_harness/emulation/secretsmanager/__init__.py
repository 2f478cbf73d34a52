"""Secrets Manager: what a secret is, what the service refuses, and how a secret gets into another region."""
