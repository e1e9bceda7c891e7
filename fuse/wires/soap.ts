import { createClientAsync } from 'soap'
import type { Client, IHttpClient, IOptions } from 'soap'
import { z } from 'zod'
import type { CallOptions } from '../call.ts'
import { BackendFailure, Cancelled, Faulted, Malformed, Refused } from '../errors.ts'
import type { BackendSettings } from '../settings.ts'
import { abortedAs, openHttpWire } from './http.ts'
import type { HttpAnswer, HttpWire } from './http.ts'
import { refuseBadStatus } from './rest.ts'
import { checkXml, decodeXml, parseXml } from './xml.ts'

/** SOAP 1.1 or 1.2, as a WSDL describes it. */
export type SoapWire = AsyncDisposable & {
  /**
   * The content of the answer's element, with lists where the WSDL says that an element may be repeated. Dates, times and
   * decimals stay text, as they are in the XML; integers are numbers and booleans booleans; `xsi:nil` is null. Throws `Unreachable`, `TimedOut`,
   * `Faulted` (a fault of the server's), `SoapRefused` (one of the client's) or `Malformed`.
   */
  call(operation: string, args: Readonly<Record<string, unknown>>, opt: CallOptions): Promise<unknown>
}

/** A fault that is the client's: the backend is well, and does not accept what it was asked. */
export class SoapRefused extends Refused {
  readonly faultCode: string

  constructor(backend: string, faultCode: string, message: string) {
    super(backend, `fault ${faultCode}: ${message}`)
    this.faultCode = faultCode
  }
}

const soapOptions = z.object({
  /** A path or a URL of the backend's own origin; `<url>?wsdl` where it is left out. */
  wsdl: z.string().optional(),
  soapVersion: z.enum(['1.1', '1.2']).default('1.1'),
})

const wsdlMs = 5_000

/**
 * The WSDL is read with the first call, and again with the next one where that failed. Calls go to `settings.url`, whatever
 * address the WSDL names, and it can't include anything from another origin: what a backend says decides nothing about whom we speak to.
 */
export const openSoapWire = (settings: BackendSettings): SoapWire => {
  const { name, url } = settings
  const { origin } = new URL(url)
  const { wsdl = `${url}?wsdl`, soapVersion } = soapOptions.parse(settings.options)
  const http = openHttpWire({ ...settings, url: origin })
  const load = once(() => {
    const options: IOptions = {
      httpClient: openTransport(name, origin, http, settings.charset),
      disableCache: true,
      handleNilAsNull: true,
      forceSoap12Headers: soapVersion === '1.2',
      customDeserializer: asText,
    }
    return createClientAsync(wsdl, options, url)
  })
  return {
    call: async (operation, args, opt) => {
      if (opt.signal.aborted) throw abortedAs(name, opt.signal)
      const client = await untilAborted(name, load(), opt.signal)
      return invoke(name, client, operation, args, opt)
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  }
}

/** The library would read a time without a zone as one of this machine's, and a decimal as a float. */
const text = (value: string) => value
const asText = { dateTime: text, date: text, time: text, decimal: text }

/** One attempt for all who wait; a failed one is forgotten. */
const once = <T>(attempt: () => Promise<T>): (() => Promise<T>) => {
  const state: { running: Promise<T> | null } = { running: null }
  return () => {
    state.running ??= attempt().catch((error: unknown) => {
      state.running = null
      throw error
    })
    return state.running
  }
}

const untilAborted = async <T>(backend: string, wanted: Promise<T>, signal: AbortSignal): Promise<T> => {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(abortedAs(backend, signal))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([wanted, aborted.promise])
  } catch (error) {
    throw toFailure(backend, error)
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

const invoke = async (backend: string, client: Client, operation: string, args: Readonly<Record<string, unknown>>, opt: CallOptions) => {
  const method: unknown = client[operation]
  const isKnown = typeof method === 'function' && operationsOf(client).includes(operation)
  if (!isKnown) throw new Malformed(backend, `the WSDL has no operation ${operation}`)
  const answer = Promise.withResolvers<unknown>()
  const settle = (error: unknown, result: unknown) => {
    if (error != null) answer.reject(toFailure(backend, error))
    else if (isNoAnswer(result)) answer.reject(new Malformed(backend, `an answer that is none to ${operation}`))
    else answer.resolve(result)
  }
  Reflect.apply(method, client, [args, settle, { callOptions: opt }])
  return untilAborted(backend, answer.promise, opt.signal)
}

const described = z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown())))

