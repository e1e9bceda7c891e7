import type { CrmBackend, CustomerNote, NewNote, NoteOutcome } from '../subgraphs/crm/backend.ts'
import { isThere, madeUp, patiently, tell, whereWritable } from './asking.ts'
import { behindRelay } from './behind-relay.ts'
import type { CustomerSamples } from './crm.ts'
import { broken, kept, untested } from './promise.ts'
import type { PortPromise, Subject, Verdict } from './promise.ts'

type CrmSubject = Subject<CrmBackend, CustomerSamples>
type CrmPromise = PortPromise<CrmBackend, CustomerSamples>

const author = 'conform'
/** How far the backend's clock may be from ours. */
const clockMs = 10 * 60_000

/** A note of its own for each check, with words that a narrow charset does not have. */
const newNote = (customerId: string): NewNote =>
  ({ customerId, text: `conformance check, 请忽略, é € ${madeUp()}`, author, idempotencyKey: madeUp() })

const told = (outcome: NoteOutcome): string => (outcome.kind === 'written' ? 'written' : `a refusal with ${outcome.code} of ${outcome.field}`)

const isRefused = (outcome: NoteOutcome, code: string, field: string): boolean =>
  outcome.kind === 'refused' && outcome.code === code && outcome.field === field

const notesOf = async ({ backend, callMs }: CrmSubject, customerId: string): Promise<readonly CustomerNote[]> => {
  const [row] = await backend.findCustomers([customerId], patiently({ callMs }))
  return row != null && isThere(row) ? row.notes : []
}

const write = (subject: CrmSubject, note: NewNote): Promise<NoteOutcome> => subject.backend.addNote(note, patiently(subject))

const onSomebody = (check: (subject: CrmSubject, customerId: string) => Promise<Verdict>) => async (subject: CrmSubject): Promise<Verdict> => {
  const { noted } = subject.samples
  if (noted === null) return untested('needs a customer, found none')
  return whereWritable(() => write(subject, newNote(madeUp())), () => check(subject, noted))
}

/** One that says which note it is, whatever became of its other letters. */
const isThatNote = ({ text }: NewNote) => (written: CustomerNote): boolean => written.text.includes(text.slice(-36))

const readsAsWritten: CrmPromise = {
  area: 'charsets',
  title: 'a note reads as it was written',
  needs: 'write',
  check: onSomebody(async (subject, customerId) => {
    const note = newNote(customerId)
    const outcome = await write(subject, note)
    if (outcome.kind !== 'written') return broken(`it is answered with ${told(outcome)}`)
    const read = (await notesOf(subject, customerId)).find(isThatNote(note))
    if (read?.text === note.text && read.author === author) return kept()
    return broken(read ? 'it reads otherwise' : 'it is said to be written, and is not there')
  }),
}

const isDatedNow: CrmPromise = {
  area: 'times and zones',
  title: 'a note that is written now is of now',
  needs: 'write',
  check: onSomebody(async (subject, customerId) => {
    const note = newNote(customerId)
    await write(subject, note)
    const read = (await notesOf(subject, customerId)).find(isThatNote(note))
    if (!read) return untested('the note is not there')
    const offMs = Date.parse(read.writtenAt) - Date.now()
    return Math.abs(offMs) <= clockMs ? kept() : broken(`it is ${(offMs / 3_600_000).toFixed(1)} h off: is \`timeZone\` the backend's?`)
  }),
}

const refusesNonsense: CrmPromise = {
  area: 'refusals',
  title: 'a note without text is INVALID, and one on a customer who is not there NOT_FOUND',
  needs: 'write',
  check: onSomebody(async (subject, customerId) => {
    const empty = await write(subject, { ...newNote(customerId), text: '' })
    if (!isRefused(empty, 'INVALID', 'text')) return broken(`without text it is answered with ${told(empty)}`)
    const stranger = await write(subject, newNote(madeUp()))
    return isRefused(stranger, 'NOT_FOUND', 'customerId') ? kept() : broken(`of a made-up customer it is answered with ${told(stranger)}`)
  }),
}

/** The note is written, and the answer cut off; where nothing can stand between, it is just written. */
const writeUnheard = async (subject: CrmSubject, note: NewNote): Promise<string> => {
  const lost = await behindRelay(subject, async ({ backend, relay }) => {
    await backend.findCustomers([note.customerId], patiently(subject))
    relay.cutNextAnswer(1)
    return kept(await backend.addNote(note, patiently(subject)).then(told, tell))
  })
  if (lost.kind === 'kept') return `the answer to the first was cut off: ${lost.detail ?? ''}`
  await write(subject, note)
  return 'no answer was lost, as nothing can stand between'
}

const isWrittenOnce: CrmPromise = {
  area: 'idempotency',
  title: 'a note whose answer was lost, written again with its key, is there once',
  needs: 'write',
  check: onSomebody(async (subject, customerId) => {
    const note = newNote(customerId)
    const how = await writeUnheard(subject, note)
    for (let again = 0; again < 2; again += 1) {
      const outcome = await write(subject, note)
      if (outcome.kind !== 'written') return broken(`${how}; again it is answered with ${told(outcome)}`)
    }
    const count = (await notesOf(subject, customerId)).filter(isThatNote(note)).length
    return count === 1 ? kept(how) : broken(`${how}; it is there ${count} times`)
  }),
}

const otherBody: CrmPromise = {
  area: 'conflicts',
  title: 'the key of another note is an IDEMPOTENCY_CONFLICT, and writes nothing',
  needs: 'write',
  check: onSomebody(async (subject, customerId) => {
    const note = newNote(customerId)
    await write(subject, note)
    const other = { ...newNote(customerId), idempotencyKey: note.idempotencyKey }
    const outcome = await write(subject, other)
    if (!isRefused(outcome, 'IDEMPOTENCY_CONFLICT', 'idempotencyKey')) return broken(`it is answered with ${told(outcome)}`)
    return (await notesOf(subject, customerId)).some(isThatNote(other)) ? broken('it was written all the same') : kept()
  }),
}

export const notePromises: readonly CrmPromise[] = [readsAsWritten, isDatedNow, refusesNonsense, isWrittenOnce, otherBody]
