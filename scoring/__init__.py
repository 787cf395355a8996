"""The models as a signed artefact: what they say of an item, and why."""
