"""From answers to findings: pure functions, frozen results; opens no files and knows no web, SQL or PDF."""
