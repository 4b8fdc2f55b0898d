"""The natural line, one file a flow. Flows know the domain and their own ports; no edge is imported here."""
