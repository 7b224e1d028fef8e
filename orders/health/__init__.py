"""Is it alive, is it ready, is it well: for process managers, load balancers and uptime tools. No secret in any of it."""
