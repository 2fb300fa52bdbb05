"""The ports made real: on Google Cloud (gcp), on one machine (embedded), and at the vendors."""
