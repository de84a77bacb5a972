"""The page that shows the demo: what people do there, and what they see."""
