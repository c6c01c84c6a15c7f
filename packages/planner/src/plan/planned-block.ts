import type { Forecast } from '../predict/predict-target'
import type { PlannedBlock } from './plan'

/** A block with its forecast, as plans list it. */
export const plannedBlock = ({ block, holdings, prediction }: Forecast): PlannedBlock => ({
  id: block.id,
  start: block.start,
  end: block.end,
  state: block.state,
  zone: block.zones.kind === 'in' ? block.zones.name : null,
  nodes: block.nodes,
  device: block.device,
  holdings,
  prediction,
})
