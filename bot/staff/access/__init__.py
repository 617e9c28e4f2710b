"""Who may come in: accounts, sessions, links that work once."""
