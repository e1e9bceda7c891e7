import iconv from 'iconv-lite'
import type { CallOptions } from '../call.ts'
import { Refused } from '../errors.ts'
import type { BackendSettings } from '../settings.ts'
import { openHttpWire } from './http.ts'
import { refuseBadStatus } from './rest.ts'
import { decodeXml, parseXml } from './xml.ts'
import type { XmlOptions } from './xml.ts'

/** Form-encoded POST, answered in XML, both in a charset such as GBK. */
export type FormWire = AsyncDisposable & {
  /**
   * `query` goes into the URL, `fields` into the body. Throws `Unreachable`, `TimedOut`, `Faulted` (5xx), `Malformed`, and `Refused` for 4xx and
   * for text that the charset does not have.
   */
  call(query: Readonly<Record<string, string>>, fields: Readonly<Record<string, string>>, opt: CallOptions): Promise<unknown>
}

export const openFormWire = (settings: BackendSettings, xml: XmlOptions = { arrays: [] }): FormWire => {
  const http = openHttpWire(settings)
  const { name, charset } = settings
  return {
    call: async (query, fields, opt) => {
      const headers = { 'content-type': `application/x-www-form-urlencoded; charset=${charset}`, accept: 'text/xml, application/xml' }
      const answer = await http.request({ method: 'POST', path: '', query, headers, body: encodeForm(name, fields, charset) }, opt)
      refuseBadStatus(name, answer)
      return parseXml(name, decodeXml(name, answer, charset), xml)
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  }
}

/** application/x-www-form-urlencoded (URL Standard section 5.2) with the bytes of any charset. */
export const encodeForm = (backend: string, fields: Readonly<Record<string, string>>, charset: string): string =>
  Object.entries(fields)
    .map(([field, value]) => `${percentEncode(backend, field, charset)}=${percentEncode(backend, value, charset)}`)
    .join('&')

const percentEncode = (backend: string, text: string, charset: string): string => {
  if (!canEncode(text, charset)) throw new Refused(backend, `text that ${charset} does not have`)
  return [...iconv.encode(text, charset)].map(encodeByte).join('')
}

/** Whether every character of a text exists in a charset. */
export const canEncode = (text: string, charset: string): boolean =>
  iconv.decode(iconv.encode(text, charset), charset, { stripBOM: false }) === text

const isPlain = (byte: number) => /[\w.*-]/.test(String.fromCharCode(byte)) && byte < 0x80

const encodeByte = (byte: number): string => {
  if (byte === 0x20) return '+'
  return isPlain(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
}
