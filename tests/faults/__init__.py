"""The fault suite: real processes are killed, cut off and lied to, and then the money is counted. `make faults`."""
