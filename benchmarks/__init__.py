"""What the bot costs beside what somebody would use in its place: `make bench`.

Each module that measures is run by itself (`python -m benchmarks.acks`) and writes one file of
`results/`; `benchmarks.page` puts their tables and plots into `docs/benchmarks.md`.
"""
