"""The KugelAudio client. Knows nothing of Home Assistant."""
