import { createHash, randomUUID } from 'node:crypto'
import { parse } from 'graphql'
import type { Rules } from '../department-rules.ts'
import { normalizeDepartment } from '../departments.ts'
import type { Written } from './backend.ts'
import type { Conversation } from './conversation.ts'
import { refuse } from './decide.ts'
import type { ChangeCommand, Refusal, TransferTarget } from './decide.ts'
import type { Context } from './loaders.ts'
import type { SendMessageInput, StartConversationInput, TransferConversationInput } from './schema.generated.ts'
import { actorOf, checkClientId, isStaff, scopeOf, seeConversation } from './seeing.ts'
import { cleanLine, cleanText, isTooLong, nameOf } from './words.ts'

/* Mutations: what was sent becomes a command, and what came of it the payload. */

const maxSubject = 200
const maxReason = 500
const maxComment = 1_000
const maxLabel = 40

const askedBy = async (context: Context) => ({ by: actorOf(context), scope: await scopeOf(context), isAdmin: context.caller.role === 'ADMIN' })

const toUserError = ({ code, message, field }: Refusal, inInput: boolean) =>
  ({ code, message, field: field === null ? null : inInput ? ['input', field] : [field] })

/** A body that can be kept; a refusal where it can't. */
const readBody = (text: string, max: number, field = 'body'): string | Refusal => {
  if (isTooLong(text, max)) return refuse('INVALID', `${field} is at most ${max} characters`, field)
  return cleanText(text) ?? refuse('INVALID', `${field} has nothing in it`, field)
}

const isRefusal = (value: string | null | Refusal): value is Refusal => value !== null && typeof value === 'object'

const refused = (refusal: Refusal) => ({ conversation: null, message: null, deduplicated: false, userErrors: [toUserError(refusal, true)] })

const toMessagePayload = (written: Written) => {
  if (written.kind === 'refused') return refused(written)
  const message = written.kind === 'unchanged' ? null : written.message
  return { conversation: written.conversation, message, deduplicated: written.kind === 'repeated', userErrors: [] }
}

export const startConversation = async (input: StartConversationInput, context: Context) => {
  const { desk } = context.loaders
  const { settings, store } = desk
  const { rules } = desk.rules.current
  const clientMessageId = checkClientId(input.clientMessageId)
  const body = readBody(input.body, settings.messageLength)
  if (isRefusal(body)) return refused(body)
  const chosenPath = input.departmentPath == null ? null : normalizeDepartment(input.departmentPath)
  if (input.departmentPath != null && !isDepartment(chosenPath, rules)) return refused(refuse('INVALID', 'there is no such department', 'departmentPath'))
  const orderId = input.orderId ?? null
  const isTheirs = orderId === null ? true : await isTheirOrder(orderId, context)
  if (isTheirs === false) return refused(refuse('NOT_FOUND', 'there is no such order', 'orderId'))
  const { caller } = context
  const subject = cleanLine(input.subject ?? '', maxSubject)
  const visitor = { id: caller.id, name: nameOf(caller), verified: caller.verified }
  const written = await store.write({
    kind: 'start',
    ...(await askedBy(context)),
    ...{ by: { kind: 'VISITOR', id: visitor.id, name: visitor.name }, visitor, customerId: caller.customerId },
    ...{ conversationId: randomUUID(), messageId: randomUUID(), clientMessageId, subject, body, chosenPath, departmentPath: chosenPath ?? rules.defaultPath },
    // An order system that does not answer keeps nobody from asking for help.
    orderId: isTheirs === true ? orderId : null,
    note: isTheirs === null ? `the visitor names the order ${cleanLine(orderId ?? '', 100) ?? ''}; whether it is theirs could not be checked` : null,
    fingerprint: createHash('sha256').update(JSON.stringify([subject, body, chosenPath, orderId])).digest('hex'),
  })
  return toMessagePayload(written)
}

const isDepartment = (path: string | null, rules: Rules): path is string => path !== null && rules.byPath.has(path)

const ownOrder = parse('query ($id: ID!) { order(id: $id) { known } }')

/** Null where the order system can't say. */
const isTheirOrder = async (orderId: string, context: Context): Promise<boolean | null> => {
  const { caller, loaders } = context
  if (caller.customerId === null) return false
  const answer = await loaders.desk.ask('orders', { document: ownOrder, variables: { id: orderId } }, context)
  const order = answer?.['order']
  return typeof order === 'object' && order !== null && 'known' in order && typeof order.known === 'boolean' ? order.known : null
}

export const sendMessage = async (input: SendMessageInput, context: Context) => {
  const { desk } = context.loaders
  const clientMessageId = checkClientId(input.clientMessageId)
  const body = readBody(input.body, desk.settings.messageLength)
  if (isRefusal(body)) return refused(body)
  const { conversationId, kind: messageKind = 'TEXT' } = input
  return toMessagePayload(
    await desk.store.write({ kind: 'send', ...(await askedBy(context)), conversationId, clientMessageId, messageId: randomUUID(), messageKind, body }),
  )
}

