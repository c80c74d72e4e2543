"""What is read and written: the doors between files and arrays, and nothing half-written."""
