"""A loudspeaker for a Home Assistant on a machine without one."""
