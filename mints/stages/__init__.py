"""The four stages of a mint job. Each does what is still to be done, whoever did the rest, and ends when nothing is."""
