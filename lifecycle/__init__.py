"""The roof: the command line, the wiring, and the procedures that join learning, deciding and watching."""
