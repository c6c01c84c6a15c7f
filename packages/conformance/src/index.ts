// Replays recorded runs of real kernels, and the contract suites for plugin authors.
export {}
