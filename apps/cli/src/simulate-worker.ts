// A thread of `memhp simulate`: answers each task with what the simulation of the seed came to.
import { parentPort } from 'node:worker_threads'
import { PLUGINS } from '@memhp/platforms'
import { type SimulationTask, simulateSeed } from './simulate/simulate-seed'

// What is thrown ends the thread with its error, which the command reports.
parentPort?.on('message', (task: SimulationTask) =>
  parentPort?.postMessage(simulateSeed(task, PLUGINS)),
)
