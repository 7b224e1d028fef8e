"""The audit: what is stored against the rules, and the chain's events against the orders, both ways."""
