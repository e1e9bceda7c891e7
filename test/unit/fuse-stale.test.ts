import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { canonicalJson } from '../../fuse/canonical-json.ts'
import { freezeDeeply } from '../../fuse/freeze.ts'
import { openMarks } from '../../fuse/outdated.ts'
import { openStaleStore } from '../../fuse/stale.ts'

const now = { fetchedAt: 0, turn: 0 }

describe('the stale store', () => {
  it('stays within its bytes, and forgets what was not used for longest', () => {
    const store = openStaleStore(20_000)
    const shelf = store.shelf<string>('crm', 'customer')
    for (let index = 0; index < 100; index += 1) {
      shelf.put(`C-${index}`, '', 'x'.repeat(500), now)
      assert.equal(shelf.get('C-0', '')?.value.length, 500, 'used each time')
      assert.ok(store.bytes <= 20_000)
    }
    assert.equal(shelf.get('C-50', ''), undefined)
    assert.ok(shelf.get('C-99', ''))
    assert.ok(store.entries > 10 && store.entries < 20)
  })

  it('shares its bytes between all backends', () => {
    const store = openStaleStore(3_000)
    const crm = store.shelf<string>('crm', 'customer')
    crm.put('C-1', '', 'x'.repeat(500), now)
    store.shelf<string>('orders', 'order').put('C-1', '', 'y'.repeat(900), now)
    assert.equal(crm.get('C-1', ''), undefined)
    assert.equal(store.entries, 1)
  })

  it('keeps backends, kinds and readers apart', () => {
    const store = openStaleStore(100_000)
    const shelves = [store.shelf<string>('crm', 'a'), store.shelf<string>('crm', 'b'), store.shelf<string>('orders', 'a')]
    shelves.forEach((shelf, index) => shelf.put('1', 'agent-1', `value ${index}`, now))
    assert.deepEqual(shelves.map((shelf) => shelf.get('1', 'agent-1')?.value), ['value 0', 'value 1', 'value 2'])
    assert.equal(shelves[0]?.get('1', 'agent-2'), undefined)
  })

  it('does not keep a value that is larger than the whole store, nor the older one that it replaced', () => {
    const store = openStaleStore(1_000)
    const shelf = store.shelf<string>('crm', 'customer')
    shelf.put('C-1', '', 'small', now)
    shelf.put('C-1', '', 'x'.repeat(1_000), now)
    assert.equal(shelf.get('C-1', ''), undefined)
    assert.equal(store.bytes, 0)
  })

  it('counts a replaced value once', () => {
    const store = openStaleStore(100_000)
    const shelf = store.shelf<string>('crm', 'customer')
    shelf.put('C-1', '', 'x'.repeat(100), now)
    const { bytes } = store
    shelf.put('C-1', '', 'y'.repeat(100), now)
    assert.deepEqual({ bytes: store.bytes, entries: store.entries }, { bytes, entries: 1 })
    assert.equal(shelf.get('C-1', '')?.value, 'y'.repeat(100))
  })

  it('keeps nothing with no bytes', () => {
    const store = openStaleStore(0)
    const shelf = store.shelf<string>('crm', 'customer')
    shelf.put('C-1', '', 'value', now)
    assert.equal(shelf.get('C-1', ''), undefined)
  })

  it('hands out what nobody can change', () => {
    const shelf = openStaleStore(100_000).shelf<{ notes: { text: string }[] }>('crm', 'customer')
    shelf.put('C-1', '', { notes: [{ text: 'said' }] }, now)
    const kept = shelf.get('C-1', '')?.value
    assert.throws(() => kept?.notes.push({ text: 'added' }), TypeError)
    assert.throws(() => Object.assign(kept?.notes[0] ?? {}, { text: 'changed' }), TypeError)
    assert.deepEqual(kept, { notes: [{ text: 'said' }] })
  })

  it('gives its bytes back when a shelf is cleared', () => {
    const store = openStaleStore(100_000)
    const shelf = store.shelf<string>('crm', 'customer')
    shelf.put('C-1', '', 'value', now)
    shelf.close()
    assert.deepEqual({ bytes: store.bytes, kept: shelf.get('C-1', '') }, { bytes: 0, kept: undefined })
  })
})

describe('what a write outdates', () => {
  it('is one key, for every reader, or the whole kind', () => {
    const shelf = openStaleStore(100_000).shelf<string>('crm', 'customer')
    shelf.put('C-1', 'a', 'value', { fetchedAt: 0, turn: shelf.turn() })
    shelf.put('C-1', 'b', 'value', { fetchedAt: 0, turn: shelf.turn() })
    shelf.put('C-2', 'a', 'value', { fetchedAt: 0, turn: shelf.turn() })
    shelf.outdate('C-1')
    const kept = [shelf.get('C-1', 'a'), shelf.get('C-1', 'b'), shelf.get('C-2', 'a')]
    assert.deepEqual(kept.map((one) => one?.outdated), [true, true, false])
    shelf.outdate()
    assert.equal(shelf.get('C-2', 'a')?.outdated, true)
  })

  it('includes what was asked for before the write and came after it', () => {
    const shelf = openStaleStore(100_000).shelf<string>('crm', 'customer')
    const turn = shelf.turn()
    shelf.outdate('C-1')
    shelf.put('C-1', '', 'from before', { fetchedAt: 5, turn })
    assert.equal(shelf.get('C-1', '')?.outdated, true)
    shelf.put('C-1', '', 'from after', { fetchedAt: 6, turn: shelf.turn() })
    assert.equal(shelf.get('C-1', '')?.outdated, false)
  })

  it('is remembered for a bounded number of keys, and beyond that taken for every key', () => {
    const marks = openMarks(2)
    const before = marks.turn()
    marks.outdate('a')
    const between = marks.turn()
    marks.outdate('b')
    assert.equal(marks.isOutdated('never written', before), false)
    marks.outdate('c')
    assert.equal(marks.isOutdated('a', before), true)
    assert.equal(marks.isOutdated('never written', before), true, 'errs on the safe side')
    assert.equal(marks.isOutdated('a', between), false)
  })
})

describe('the size of a value', () => {
  it('grows with its text and its members', () => {
    assert.ok(freezeDeeply('x'.repeat(1_000)) >= 2_000)
    assert.ok(freezeDeeply(Array.from({ length: 100 }, () => ({ id: 'C-1' }))) > 100 * freezeDeeply({ id: 'C-1' }))
  })

  it('leaves errors and dates as they are', () => {
    const error = new Error('a row that could not be read')
    freezeDeeply({ rows: [error, new Date(0)] })
    assert.ok(!Object.isFrozen(error))
  })
})

describe('canonical JSON', () => {
  it('is the same for the same arguments in another order', () => {
    assert.equal(canonicalJson({ b: [{ y: 1, x: 2 }], a: null }), canonicalJson({ a: null, b: [{ x: 2, y: 1 }] }))
  })

  it('differs where a value, a type or the order of a list differs', () => {
    const texts = [{ a: 1 }, { a: '1' }, { a: [1, 2] }, { a: [2, 1] }, { a: null }, {}, undefined].map(canonicalJson)
    assert.equal(new Set(texts).size, texts.length)
  })
})
