"""Commands for the people who run Dialix."""
