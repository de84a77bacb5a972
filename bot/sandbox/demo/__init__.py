"""The demo: its batches, and how it is played in the browser or the terminal."""
