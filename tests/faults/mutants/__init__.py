"""The mutation check: one rule after the other is taken out of a copy of the project, and named tests must miss it."""
