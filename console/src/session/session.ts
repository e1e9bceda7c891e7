import { z } from 'zod/mini'

/*
 * Who is signed in. The token is in this page's memory; the hub keeps it over a reload in a cookie that no script can read and that goes to `/session` alone.
 */

const sessionSchema = z.object({ token: z.string(), expiresAt: z.string() })

/** One of the demo's people, to be chosen instead of giving a token. */
const identitySchema = z.object({ id: z.string(), displayName: z.string(), role: z.string(), departments: z.array(z.string()) })

const answerSchema = z.object({ session: z.nullable(sessionSchema), identities: z.array(identitySchema) })

export type Session = z.infer<typeof sessionSchema>
export type Identity = z.infer<typeof identitySchema>
export type SessionAnswer = z.infer<typeof answerSchema>

export type SignIn = { readonly token: string } | { readonly identity: string }

/** The hub does not take it. */
export class SignInRefused extends Error {}

const ask = async (init: RequestInit): Promise<SessionAnswer> => {
  const response = await fetch('/session', { ...init, credentials: 'same-origin', signal: AbortSignal.timeout(10_000) })
  if (response.status >= 400 && response.status < 500) throw new SignInRefused(`the hub answered ${response.status}`)
  if (!response.ok) throw new Error(`the hub answered ${response.status}`)
  return answerSchema.parse(await response.json())
}

/** Who this browser is signed in as, and who may be chosen. Throws where the hub can't be reached. */
export const readSession = () => ask({ method: 'GET' })

/** Throws `SignInRefused` where the hub does not take it. */
export const signIn = (how: SignIn) => ask({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(how) })

export const signOut = async (): Promise<void> => {
  await fetch('/session', { method: 'DELETE', credentials: 'same-origin', signal: AbortSignal.timeout(10_000) })
}
