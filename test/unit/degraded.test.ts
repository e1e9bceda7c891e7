import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DegradedValue } from '../../subgraphs/context.ts'
import { foldDegraded } from '../../subgraphs/degraded.ts'

const stale = (path: string, backend = 'orders', state: DegradedValue['state'] = 'STALE'): DegradedValue => ({
  path: path === '' ? [] : path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
  backend,
  state,
  ageMs: 1_000,
})

const paths = (values: readonly DegradedValue[]) => foldDegraded(values).map(({ path }) => path.join('.'))

describe('what is degraded', () => {
  it('is nothing where nothing is', () => assert.deepEqual(foldDegraded([]), []))

  it('leaves out what is below a path of the same backend and state, in whichever order they come', () => {
    assert.deepEqual(paths([stale('order.status'), stale('order'), stale('order.lines.0.title')]), ['order'])
    assert.deepEqual(paths([stale('order'), stale('order.lines')]), ['order'])
  })

  it('keeps a path once that came several times', () => assert.deepEqual(paths([stale('order'), stale('order')]), ['order']))

  it('keeps what is below a path of another backend', () => {
    assert.deepEqual(paths([stale('order'), stale('order.shipments', 'logistics')]), ['order', 'order.shipments'])
  })

  it('keeps what is below a path in another state', () => {
    assert.deepEqual(paths([stale('order'), stale('order.total', 'orders', 'CACHED')]), ['order', 'order.total'])
  })

  it('takes a name that begins alike for another one', () => assert.deepEqual(paths([stale('order'), stale('orders')]), ['order', 'orders']))

  it('tells a row of a list from a field of that name', () => {
    const byName: DegradedValue = { ...stale('nodes'), path: ['nodes', '1', 'id'] }
    assert.deepEqual(foldDegraded([stale('nodes.1'), byName]).length, 2)
  })

  it('keeps each row of a list that has none above it', () => {
    assert.deepEqual(paths([stale('nodes.0.status'), stale('nodes.1.status')]), ['nodes.0.status', 'nodes.1.status'])
  })

  it('does not change what it is given', () => {
    const given = Object.freeze([Object.freeze(stale('a.b')), Object.freeze(stale('a'))])
    assert.deepEqual(paths(given), ['a'])
    assert.deepEqual(given.map(({ path }) => path.join('.')), ['a.b', 'a'])
  })
})
