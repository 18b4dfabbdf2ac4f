"""What is said about a study, then how it is drawn; reads findings, never answers, and opens no database."""
