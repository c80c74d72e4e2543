"""Arrays in, pictures out. Knows no files and no terminal."""
