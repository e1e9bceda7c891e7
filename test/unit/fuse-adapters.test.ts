import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chooseAdapter } from '../../fuse/adapters.ts'
import type { OpenAdapter } from '../../fuse/adapters.ts'

type Port = { readonly speaks: string }

const open = (speaks: string): OpenAdapter<Port> => () => ({ speaks, [Symbol.asyncDispose]: () => Promise.resolve() })
const adapters = { jsonrpc: open('jsonrpc'), rest: open('rest') }

describe('the choice of an adapter', () => {
  it('takes the one that is registered under the protocol, without a warning', () => {
    const warnings: string[] = []
    assert.equal(chooseAdapter(adapters, 'rest', (message) => warnings.push(message)), adapters.rest)
    assert.deepEqual(warnings, [])
  })

  it('speaks JSON-RPC where nobody registered the protocol, and warns', () => {
    const warnings: string[] = []
    assert.equal(chooseAdapter(adapters, 'corba', (message) => warnings.push(message)), adapters.jsonrpc)
    assert.match(warnings.join(), /"corba".*jsonrpc, rest.*JSON-RPC 2\.0/)
  })

  it('takes no member that every object has for a protocol', () => {
    assert.equal(chooseAdapter(adapters, 'constructor', () => undefined), adapters.jsonrpc)
    assert.equal(chooseAdapter(adapters, 'toString', () => undefined), adapters.jsonrpc)
  })
})