type Payload = { readonly conversation: Conversation | null; readonly userErrors: readonly ReturnType<typeof toUserError>[] }

/** Where a client named the conversation: which argument, or within its input. */
type NamedAt = 'id' | 'conversationId' | 'input'

/** Where it was refused, the conversation as it is: whoever was too late sees who was not. */
const toPayload = async (written: Written, conversationId: string, context: Context, at: NamedAt = 'id'): Promise<Payload> => {
  const { loaders } = context
  if (written.kind !== 'refused') {
    loaders.conversation.clear(conversationId).prime(conversationId, written.conversation)
    return { conversation: written.conversation, userErrors: [] }
  }
  loaders.conversation.clear(conversationId)
  const conversation = written.code === 'NOT_FOUND' && written.field === 'conversationId' ? null : await seeConversation(conversationId, context)
  return { conversation, userErrors: [toUserError(written.field === 'conversationId' && at === 'id' ? { ...written, field: 'id' } : written, at === 'input')] }
}

type Change = ChangeCommand extends infer C ? (C extends ChangeCommand ? Omit<C, 'by' | 'scope' | 'isAdmin' | 'conversationId'> : never) : never

export const change = async (conversationId: string, what: Change, context: Context, at: NamedAt = 'id'): Promise<Payload> => {
  const { desk } = context.loaders
  return toPayload(await desk.store.write({ ...what, ...(await askedBy(context)), conversationId }), conversationId, context, at)
}

export const transferConversation = async (input: TransferConversationInput, context: Context): Promise<Payload> => {
  const { desk } = context.loaders
  const { conversationId } = input
  const reason = readBody(input.reason, maxReason, 'reason')
  const to = readTarget(input, desk.rules.current.rules)
  const refusal = isRefusal(reason) ? reason : to.kind === 'refused' ? to : null
  if (refusal || isRefusal(reason) || to.kind === 'refused') return toPayload(refusal ?? refuse('INVALID', 'it can not be transferred so'), conversationId, context, 'input')
  return toPayload(await desk.store.write({ kind: 'transfer', ...(await askedBy(context)), conversationId, to, reason }), conversationId, context, 'input')
}

const readTarget = ({ toAgentId, toDepartmentPath }: TransferConversationInput, rules: Rules): TransferTarget | Refusal => {
  if (toAgentId != null && toDepartmentPath != null) return refuse('INVALID', 'to an agent or to a department, not both', 'toAgentId')
  // The database would refuse to look for it.
  if (toAgentId?.includes('\0') === true) return refuse('NOT_FOUND', 'there is no such agent', 'toAgentId')
  if (toAgentId != null) return { kind: 'agent', id: toAgentId }
  if (toDepartmentPath == null) return { kind: 'queue' }
  const path = normalizeDepartment(toDepartmentPath)
  if (isDepartment(path, rules)) return { kind: 'department', path }
  return refuse('NOT_FOUND', 'there is no such department', 'toDepartmentPath')
}

export const rateConversation = async (id: string, score: number, comment: string | null, context: Context): Promise<Payload> => {
  if (score < 1 || score > 5) return toPayload(refuse('INVALID', 'score is 1 to 5', 'score'), id, context)
  if (comment !== null && isTooLong(comment, maxComment)) return toPayload(refuse('INVALID', `comment is at most ${maxComment} characters`, 'comment'), id, context)
  return change(id, { kind: 'rate', score, comment: comment === null ? null : cleanText(comment) }, context)
}

export const changeLabels = async (id: string, { add = [], remove = [] }: { readonly add?: readonly string[]; readonly remove?: readonly string[] }, context: Context): Promise<Payload> => {
  const read = (labels: readonly string[]) => labels.map((label) => ([...label].length > maxLabel ? null : cleanLine(label, maxLabel)))
  const [adding, removing] = [read(add), read(remove)]
  if ([...adding, ...removing].includes(null)) return toPayload(refuse('INVALID', `a label is one line of 1 to ${maxLabel} characters`, 'labels'), id, context, 'conversationId')
  return change(id, { kind: 'label', add: adding.filter((label) => label !== null), remove: removing.filter((label) => label !== null) }, context, 'conversationId')
}

export const markRead = async (id: string, position: number, context: Context): Promise<Payload> => {
  const { loaders } = context
  const conversation = await seeConversation(id, context)
  if (!conversation) return toPayload(refuse('NOT_FOUND', 'there is no such conversation', 'conversationId'), id, context, 'conversationId')
  const participant = actorOf(context)
  const before = (await loaders.readMarks.load(id)).find((mark) => mark.participant.kind === participant.kind && mark.participant.id === participant.id) ?? null
  const mark = await loaders.desk.store.markRead(id, participant, position, isStaff(context))
  if (!mark) return toPayload(refuse('INVALID', 'nothing is at this position', 'position'), id, context, 'conversationId')
  loaders.readMarks.clear(id)
  loaders.unread.clear(id)
  loaders.desk.signals.readTo(mark, before)
  return { conversation, userErrors: [] }
}
