import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { OpenAdapter, Opened } from '../../fuse/adapters.ts'
import { Cancelled, Faulted, Malformed, TimedOut, Unreachable } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import type { CrmBackend } from '../../subgraphs/crm/backend.ts'
import { calls } from './crm-asking.ts'
import { crmNotes } from './crm-notes.ts'
import { crmReads } from './crm-reads.ts'

const opt = { signal: new AbortController().signal }

export const crmFaults = { error: Faulted, garbage: Malformed, refuse: Unreachable } as const

/** A system that holds `customersOnFile`, over its own wire. */
export type CrmSystem = AsyncDisposable & {
  readonly settings: BackendSettings
  /** Requests that arrived. */
  readonly calls: number
  setFault(fault: keyof typeof crmFaults | 'hang' | 'off'): Promise<void>
  loseNextAnswer(): void
}

export type CrmWire = {
  readonly start: () => Promise<CrmSystem>
  readonly open: OpenAdapter<CrmBackend>
  /** `unreadableCustomer`'s row is broken there. */
  readonly hasUnreadable: boolean
  /** What the adapter asks its system for; a note is missing where it can't write. */
  readonly methods: readonly (keyof CrmBackend)[]
  readonly faults: readonly (keyof typeof crmFaults)[]
  /** Why it can't run here. */
  readonly skip?: string | false
}

export type CrmUnderTest = { readonly crm: () => Opened<CrmBackend>; readonly system: () => CrmSystem; readonly wire: CrmWire }

const started = <T>(value: T | undefined): T => value ?? assert.fail('not started')

/** Holds one adapter to the port. */
export const crmSuite = (name: string, wire: CrmWire): void => {
  describe(`crm over ${name}`, { skip: wire.skip ?? false }, () => {
    let running: CrmSystem | undefined
    let open: Opened<CrmBackend> | undefined
    const system = () => started(running)
    const crm = () => started(open)
    before(async () => {
      running = await wire.start()
      open = wire.open(running.settings)
    })
    after(async () => {
      await open?.[Symbol.asyncDispose]()
      await running?.[Symbol.asyncDispose]()
    })
    /** Well again, and answering: a pooled connection that the system has cut may still cost the first calls. */
    afterEach(async () => {
      await system().setFault('off')
      for (let attempt = 0; attempt < 50 && !(await calls.findCustomers(crm(), opt).then(() => true, () => false)); attempt += 1) await setImmediate()
    })

    crmReads({ crm, system, wire })
    if (wire.methods.includes('addNote')) crmNotes({ crm, system, wire })

    for (const method of wire.methods) {
      test(`is not asked by ${method} for a caller who has gone`, async () => {
        const asked = system().calls
        await assert.rejects(calls[method](crm(), { signal: AbortSignal.abort() }), Cancelled)
        assert.equal(system().calls, asked)
      })
    }

    for (const method of wire.methods) {
      const call = calls[method]
      for (const fault of wire.faults) {
        const kind = crmFaults[fault]
        test(`(${fault}) makes ${method} throw ${kind.name}`, async () => {
          await system().setFault(fault)
          await assert.rejects(call(crm(), opt), (error: unknown) => error instanceof kind && error.backend === 'crm')
        })
      }

      test(`(hang) makes ${method} throw TimedOut at the deadline`, async () => {
        await system().setFault('hang')
        await assert.rejects(call(crm(), { signal: AbortSignal.timeout(40) }), TimedOut)
      })

      test(`(hang) lets ${method} go as soon as the caller hangs up`, async () => {
        await system().setFault('hang')
        const caller = new AbortController()
        const asked = system().calls
        const gone = assert.rejects(call(crm(), { signal: caller.signal }), Cancelled)
        while (system().calls === asked) await setImmediate()
        caller.abort()
        await gone
      })
    }
  })
}
