"""The HTTP API under /v1: routes, schemas, sign-in, problems, paging."""
