"""What is asked, and what counts as an answer; knows nothing of the web, databases, statistics or PDFs."""
