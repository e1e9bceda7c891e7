import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { it } from 'node:test'
import { publicCodes } from '../../gateway/masking.ts'

it('docs/errors.md lists the codes that a client may meet, and no others', async () => {
  const page = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  const listed = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code)
  assert.deepEqual(listed.toSorted(), [...publicCodes].toSorted())
})
