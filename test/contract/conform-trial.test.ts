import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { areas } from '../../conform/promise.ts'
import type { Port } from '../../conform/port.ts'
import { ports } from '../../conform/ports.ts'
import type { OpenAdapter } from '../../fuse/adapters.ts'
import { openCrmOverJsonRpc } from '../../subgraphs/crm/backend.jsonrpc.ts'
import { openKnowledgeOverJsonRpc } from '../../subgraphs/knowledge/backend.jsonrpc.ts'
import { openOrdersOverJsonRpc } from '../../subgraphs/orders/backend.jsonrpc.ts'
import { adaptersOnTrial } from './adapters.ts'
import type { PortName } from './adapters.ts'
import { base, brokenAreas, brokenOf } from './conform-reports.ts'
import { wrongCrm, wrongKnowledge, wrongOrders } from './wrong-adapters.ts'
import type { Wrong } from './wrong-adapters.ts'

/** The kit's own trial: an adapter that breaks one promise is caught by that one and by no other. */

type Trial<P> = { readonly name: PortName; readonly port: Port<P>; readonly open: OpenAdapter<P>; readonly wrongs: readonly Wrong<P>[] }

const catches = <P>({ name, port, open, wrongs }: Trial<P>): void => void describe(`of an adapter of ${name}`, { concurrency: 5 }, () => {
  for (const { wrong, areas: expected, spoil } of wrongs) {
    test(`that ${wrong}, the kit breaks ${expected.join(' and ')} alone`, async (t) => {
      const trial = adaptersOnTrial.find((one) => one.port === name && one.protocol === 'jsonrpc')
      const started = await trial?.start()
      if (!started) return assert.fail('there is no jsonrpc on trial')
      t.after(started.dispose)
      const spoilt: OpenAdapter<P> = (settings) => {
        const right = open(settings)
        return { ...spoil(right), [Symbol.asyncDispose]: () => right[Symbol.asyncDispose]() }
      }
      const report = await port.judge({ settings: started.settings, ...base(name, true), open: spoilt })
      assert.deepEqual(brokenAreas(report), areas.filter((area) => expected.includes(area)), brokenOf(report).join('\n'))
    })
  }
})

describe('the kit\'s own trial', { concurrency: true }, () => {
  catches({ name: 'knowledge', port: ports.knowledge, open: openKnowledgeOverJsonRpc, wrongs: wrongKnowledge })
  catches({ name: 'crm', port: ports.crm, open: openCrmOverJsonRpc, wrongs: wrongCrm })
  catches({ name: 'orders', port: ports.orders, open: openOrdersOverJsonRpc, wrongs: wrongOrders })
})
