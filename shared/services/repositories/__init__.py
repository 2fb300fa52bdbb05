"""What is kept of a company, each written once on the DocumentStore port. No query runs without a company."""
