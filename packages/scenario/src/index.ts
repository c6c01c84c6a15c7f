// Scenarios in YAML that run on a machine step by step and say what they expect.
export {}