/** The client has functions of its own beside the operations of the WSDL's services and their ports. */
const operationsOf = (client: Client): readonly string[] =>
  Object.values(described.parse(client.describe())).flatMap((ports) => Object.values(ports).flatMap((port) => Object.keys(port)))

/** Of an empty envelope the library gives the envelope. */
const isNoAnswer = (result: unknown) => result === undefined || (typeof result === 'object' && result !== null && 'Body' in result)

const toFailure = (backend: string, error: unknown): Error =>
  error instanceof BackendFailure || error instanceof Cancelled ? error : new Malformed(backend, 'SOAP that can not be read', { cause: error })

const isCallOptions = (value: unknown): value is CallOptions =>
  typeof value === 'object' && value !== null && 'signal' in value && value.signal instanceof AbortSignal

/** Where the library sends: our own wire, so that sizes, deadlines and errors are as everywhere. */
const openTransport = (backend: string, origin: string, http: HttpWire, charset: string): IHttpClient => {
  const exchange = async (target: string, sent: unknown, headers: Readonly<Record<string, string>>, opt: CallOptions) => {
    const { pathname, search, origin: targetOrigin } = new URL(target)
    if (targetOrigin !== origin) throw new Malformed(backend, 'the WSDL names another origin')
    const path = `${pathname}${search}`
    const request = typeof sent === 'string' ? ({ method: 'POST', path, headers, body: sent } as const) : ({ method: 'GET', path } as const)
    const answer = await http.request(request, opt)
    const xml = readAnswer(backend, answer, charset)
    if (typeof sent === 'string' && !/<(?:[\w.-]+:)?Envelope[\s>]/.test(xml)) throw new Malformed(backend, 'an answer that is no SOAP')
    return { status: answer.status, data: xml, headers: {} }
  }
  const request: IHttpClient['request'] = (target, sent, callback, headers, options) => {
    const asked: unknown = options?.['callOptions']
    const opt = isCallOptions(asked) ? asked : { signal: AbortSignal.timeout(wsdlMs) }
    const plain = Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]))
    // What the library itself throws while it reads the answer goes to the caller too.
    void exchange(target, sent, plain, opt)
      .then((response) => void callback(null, response, response.data))
      .catch((error: unknown) => void callback(error))
    // The library waits for the callback; nobody waits for this.
    return new Promise<never>(() => {})
  }
  return { request }
}

/** One text, or one for each language. */
const reasonText = z.array(z.union([z.string(), z.object({ '#text': z.string() }).transform((of) => of['#text'])]))

const fault = z.object({
  faultcode: z.string().optional(),
  faultstring: z.string().optional(),
  Code: z.object({ Value: z.string() }).optional(),
  Reason: z.object({ Text: reasonText }).optional(),
})

const faultEnvelope = z.object({ Envelope: z.object({ Body: z.object({ Fault: fault }) }) })

/** The answer's XML, once it is known to be well-formed, to have no document type and to be no fault. */
const readAnswer = (backend: string, answer: HttpAnswer, charset: string): string => {
  if (answer.status >= 400 && !/xml/i.test(answer.contentType ?? '')) refuseBadStatus(backend, answer)
  const xml = decodeXml(backend, answer, charset)
  checkXml(backend, xml)
  if (/<(?:[\w.-]+:)?Fault[\s/>]/.test(xml)) refuseFault(backend, xml)
  refuseBadStatus(backend, answer)
  return xml
}

const refuseFault = (backend: string, xml: string): void => {
  const parsed = faultEnvelope.safeParse(parseXml(backend, xml, { arrays: ['Text'], bareNames: true }))
  if (parsed.success) throw toFault(backend, parsed.data.Envelope.Body.Fault)
}

/** SOAP 1.1 section 4.4.1 and SOAP 1.2 section 5.4.6: whose fault it is. */
const toFault = (backend: string, { faultcode, faultstring, Code, Reason }: z.infer<typeof fault>): Error => {
  const code = (faultcode ?? Code?.Value ?? 'Server').replace(/^.*:/, '')
  const isClients = /^(Client|Sender|VersionMismatch|MustUnderstand|DataEncodingUnknown)\b/.test(code)
  return isClients ? new SoapRefused(backend, code, faultstring ?? Reason?.Text[0] ?? '') : new Faulted(backend, `fault ${code}`)
}
