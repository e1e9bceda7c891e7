import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'

/** Looks again and again, for ten seconds at most, until it is so. */
export const until = async (isSo: () => boolean | Promise<boolean>, what = 'it did not come to it'): Promise<void> => {
  for (let look = 0; look < 2_000; look += 1) {
    if (await isSo()) return
    await wait(5)
  }
  assert.fail(what)
}
