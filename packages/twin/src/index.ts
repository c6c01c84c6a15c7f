// Turns a capture into a running machine: the twin of the host it came from.
export { type Twin, twinOf } from './twin'
