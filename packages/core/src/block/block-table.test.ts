import { describe, expect, test } from 'vitest'
import { blockId, nodeId } from '../address/brand'
import type { Machine } from '../model/machine'
import { tinyMachine } from '../page-check/testing/tiny-machine'
import { addBlock, blockIds, findBlock, removeBlock, writableBlock } from './block-table'

const IDS = [0, 1, 2, 3, 4, 5]

/** A machine with six untouched boot blocks. */
function withBlocks(): Machine {
  const machine = tinyMachine()
  machine.state.memory.blocks.runs.push({
    start: blockId(0),
    end: blockId(6),
    nodeId: nodeId(0),
    extraNodes: [],
    zone: '0/Normal',
  })
  return machine
}

describe('the block table', () => {
  test.each(IDS)('block %i can be touched, and all blocks are still there', (id) => {
    const machine = withBlocks()
    const before = IDS.map((each) => findBlock(machine, blockId(each)))
    writableBlock(machine, blockId(id)).pendingType = 'online_movable'
    expect(blockIds(machine)).toEqual(IDS)
    const after = IDS.map((each) => findBlock(machine, blockId(each)))
    expect(after[id]).toEqual({ ...before[id], pendingType: 'online_movable' })
    expect(after.toSpliced(id, 1)).toEqual(before.toSpliced(id, 1))
  })

  test.each(IDS)('block %i can go and come back', (id) => {
    const machine = withBlocks()
    const block = removeBlock(machine, blockId(id))
    expect(blockIds(machine)).toEqual(IDS.filter((each) => each !== id))
    expect(removeBlock(machine, blockId(id))).toBeUndefined()
    expect(() => writableBlock(machine, blockId(id))).toThrow(`memory${id} does not exist.`)
    if (block !== undefined) addBlock(machine, block)
    expect(blockIds(machine)).toEqual(IDS)
  })

  test.each([1.5, '1', null])('%j is the number of no block', (id) => {
    const machine = withBlocks()
    const changing = (): unknown => writableBlock(machine, id as never)
    expect(changing).toThrow(`memory${id} does not exist.`)
    expect(blockIds(machine)).toEqual(IDS)
  })

  test('a block that is there cannot be added', () => {
    const machine = withBlocks()
    const block = writableBlock(machine, blockId(2))
    for (const id of [2, 3]) {
      expect(() => addBlock(machine, { ...block, id: blockId(id) })).toThrow(
        expect.objectContaining({ code: 'BLOCK_EXISTS', errno: 'EEXIST' }),
      )
    }
  })
})
