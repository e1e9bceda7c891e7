import type { IncomingHttpHeaders } from 'node:http'

/*
 * Whether a request comes from a page of this very origin. `Sec-Fetch-Site` is what the browser itself says (Fetch Metadata), to trustworthy origins
 * alone: TLS and loopback. Elsewhere `Origin` (RFC 6454) is held against the host that was asked.
 */

type Asked = Pick<IncomingHttpHeaders, 'origin' | 'host' | 'sec-fetch-site'>

const urlOf = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null)

/** Whether both are the same host and port, once each is written in the one way. */
const isOf = (origin: string, host: string | undefined): boolean => {
  const from = urlOf(origin)
  const asked = from && host !== undefined && isPlainHost(host) ? urlOf(`${from.protocol}//${host}`) : null
  return from !== null && asked !== null && from.host !== '' && from.host === asked.host
}

/** A host's name or address and perhaps a port: nothing that could end a directive, a header or an attribute. */
export const isPlainHost = (host: string): boolean => /^(?:[a-z\d](?:[a-z\d.-]{0,252}[a-z\d])?|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i.test(host)

/** This machine by one of its own names, and not by one that somebody else's name server could give it. */
export const isLoopbackHost = (host: string | undefined): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i.test(host ?? '')

/** For what changes something: a browser says where it comes from, and whatever does not is refused. */
export const isFromHere = ({ origin, host, 'sec-fetch-site': site }: Asked): boolean => {
  if (site !== undefined) return site === 'same-origin'
  return origin !== undefined && isOf(origin, host)
}

/** For what only reads: a browser that says nothing of where it comes from reads a page of its own. */
export const isFromElsewhere = (asked: Asked): boolean => (asked['sec-fetch-site'] !== undefined || asked.origin !== undefined) && !isFromHere(asked)

/** Whether the browser has a secure connection, though a proxy may have ended it: pages of `https:` say so themselves. */
export const isOverTls = ({ origin }: Asked, isEncrypted: boolean): boolean => isEncrypted || (origin !== undefined && urlOf(origin)?.protocol === 'https:')
