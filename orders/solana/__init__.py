"""The way of an order through a wallet on Solana: its turn, its plan, its end. The rest is as on any other network."""
