import cookie from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GraphQLError } from 'graphql'
import { z } from 'zod'
import type { Authenticate } from './caller.ts'
import type { TokenClaims } from './token-signing.ts'

/** Somebody whom a visitor of the demo may choose to be. */
export type Identity = TokenClaims & { readonly id: string }

export type SessionDoorOptions = {
  readonly authenticate: Authenticate
  /** None but in the demo. */
  readonly identities: readonly Identity[]
  readonly sign: (identity: Identity) => Promise<string>
}

const cookieName = 'fuseboard-session'
/** It goes to this door alone: the doors to the schema know no cookie, so no other site can ask there in somebody's name. */
const path = '/session'

const given = z.union([z.strictObject({ token: z.string().min(1).max(8_192) }), z.strictObject({ identity: z.string().min(1).max(200) })])

const sendError = (reply: FastifyReply, status: number, code: string, message: string) =>
  reply.code(status).send({ errors: [{ message, extensions: { code, requestId: reply.request.id } }] })

/** Fetch Metadata, and where a browser does not send it, the origin: another site has no business here. */
const isOfOwnPage = ({ headers: { origin, host, 'sec-fetch-site': site } }: FastifyRequest): boolean => {
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)
}

/** Names that no resolver can be made to point elsewhere: a page that rebinds its own name is not told who may be chosen. */
const isLoopback = ({ hostname }: FastifyRequest): boolean => /^(127(\.\d{1,3}){3}|localhost|\[::1\])$/.test(hostname)

const isSecure = ({ protocol, headers: { 'x-forwarded-proto': forwarded } }: FastifyRequest): boolean => protocol === 'https' || forwarded === 'https'

type Session = { readonly token: string; readonly expiresAt: string }

/**
 * `/session`, for a page that is served here. The page keeps the token in its memory; over a reload it is in a cookie that no script can read.
 * GET says who is signed in, `{session: {token, expiresAt} | null, identities}`; POST of `{token}`, or in the demo of `{identity}`, signs in; DELETE signs out.
 */
export const openSessionDoor = async (app: FastifyInstance, opt: SessionDoorOptions): Promise<void> => {
  await app.register(cookie)
  const choices = (request: FastifyRequest) => (isLoopback(request) ? opt.identities : [])

  /** Null for a token that is not valid, or no longer, or a visitor's: the console is for those who work here. */
  const check = async (token: string): Promise<Session | null> => {
    try {
      const { caller, expiresAt } = await opt.authenticate(`Bearer ${token}`)
      return caller.role === 'VISITOR' ? null : { token, expiresAt: new Date(expiresAt).toISOString() }
    } catch (error) {
      if (error instanceof GraphQLError && error.extensions['code'] === 'UNAUTHENTICATED') return null
      throw error
    }
  }
  const answer = (request: FastifyRequest, session: Session | null) => ({
    session,
    identities: choices(request).map(({ id, name, role, departments = [] }) => ({ id, displayName: name, role: role.toUpperCase(), departments })),
  })
  const attributesFor = (request: FastifyRequest) => ({ path, httpOnly: true, sameSite: 'strict', secure: isSecure(request) } as const)

  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url !== path) return
    reply.header('cache-control', 'no-store')
    if (!isOfOwnPage(request)) return sendError(reply, 403, 'FORBIDDEN', 'only a page of this hub signs in here')
  })
  app.get(path, async (request, reply) => {
    const token = request.cookies[cookieName]
    const session = token === undefined ? null : await check(token)
    if (token !== undefined && session === null) reply.clearCookie(cookieName, attributesFor(request))
    return answer(request, session)
  })
  app.post(path, async (request, reply) => {
    const body = given.safeParse(request.body)
    if (!body.success) return sendError(reply, 400, 'BAD_REQUEST', 'expected {"token": …}, or {"identity": …} of the demo')
    const token = 'token' in body.data ? body.data.token : await signFor(request, body.data.identity)
    const session = token === null ? null : await check(token)
    if (session === null) return sendError(reply, 401, 'UNAUTHENTICATED', 'this is no valid token of somebody who works here')
    reply.setCookie(cookieName, session.token, { ...attributesFor(request), expires: new Date(session.expiresAt) })
    return answer(request, session)
  })
  app.delete(path, async (request, reply) => reply.clearCookie(cookieName, attributesFor(request)).code(204).send())

  const signFor = async (request: FastifyRequest, id: string): Promise<string | null> => {
    const identity = choices(request).find((one) => one.id === id)
    return identity ? opt.sign(identity) : null
  }
}
