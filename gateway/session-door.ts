import type { IncomingMessage } from 'node:http'
import fastifyCookie from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GraphQLError } from 'graphql'
import type { Logger } from 'pino'
import type { Authenticate, Authenticated } from './caller.ts'
import { sendError } from './http-door.ts'
import { readJson } from './json-body.ts'
import { isFromElsewhere, isFromHere, isLoopbackHost, isOverTls } from './same-origin.ts'
import { signIn } from './session.ts'
import type { DemoIdentity, Session } from './session.ts'

export type SessionDoorOptions = {
  readonly authenticate: Authenticate
  /** Whom anybody may be; nobody but where the demo company runs. */
  readonly identities: readonly DemoIdentity[]
  /** A token of one of them, of the hub's own key. */
  readonly sign: (identity: DemoIdentity) => Promise<string>
  readonly log: Logger
}

type SignedIn = Extract<Session, { readonly state: 'SIGNED_IN' }>

const url = '/session'

/** Sent to this very path and to no other, so that no door to the schema ever sees it, and never from another site's page. */
const cookieName = 'fuseboard_session'
const cookie = { path: url, httpOnly: true, sameSite: 'strict' } as const

const maxBodyBytes = 8_192

const refusal = (status: number, code: string, message: string) => new GraphQLError(message, { extensions: { code, http: { status } } })

/**
 * `/session`: a token is shown once (`POST`), kept where no script reads it, given back to a page of this origin after a reload (`GET`), and forgotten
 * (`DELETE`). docs/decisions/0023.
 */
export const openSessionDoor = async (app: FastifyInstance, opt: SessionDoorOptions): Promise<void> => {
  await app.register(async (door) => {
    await door.register(fastifyCookie)
    door.removeAllContentTypeParsers()
    door.addContentTypeParser('application/json', (_request: FastifyRequest, payload: IncomingMessage) => readJson(payload, maxBodyBytes))
    door.addHook('onRequest', refuseOthers)
    door.setErrorHandler((error, request, reply) => refuse(error, request, reply))
    door.post(url, (request, reply) => begin(request, reply, opt))
    door.get(url, { exposeHeadRoute: false }, (request, reply) => tell(request, reply, opt))
    door.delete(url, (_request, reply) => reply.clearCookie(cookieName, cookie).code(204).send())
  })
}

/** Before anything is read: another site's page may neither sign in, nor sign out, nor look. */
const refuseOthers = async ({ method, headers }: FastifyRequest, reply: FastifyReply): Promise<void> => {
  reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin' })
  const isRefused = method === 'GET' ? isFromElsewhere(headers) : !isFromHere(headers)
  if (isRefused) throw refusal(403, 'FORBIDDEN', 'a session is for pages of this hub alone')
}

const begin = async (request: FastifyRequest, reply: FastifyReply, opt: SessionDoorOptions): Promise<SignedIn> => {
  const token = await tokenOf(request, opt)
  const begun = describe(token, await opt.authenticate(`Bearer ${token}`), opt)
  const secure = isOverTls(request.headers, request.protocol === 'https')
  reply.setCookie(cookieName, token, { ...cookie, secure, expires: new Date(begun.expiresAt) })
  opt.log.info({ requestId: request.id, by: begun.caller.id, role: begun.caller.role }, 'a session begins')
  return begun
}

/** Another site's name may be made to lead to loopback, and its page would then be of this origin: so nobody is the demo's by any such name. */
const tokenOf = async ({ body, headers }: FastifyRequest, { identities, sign }: SessionDoorOptions): Promise<string> => {
  const asked = signIn.safeParse(body)
  if (!asked.success) throw refusal(400, 'BAD_USER_INPUT', 'expected { "token": … } or { "identity": … }, and a token of at most 3,800 characters')
  if ('token' in asked.data) return asked.data.token
  const { identity } = asked.data
  const found = identities.find(({ id }) => id === identity)
  if (!found) throw refusal(400, 'BAD_USER_INPUT', 'there is no such identity here')
  if (!isLoopbackHost(headers.host)) throw refusal(403, 'FORBIDDEN', 'the identities of the demo are for its own machine, as localhost')
  return sign(found)
}

const tell = async (request: FastifyRequest, reply: FastifyReply, opt: SessionDoorOptions): Promise<Session> => {
  const token = request.cookies[cookieName]
  if (token === undefined || token === '') return signedOut('NONE', opt)
  try {
    return describe(token, await opt.authenticate(`Bearer ${token}`), opt)
  } catch (error) {
    if (!isOver(error)) throw error
    reply.clearCookie(cookieName, cookie)
    return signedOut('ENDED', opt)
  }
}

/** Whatever else went wrong, such as a key server that does not answer, may be well again in a moment. */
const isOver = (error: unknown): boolean => error instanceof GraphQLError && ['UNAUTHENTICATED', 'FORBIDDEN'].includes(String(error.extensions['code']))

const signedOut = (reason: 'NONE' | 'ENDED', { identities }: SessionDoorOptions): Session => ({ state: 'SIGNED_OUT', reason, identities: [...identities] })

const describe = (token: string, { caller, expiresAt }: Authenticated, { identities }: SessionDoorOptions): SignedIn => {
  const { id, name, role, departments } = caller
  if (role === 'VISITOR' || role === 'NOBODY') throw refusal(403, 'FORBIDDEN', 'the console is for agents, analysts and administrators')
  return { state: 'SIGNED_IN', token, expiresAt, caller: { id, name, role, departments: [...departments] }, identities: [...identities] }
}

/** What is no refusal of this door's own goes to the hub's handler. */
const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
  if (!(error instanceof GraphQLError)) throw error
  const { code, http } = error.extensions
  const status = typeof http === 'object' && http !== null && 'status' in http && typeof http.status === 'number' ? http.status : 500
  request.log.info({ requestId: request.id, code, method: request.method }, 'a session was refused')
  return sendError(reply, status, String(code), error.message)
}
