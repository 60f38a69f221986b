"""Sound without any I/O: PCM, containers and chimes."""
