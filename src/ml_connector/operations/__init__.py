"""What a person may do: run a pass, look something up, prove, reconcile, set a secret. Each action is checked and
audited."""
