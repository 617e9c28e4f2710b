"""Questions without an answer, grouped by meaning."""
