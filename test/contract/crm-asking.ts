import assert from 'node:assert/strict'
import type { CallOptions, Row } from '../../fuse/call.ts'
import { BackendFailure } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import type { CrmBackend, Customer, NewNote, NoteOutcome } from '../../subgraphs/crm/backend.ts'

export const settingsFor = (url: string): BackendSettings => ({
  name: 'crm', protocol: 'under test', url, headers: {}, maxResponseBytes: 16 * 1024 * 1024, timeZone: 'Asia/Shanghai', charset: 'gbk', options: {},
})

let keys = 0
/** A note that no test wrote before. */
export const newNote = (rest: Partial<NewNote> = {}): NewNote => {
  keys += 1
  return { customerId: 'C-1100', text: `客户来电 ${keys}`, author: 'ana', idempotencyKey: `key-${keys}`, ...rest }
}

export const calls: Readonly<Record<keyof CrmBackend, (crm: CrmBackend, opt: CallOptions) => Promise<unknown>>> = {
  findCustomers: (crm, options) => crm.findCustomers(['C-1001', 'C-1002'], options),
  searchCustomers: (crm, options) => crm.searchCustomers({ text: '陈', offset: 0, limit: 5 }, options),
  addNote: (crm, options) => crm.addNote(newNote({ customerId: 'C-1200' }), options),
}

export const idOf = (row: Row<Customer>) => (row instanceof BackendFailure ? row.name : row?.id)
export const refusal = (outcome: NoteOutcome): readonly string[] => (outcome.kind === 'refused' ? [outcome.code, outcome.field] : assert.fail('written'))
