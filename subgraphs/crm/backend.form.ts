import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { CallOptions, Page, Row } from '../../fuse/call.ts'
import { Faulted, Malformed, Refused } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { canEncode, openFormWire } from '../../fuse/wires/form.ts'
import type { FormWire } from '../../fuse/wires/form.ts'
import { atTheirPlaces, inBatches, parseWhole } from '../parsing.ts'
import type { CrmBackend, Customer, CustomerSearch, NewNote, NoteOutcome } from './backend.ts'
import { formCustomerId, formCustomers, formEnvelope, formNoteOutcome, formPage, refuseNote } from './decode.ts'

type Api = { readonly wire: FormWire; readonly settings: BackendSettings; readonly decode: ReturnType<typeof formCustomers> }

/** As many ids as one request may name. */
const batchSize = 100

const lists = { arrays: ['row', 'note'] }

/** The CRM over form-encoded POST and XML, `index.php?m=…&a=…`, with errors inside HTTP 200. */
export const openCrmOverForm: OpenAdapter<CrmBackend> = (settings) => {
  const wire = openFormWire(settings, lists)
  const api: Api = { wire, settings, decode: formCustomers(settings) }
  return {
    findCustomers: async (ids, opt) => (await Promise.all(inBatches(ids, batchSize).map((batch) => findBatch(api, batch, opt)))).flat(),
    searchCustomers: (query, opt) => searchCustomers(api, query, opt),
    addNote: (note, opt) => addNote(api, note, opt),
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}

type Answer = { readonly code: string; readonly data: unknown }

/** 5xxx is trouble of the CRM's own, whatever HTTP says. */
const ask = async ({ wire, settings }: Api, m: string, a: string, fields: Readonly<Record<string, string>>, opt: CallOptions): Promise<Answer> => {
  const { response } = parseWhole(formEnvelope, await wire.call({ m, a }, fields, opt), settings.name, 'an answer')
  if (response.code.startsWith('5')) throw new Faulted(settings.name, `code ${response.code}`)
  return { code: response.code, data: response.data }
}

const readPage = ({ settings }: Api, { code, data }: Answer) => {
  if (code !== '0') throw new Refused(settings.name, `code ${code}`)
  return parseWhole(formPage, data, settings.name, 'a list of customers')
}

/** An id with a comma would be two, and no id of this CRM has anything but letters, digits and dashes. */
const isAskable = (id: string) => /^[\w-]{1,64}$/.test(id)

const findBatch = async (api: Api, ids: readonly string[], opt: CallOptions): Promise<readonly Row<Customer>[]> => {
  const askable = ids.filter(isAskable)
  if (askable.length === 0) return ids.map(() => null)
  const { rows } = readPage(api, await ask(api, 'customer', 'get', { ids: askable.join(',') }, opt))
  const found = atTheirPlaces(askable, rows, formCustomerId, api.decode, api.settings.name)
  const byId = new Map(askable.map((id, index) => [id, found[index] ?? null]))
  return ids.map((id) => byId.get(id) ?? null)
}

const searchCustomers = async (api: Api, { text, offset, limit }: CustomerSearch, opt: CallOptions): Promise<Page<Customer>> => {
  // What the charset does not have stands in no row.
  if (!canEncode(text, api.settings.charset)) return { rows: [], hasMore: false, totalCount: 0 }
  const asked = { kw: text, start: String(offset), num: String(limit) }
  const { rows, total } = readPage(api, await ask(api, 'customer', 'search', asked, opt))
  return { rows: rows.map(api.decode), hasMore: offset + rows.length < total, totalCount: total }
}

/**
 * A character that the charset does not have goes as a numeric reference, as browsers send it from a form; so does the `&` of what would be taken
 * for one.
 */
const encodable = (text: string, charset: string): string =>
  [...text.replaceAll(/&(?=#)/g, '&#38;')].map((character) => (canEncode(character, charset) ? character : `&#${character.codePointAt(0)};`)).join('')

/** What the CRM can give back: it answers in XML, which has neither control characters nor half a surrogate pair (XML 1.0 section 2.2). */
const isReturnable = (text: string) => text.isWellFormed() && !/[^\t\n\r\u{20}-\u{fffd}\u{10000}-\u{10ffff}]/u.test(text)

/** A key as the CRM can keep it: other keys are other tokens, and one of letters and digits is itself. JSON writes half a surrogate pair too. */
const toToken = (key: string) => encodeURIComponent(JSON.stringify(key).slice(1, -1))

const addNote = async (api: Api, note: NewNote, opt: CallOptions): Promise<NoteOutcome> => {
  const { charset, name } = api.settings
  if (!isAskable(note.customerId)) return refuseNote('NOT_FOUND')
  if (!isReturnable(note.text) || !isReturnable(note.author)) return refuseNote('INVALID')
  const fields = {
    cid: note.customerId,
    content: encodable(note.text, charset),
    author: encodable(note.author, charset),
    token: toToken(note.idempotencyKey),
  }
  const { code } = await ask(api, 'note', 'add', fields, opt)
  const outcome = formNoteOutcome(code)
  if (!outcome) throw new Malformed(name, `a note's code ${code}`)
  return outcome
}
