"""The scripts, one a step of the schema, in the order their ``down_revision`` says. A released one never changes."""
