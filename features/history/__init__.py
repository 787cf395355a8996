"""The history of parties, goods and their relations: definitions, and the pass that makes it."""
