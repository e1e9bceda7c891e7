import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { it } from 'node:test'
import { closings, closingTwice } from '../../gateway/sockets/protocol.ts'

/** Of `ws` itself: the frame was too long. */
const ofTheWire = [1009]

const all = [...Object.values(closings), closingTwice('…')]

it('docs/sockets.md lists the codes and reasons that the hub closes a socket with, and no others', async () => {
  const page = await readFile(new URL('../../docs/sockets.md', import.meta.url), 'utf8')
  const listed = [...page.matchAll(/^\| (\d{4}) \| ([^|]*) \|/gm)].map(([, code, reason]) => [Number(code), reason?.trim()])
  assert.deepEqual(
    listed.filter(([code]) => !ofTheWire.includes(Number(code))).toSorted(),
    all.map(({ code, reason }) => [code, reason]).toSorted(),
  )
})
