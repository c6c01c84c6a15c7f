export { LOOKS } from '@memhp/topology'
// Turns a capture into a running machine: the twin of the host it came from.
export { type DescribedMachine, type DescribeOptions, describeMachine } from './describe/describe'
export { type Twin, type TwinOptions, twinOf } from './twin'
