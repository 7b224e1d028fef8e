"""Many orders at once: in one request, or from a system that keeps a queue of its own."""
