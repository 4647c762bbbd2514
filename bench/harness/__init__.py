"""What the benchmarks share: programs and their cost, a fleet of workspaces, load, and the lines that are printed."""
