"""The only way by which an order goes again: what every node says of it, and what is concluded from that."""
