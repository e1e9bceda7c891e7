import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FuseOpen, Unreachable } from '../../fuse/errors.ts'
import type { KnowledgeBackend } from '../../subgraphs/knowledge/backend.ts'
import { fuseSource } from '../../subgraphs/knowledge/loaders.ts'
import { openTestFuse } from '../kit/fuses.ts'

const opt = { signal: new AbortController().signal, limit: 7 }

/** A source whose lists are counted, and fail while `state.failing`. */
const openSource = () => {
  const asked: (readonly [string, string | null, number])[] = []
  const state = { failing: false }
  const list = (name: string, after: string | null, limit: number) => {
    asked.push([name, after, limit])
    if (state.failing) throw new Unreachable('wiki', 'connection refused')
    return { marker: `${name} ${asked.length}`, more: false, isAnew: false }
  }
  const backend: KnowledgeBackend = {
    findArticles: async (ids) => ids.map(() => null),
    listChanges: async (after, { limit }) => ({ ...list('changes', after, limit), changes: [] }),
    listIds: async (after, { limit }) => ({ ...list('ids', after, limit), rows: [] }),
  }
  return { asked, state, backend }
}

describe('a source behind its fuse', () => {
  it('is asked for its lists each time, with what the caller gave', async () => {
    const { asked, backend } = openSource()
    await using opened = openTestFuse({}, {})
    const source = fuseSource(backend, opened.fuse)
    assert.equal((await source.listChanges('m', opt)).marker, 'changes 1')
    assert.equal((await source.listChanges('m', opt)).marker, 'changes 2')
    assert.equal((await source.listIds(null, opt)).marker, 'ids 3')
    assert.deepEqual(asked, [['changes', 'm', 7], ['changes', 'm', 7], ['ids', null, 7]])
  })

  it('fails as its backend does, opens, and is not asked then', async () => {
    const { asked, state, backend } = openSource()
    await using opened = openTestFuse({}, {})
    const source = fuseSource(backend, opened.fuse)
    state.failing = true
    for (let call = 0; call < 4; call += 1) await assert.rejects(source.listChanges(null, opt), Unreachable)
    const before = asked.length
    await assert.rejects(source.listIds(null, opt), FuseOpen)
    assert.equal(asked.length, before)
    assert.equal(opened.fuse.snapshot().state, 'OPEN')
  })
})
