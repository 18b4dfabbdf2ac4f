"""What the grammar alone cannot see: names, references, ranges, translations and conditions; changes no file."""
