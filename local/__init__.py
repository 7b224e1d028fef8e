"""What one machine needs to run everything: PostgreSQL, a chain, a way to start and stop processes.

Knows neither Django nor any room of the house.
"""
