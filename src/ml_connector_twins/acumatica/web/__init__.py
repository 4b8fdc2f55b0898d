"""The wire of the twin: URLs, sign-in, query options, answers. Decides nothing about documents."""
