// Scenarios in YAML that run on a machine step by step and say what they expect.
export * from './format/action'
export * from './format/check'
export * from './format/place'
export * from './format/scenario'
export { type ParseOptions, parseScenario } from './read/parse'
export { scenarioJsonSchema } from './schema/scenario'
