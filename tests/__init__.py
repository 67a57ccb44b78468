"""The tests, room by room; helpers are imported as ``tests.room.module``."""
