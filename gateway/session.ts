import { z } from 'zod'

/*
 * What `/session` takes and answers; the console takes its types from here. docs/decisions/0023 says why a token is kept in a cookie that no script
 * reads, and handed out to the page's memory.
 */

/** Whom the console is for. */
const role = z.enum(['AGENT', 'ANALYST', 'ADMIN'])

/** A browser drops a cookie of more than 4,096 bytes, name and attributes included (RFC 6265 section 6.1). */
export const maxTokenLength = 3_800

/** Somebody whom the demo lets anybody be. */
export const demoIdentity = z.strictObject({
  id: z.string(),
  name: z.string(),
  role,
  departments: z.array(z.string()),
  /** What they do, in a few words of both languages. */
  about: z.strictObject({ en: z.string(), zh: z.string() }),
})

/** The body of `POST /session`. `identity` is the id of one of the demo. */
export const signIn = z.union([
  z.strictObject({ token: z.string().min(1).max(maxTokenLength) }),
  z.strictObject({ identity: z.string().min(1).max(200) }),
])

const signedIn = z.strictObject({
  state: z.literal('SIGNED_IN'),
  /** For the page's memory alone: what `Authorization` and `connection_init` carry. */
  token: z.string(),
  /** Unix milliseconds. */
  expiresAt: z.number(),
  caller: z.strictObject({ id: z.string(), name: z.string(), role, departments: z.array(z.string()) }),
  identities: z.array(demoIdentity),
})

const signedOut = z.strictObject({
  state: z.literal('SIGNED_OUT'),
  /** `ENDED`: there was a session, and its token has expired or is not accepted any more. */
  reason: z.enum(['NONE', 'ENDED']),
  /** Whom one may be without a token; nobody outside the demo. */
  identities: z.array(demoIdentity),
})

/** What `GET` and `POST /session` answer; `DELETE` answers 204, and a refusal is `{ errors: [{ message, extensions: { code, requestId } }] }`. */
export const session = z.discriminatedUnion('state', [signedIn, signedOut])

export type DemoIdentity = z.infer<typeof demoIdentity>
export type SignIn = z.infer<typeof signIn>
export type Session = z.infer<typeof session>

/**
 * Cookies that the console sets itself (`path=/; samesite=lax`), so that the page comes as it was left: nothing that is wrong is taken from them.
 * Without a language the browser's own order decides; without a colour scheme, or with `auto`, the system does.
 */
export type PageCookies = { readonly fuseboard_language: 'en' | 'zh-CN'; readonly fuseboard_color_scheme: 'light' | 'dark' | 'auto' }
