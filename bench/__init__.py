"""How fast it is: end-to-end runs on a PostgreSQL of its own, gunicorn, the real cluster and anvil. `make bench`."""
