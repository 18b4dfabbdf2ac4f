"""Pages, by who is looking at them; a view reads the request, makes one call and shows the answer."""
