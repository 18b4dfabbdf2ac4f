"""Who may come in and do what: passwords, codes, links, permissions, limits. Knows no Flask."""
