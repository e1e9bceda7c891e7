import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatTraceparent, parseTraceparent } from '../../fuse/span.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const parentId = 'b7ad6b7169203331'
const valid = `00-${traceId}-${parentId}-01`

describe('a traceparent', () => {
  it('has a trace, a parent and flags', () => {
    assert.deepEqual(parseTraceparent(valid), { traceId, parentId, flags: 1 })
    assert.deepEqual(parseTraceparent(`00-${traceId}-${parentId}-00`), { traceId, parentId, flags: 0 })
  })

  it('of a later version is read as far as it is known', () => {
    assert.deepEqual(parseTraceparent(`01-${traceId}-${parentId}-03`), { traceId, parentId, flags: 3 })
    assert.deepEqual(parseTraceparent(`cc-${traceId}-${parentId}-01-what-comes-in-a-later-version`), { traceId, parentId, flags: 1 })
  })

  it('goes on in version 00, with the one flag that this version defines', () => {
    assert.equal(formatTraceparent({ traceId, parentId, flags: 1 }), valid)
    assert.equal(formatTraceparent({ traceId, parentId, flags: 0xff }), valid)
    assert.equal(formatTraceparent({ traceId, parentId, flags: 2 }), `00-${traceId}-${parentId}-00`)
  })

  const malformed: Readonly<Record<string, unknown>> = {
    'none at all': undefined,
    'an empty one': '',
    'several of them': [valid, valid],
    'several, joined as Node.js joins headers': `${valid}, ${valid}`,
    'the forbidden version': `ff-${traceId}-${parentId}-01`,
    'more than version 00 has': `${valid}-more`,
    'more of a later version, and no dash before it': `01-${traceId}-${parentId}-01more`,
    'a trace of zeros': `00-${'0'.repeat(32)}-${parentId}-01`,
    'a parent of zeros': `00-${traceId}-${'0'.repeat(16)}-01`,
    'upper case': valid.toUpperCase(),
    'a trace that is too short': `00-${traceId.slice(1)}-${parentId}-01`,
    'a parent that is too long': `00-${traceId}-${parentId}0-01`,
    'one digit of flags': `00-${traceId}-${parentId}-1`,
    'what is no hexadecimal digit': `00-${traceId.replace('a', 'g')}-${parentId}-01`,
    'a blank before it': ` ${valid}`,
    'a line break behind it': `${valid}\n`,
    'a kilobyte': `01-${traceId}-${parentId}-01-${'x'.repeat(1_000)}`,
  }
  for (const [what, header] of Object.entries(malformed)) {
    it(`is none where it is ${what}`, () => assert.equal(parseTraceparent(header), null))
  }
})
