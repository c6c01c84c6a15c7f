// The seed of every property test: one number in CI, so that a run can be repeated; a new one each time on a desk.
import fc from 'fast-check'

const told = process.env.MEMHP_SEED ?? (process.env.CI === undefined ? undefined : '20261123')
if (told !== undefined) fc.configureGlobal({ seed: Number(told) })
