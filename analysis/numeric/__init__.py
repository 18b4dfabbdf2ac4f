"""Arrays in, arrays out: estimation that knows no labels and imports nothing of ours but itself."""
