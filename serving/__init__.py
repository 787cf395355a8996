"""The decision service: answers every declaration, explains it, and commits the evidence first."""
