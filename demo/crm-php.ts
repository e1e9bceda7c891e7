import XMLBuilder from 'fast-xml-builder'
import iconv from 'iconv-lite'
import { runAlone } from './alone.ts'
import type { Company, TheirCustomer } from './company.ts'
import { openLedger } from './idempotency.ts'
import type { Ledger } from './idempotency.ts'
import { startLegacy } from './legacy.ts'
import type { LegacyAnswer, LegacyRequest, LegacySystem } from './legacy.ts'

/**
 * The CRM, as a PHP shop has kept it since 2009. Everything is `POST /index.php?m=…&a=…`, form-encoded in GBK, answered by XML in GBK; errors
 * come inside HTTP 200:
 *
 *     m=customer a=get      ids=C-1001,C-1002     at most 100; unknown ones are missing, in the system's own order
 *     m=customer a=search   kw, start, num        name, email or phone
 *     m=note     a=add      cid, content, author, token (idempotency key)
 *
 * Codes: 0 well, 1404 no such customer, 1422 a text that it does not take, 1409 the token was used for something else, 5003 the database.
 */
export type CrmOptions = {
  /** 0 takes any free port. */
  readonly port: number
  /** Loopback where nothing is said. */
  readonly host?: string | undefined
  readonly company: Pick<Company, 'customers'>
  /** Ids of customers whose rows come out broken. */
  readonly unreadable?: ReadonlySet<string>
}

const defaultPort = 4102
const mostIds = 100

type Note = { readonly text: string; readonly author: string; readonly writtenAt: string }
type Crm = {
  readonly customers: readonly TheirCustomer[]
  readonly byId: ReadonlyMap<string, TheirCustomer>
  readonly added: Map<string, Note[]>
  readonly ledger: Ledger<string>
  readonly unreadable: ReadonlySet<string>
}

export const startCrmPhp = ({ port, host, company, unreadable = new Set() }: CrmOptions): Promise<LegacySystem> => {
  const { customers } = company
  const crm: Crm = { customers, byId: new Map(customers.map((one) => [one.id, one])), added: new Map(), ledger: openLedger(), unreadable }
  return startLegacy({
    name: 'crm',
    port,
    host,
    handle: (request) => route(crm, request),
    errorAnswer: failed('5003', 'SQLSTATE[HY000] [2006] MySQL server has gone away in /var/www/crm/lib/db.php:88'),
    garbageAnswer: { status: 200, headers: { 'content-type': 'text/html; charset=GBK' }, body: '<br />\n<b>Fatal error</b>: Allowed memory size' },
  })
}

const builder = new XMLBuilder({ format: false, suppressEmptyNode: false })

/** What GBK does not have goes as a numeric character reference, as htmlentities() did it. */
const encodeGbk = (xml: string): Buffer =>
  iconv.encode([...xml].map((letter) => (iconv.decode(iconv.encode(letter, 'gbk'), 'gbk') === letter ? letter : `&#${letter.codePointAt(0)};`)).join(''), 'gbk')

const answer = (response: object): LegacyAnswer => ({
  status: 200,
  headers: { 'content-type': 'text/xml; charset=GBK' },
  body: encodeGbk(`<?xml version="1.0" encoding="GBK"?>\n${builder.build({ response })}`),
})

const well = (data: object) => answer({ code: 0, data })
const failed = (code: string, msg: string) => answer({ code, msg })

const unescapeByte = (text: string): Buffer =>
  Buffer.from(text.replaceAll('+', ' ').replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))), 'latin1')

const readForm = (body: Buffer): ReadonlyMap<string, string> =>
  new Map(
    body.toString('latin1').split('&').map((pair) => {
      const [name = '', value = ''] = pair.split('=')
      return [iconv.decode(unescapeByte(name), 'gbk'), iconv.decode(unescapeByte(value), 'gbk')]
    }),
  )

const route = (crm: Crm, { method, url, body }: LegacyRequest): LegacyAnswer => {
  const form = readForm(body)
  const action = `${url.searchParams.get('m') ?? ''}/${url.searchParams.get('a') ?? ''}`
  if (method !== 'POST' || url.pathname !== '/index.php') return failed('1400', 'bad request')
  if (action === 'customer/get') return getCustomers(crm, form)
  if (action === 'customer/search') return searchCustomers(crm, form)
  if (action === 'note/add') return addNote(crm, form)
  return failed('1400', `no action ${action}`)
}

const list = (crm: Crm, found: readonly TheirCustomer[], total: number) =>
  well({ total, rows: found.length === 0 ? '' : { row: found.map((one) => toRow(crm, one)) } })

const getCustomers = (crm: Crm, form: ReadonlyMap<string, string>): LegacyAnswer => {
  const ids = (form.get('ids') ?? '').split(',')
  if (ids.length > mostIds) return failed('1413', 'too many ids')
  const wanted = new Set(ids)
  const found = crm.customers.filter(({ id }) => wanted.has(id)).toReversed()
  return list(crm, found, found.length)
}

const searchCustomers = (crm: Crm, form: ReadonlyMap<string, string>): LegacyAnswer => {
  const words = (form.get('kw') ?? '').toLowerCase()
  const start = Number(form.get('start') ?? 0)
  const found = crm.customers.filter(({ name, email, phone }) => [name, email, phone].some((text) => text?.toLowerCase().includes(words)))
  return list(crm, found.slice(start, start + Number(form.get('num') ?? 20)), found.length)
}

const unreference = (text: string) => text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))

const addNote = (crm: Crm, form: ReadonlyMap<string, string>): LegacyAnswer => {
  const [cid = '', content = '', author = '', token = ''] = ['cid', 'content', 'author', 'token'].map((field) => unreference(form.get(field) ?? ''))
  if (!crm.byId.has(cid)) return failed('1404', `customer ${cid} not found`)
  if (content.trim() === '' || content.length > 2_000 || token === '') return failed('1422', 'content')
  const entry = crm.ledger.once(token, JSON.stringify([cid, content, author]), () => {
    const notes = crm.added.get(cid) ?? []
    crm.added.set(cid, [...notes, { text: content, author, writtenAt: new Date().toISOString() }])
    return `N-${cid}-${notes.length + 1}`
  })
  return entry.kind === 'conflict' ? failed('1409', 'token') : well({ note: entry.outcome })
}

const tierWords = { STANDARD: '普通', SILVER: '银卡', GOLD: '金卡', PLATINUM: '白金', DIAMOND: '黑钻' } as const

/** Its clocks stand in Shanghai, where nobody has changed them since 1991. */
const localTime = (iso: string) => new Date(Date.parse(iso) + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')

const toRow = (crm: Crm, customer: TheirCustomer): object => {
  const notes = [...customer.notes, ...(crm.added.get(customer.id) ?? [])]
  return {
    cid: customer.id,
    xm: customer.name,
    dh: customer.phone ?? '',
    yx: customer.email ?? '',
    dj: tierWords[customer.tier],
    zcsj: crm.unreadable.has(customer.id) ? '2019-13-41 25:61:00' : localTime(customer.registeredAt),
    bz: notes.length === 0 ? '' : { note: notes.map(({ text, author, writtenAt }) => ({ nr: text, zz: author, sj: localTime(writtenAt) })) },
  }
}

if (import.meta.main) await runAlone(defaultPort, startCrmPhp)
