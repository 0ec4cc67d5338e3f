"""`make bench`: figures of this machine, as ratios of one run. What is measured and how is told in docs/speed.md."""
