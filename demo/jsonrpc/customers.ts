import { z } from 'zod'
import type { TheirCustomer } from '../company.ts'
import { openLedger } from '../idempotency.ts'
import { type Method, method } from './dispatch.ts'
import { findIn, pageOf, texts, window } from './params.ts'

type Customers = Map<string, TheirCustomer>

export const customerMethods = (found: readonly TheirCustomer[]): readonly (readonly [string, Method])[] => {
  const customers: Customers = new Map(found.map(customer => [customer.id, customer]))
  return [
    ['customers.find', method(z.object({ ids: texts }), ({ ids }) => findIn(customers, ids, writeCustomer))],
    ['customers.search', method(window.extend({ text: z.string() }), ({ text, ...range }) =>
      pageOf([...customers.values()].filter(customer => mentions(customer, text)), range, writeCustomer))],
    ['customers.addNote', method(noteParams, addNote(customers))],
  ]
}

const noteParams = z.object({ customerId: z.string(), text: z.string(), author: z.string(), idempotencyKey: z.string().min(1) })

const writeCustomer = (customer: TheirCustomer): object => ({
  id: customer.id,
  name: customer.name,
  email: customer.email,
  phone: customer.phone,
  tier: customer.tier === 'DIAMOND' ? 'UNKNOWN' : customer.tier,
  tierText: customer.tierWord,
  registeredAt: customer.registeredAt,
  notes: customer.notes,
})

const mentions = ({ name, email, phone }: TheirCustomer, text: string): boolean =>
  [name, email, phone].some(field => field?.toLowerCase().includes(text.toLowerCase()))

type Outcome = { readonly kind: 'written' } | { readonly kind: 'refused'; readonly code: 'NOT_FOUND' | 'INVALID' | 'IDEMPOTENCY_CONFLICT' }

const maxNote = 2_000

const addNote = (customers: Customers): (params: z.infer<typeof noteParams>) => Outcome => {
  const ledger = openLedger<Outcome>()
  const write = ({ customerId, text, author }: z.infer<typeof noteParams>): Outcome => {
    const customer = customers.get(customerId)
    if (customer === undefined) return { kind: 'refused', code: 'NOT_FOUND' }
    if (text.trim() === '' || text.length > maxNote) return { kind: 'refused', code: 'INVALID' }
    const note = { text, author, writtenAt: new Date().toISOString() }
    customers.set(customerId, { ...customer, notes: [...customer.notes, note] })
    return { kind: 'written' }
  }
  return (params) => {
    const entry = ledger.once(params.idempotencyKey, JSON.stringify([params.customerId, params.text, params.author]), () => write(params))
    return entry.kind === 'conflict' ? { kind: 'refused', code: 'IDEMPOTENCY_CONFLICT' } : entry.outcome
  }
}
