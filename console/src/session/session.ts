import { z } from 'zod/mini'
import type { Session as Answer, SignIn } from '../../../gateway/session.ts'

/*
 * Who is signed in. The token is in this page's memory; the hub keeps it over a reload in a cookie that no script can read and that goes to `/session` alone.
 */

export type { SignIn } from '../../../gateway/session.ts'
export type { DemoIdentity as Identity } from '../../../gateway/session.ts'
export type SessionAnswer = Answer

const role = z.enum(['AGENT', 'ANALYST', 'ADMIN'])
const identities = z.array(z.object({ id: z.string(), name: z.string(), role, departments: z.array(z.string()), about: z.object({ en: z.string(), zh: z.string() }) }))
const caller = z.object({ id: z.string(), name: z.string(), role, departments: z.array(z.string()) })

/** What comes is what the hub says that it answers, or it is no answer. */
const answer: z.ZodMiniType<Answer> = z.discriminatedUnion('state', [
  z.object({ state: z.literal('SIGNED_IN'), token: z.string(), expiresAt: z.number(), caller, identities }),
  z.object({ state: z.literal('SIGNED_OUT'), reason: z.enum(['NONE', 'ENDED']), identities }),
])

/** The hub does not take it. */
export class SignInRefused extends Error {}

const ask = async (init: RequestInit): Promise<Answer> => {
  const response = await fetch('/session', { ...init, credentials: 'same-origin', signal: AbortSignal.timeout(10_000) })
  if (response.status >= 400 && response.status < 500) throw new SignInRefused(`the hub answered ${response.status}`)
  if (!response.ok) throw new Error(`the hub answered ${response.status}`)
  return answer.parse(await response.json())
}

/** Who this browser is signed in as, and who may be chosen. Throws where the hub can't be reached. */
export const readSession = () => ask({ method: 'GET' })

/** Throws `SignInRefused` where the hub does not take it. */
export const signIn = (how: SignIn) => ask({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(how) })

export const signOut = async (): Promise<void> => {
  await fetch('/session', { method: 'DELETE', credentials: 'same-origin', signal: AbortSignal.timeout(10_000) })
}
