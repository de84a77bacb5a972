"""The local Respan, and how its batches go on."""
