"""The fault matrix: what each fault makes of each way to speak."""
