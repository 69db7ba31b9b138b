"""Reference receivers: the systems a store's outcomes are written to, on this machine, with faults on demand."""
