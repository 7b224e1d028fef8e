"""A Hypothesis state machine: orders, lanes, nodes and people at odds with each other, on a model chain and real PostgreSQL."""
