import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Faulted, Malformed, Refused, TimedOut, Unreachable } from '../../fuse/errors.ts'

type Failure = typeof Faulted | typeof Malformed | typeof Refused | typeof TimedOut | typeof Unreachable
/** Whether a call failed as it has to, and says whose it was. */
export const failsAs = (kind: Failure) => (error: unknown) => {
  assert.ok(error instanceof kind, `${String(error)} is no ${kind.name}`)
  return error.backend === 'crm'
}

/** Waits for what comes by itself. */
export const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (const end = Date.now() + 10_000; Date.now() < end; await pause(10)) if (await holds()) return
  assert.fail(`${what} did not come to be`)
}
