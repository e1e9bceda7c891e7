import { hostname } from 'node:os'
import iconv from 'iconv-lite'
import { z } from 'zod'
import { departmentPattern } from '../subgraphs/departments.ts'
import { isTimeZone } from '../subgraphs/local-time.ts'

/*
 * What `fuseboard.yaml` may say, and what holds where it says nothing. Every map is strict: a key that nobody knows is a
 * mistake. `fuseboard.example.yaml` explains each; a test holds the two together. Messages say what was expected.
 */

const isHttpUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return ['http:', 'https:'].includes(protocol) && username === '' && password === ''
}

/** What a wire of ours connects to: an origin, and for some a path. Users and passwords have places of their own. */
const backendSchemes = ['http:', 'https:', 'grpc:', 'grpcs:', 'mysql:']

const isBackendUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { protocol, hostname: name, username, password } = new URL(text)
  return backendSchemes.includes(protocol) && name !== '' && username === '' && password === ''
}

const isLoopbackName = (name: string): boolean => /^(127\.\d+\.\d+\.\d+|localhost|\[?::1\]?)$/.test(name)
const isLoopbackUrl = (text: string): boolean => isHttpUrl(text) && isLoopbackName(new URL(text).hostname)

/** What comes out of a variable is text; a number or a boolean is read out of it where one is wanted. */
const fromText = (value: unknown): unknown => {
  if (value === 'true' || value === 'false') return value === 'true'
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value
}

const whole = (min: number, max: number) => {
  const expected = `expected a whole number from ${min} to ${max}`
  return z.preprocess(fromText, z.int(expected).min(min, expected).max(max, expected))
}
const shareExpected = 'expected a number from 0 to 1'
const share = z.preprocess(fromText, z.number(shareExpected).min(0, shareExpected).max(1, shareExpected))
const flag = z.preprocess(fromText, z.boolean('expected true or false'))
const text = z.string('expected text')
const oneOf = <const T extends readonly string[]>(words: T) => z.enum(words, `expected one of ${words.join(', ')}`)
const map = <T extends z.core.$ZodShape>(shape: T) => z.strictObject(shape, 'expected a map')

/** A section whose keys may all be left out, or commented out, which leaves a null. */
const section = <T extends z.core.$ZodShape>(shape: T) => z.preprocess((given) => given ?? {}, map(shape)).prefault({})

const hourMs = 3_600_000
const port = whole(0, 65_535)
const host = text.min(1, 'expected a host name or an address')
const url = text.refine(isHttpUrl, 'expected an http or https URL without a user and a password')
const backendUrl = text.refine(isBackendUrl, 'expected an http, https, grpc, grpcs or mysql URL without a user and a password')
const loopbackUrl = text.refine(isLoopbackUrl, 'expected an http URL of a loopback address: the demo never leaves this machine')
const isBusUrl = (value: string): boolean => /^(?:nats|tls):\/\/[^/@\s]+$/.test(value) && URL.canParse(value)
const busUrl = text.refine(isBusUrl, 'expected a URL such as nats://127.0.0.1:4222 without a user and a password')
const isDatabaseUrl = (value: string): boolean => /^postgres(?:ql)?:\/\/./.test(value) && URL.canParse(value)
const databaseUrl = text.refine(isDatabaseUrl, 'expected a URL such as postgresql://user:password@127.0.0.1:5432/fuseboard')
const timeZone = text.refine(isTimeZone, 'expected an IANA time zone such as Asia/Shanghai')
const charset = text.refine((name) => iconv.encodingExists(name), 'expected a charset such as utf-8 or gbk')

/** RFC 9110 sections 5.1 and 5.5: what is anything else can't be sent, least of all a line break out of a variable. */
const headerName = text.regex(/^[\w!#$%&'*+.^`|~-]+$/, 'expected the name of an HTTP header')
const headerValue = text.regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'expected one line of text')

const breaker = section({
  enabled: flag.default(true),
  window: whole(1, 10_000).default(10),
  minimumCalls: whole(1, 10_000).default(5),
  failureRate: whole(1, 99).default(50),
  openMs: whole(1, hourMs).default(1_500),
  probes: whole(1, 10).default(2),
})

const backend = map({
  subgraph: oneOf(['orders', 'crm', 'logistics', 'knowledge']).optional(),
  protocol: text.min(1, 'expected the name of a protocol'),
  url: backendUrl,
  headers: z.record(headerName, headerValue, 'expected a map of headers').default({}),
  timeZone: timeZone.default('UTC'),
  charset: charset.default('utf-8'),
  maxResponseBytes: whole(1_024, 1_073_741_824).default(8_388_608),
  timeoutMs: whole(1, hourMs).default(750),
  concurrency: whole(1, 10_000).default(32),
  queueSize: whole(0, 100_000).default(64),
  queueWaitMs: whole(0, hourMs).default(500),
  retries: whole(0, 5).default(1),
  retryIntervalMs: whole(0, hourMs).default(50),
  retryBudget: share.default(0.1),
  breaker,
  options: z.record(z.string(), z.unknown(), 'expected a map of options').default({}),
}).superRefine(({ breaker: { openMs, window, minimumCalls }, timeoutMs }, mistakes) => {
  const expect = (key: string, message: string) => mistakes.addIssue({ code: 'custom', path: ['breaker', key], message })
  if (openMs <= timeoutMs) {
    expect('openMs', `expected more than timeoutMs (${timeoutMs}), so that no call outlives the time that its fuse is open`)
  }
  if (minimumCalls > window) expect('minimumCalls', `expected at most window (${window}), as the fuse would never trip`)
})

type ParsedBackends = Readonly<Record<string, z.output<typeof backend>>>

/** A backend of one of these names serves the subgraph of that name, and there is one for each. */
const single = ['orders', 'crm', 'logistics'] as const

/** The subgraph that a backend serves; undefined where neither it nor its name says so. */
export const subgraphOf = (name: string, { subgraph }: Pick<z.output<typeof backend>, 'subgraph'>) =>
  subgraph ?? single.find((one) => one === name)

const checkBackends = (backends: ParsedBackends, mistakes: z.RefinementCtx): void => {
  const served = Object.entries(backends).map(([name, one]) => ({ name, subgraph: subgraphOf(name, one) }))
  const expect = (name: string, message: string) => mistakes.addIssue({ code: 'custom', path: [name, 'subgraph'], message })
  for (const [index, { name, subgraph }] of served.entries()) {
    const earlier = served.slice(0, index).find((one) => one.subgraph === subgraph)
    if (subgraph === undefined) expect(name, 'expected one of orders, crm, logistics, knowledge, as the name is none of them')
    else if (earlier && subgraph !== 'knowledge') expect(name, `expected one backend for ${subgraph}, which ${earlier.name} is already`)
  }
}

const backendName = z.string()
  .regex(/^[a-z][\w-]{0,39}$/, 'expected a name of at most 40 letters, digits and dashes that starts in lower case')
const backends = z.preprocess(
  (given) => given ?? {}, z.record(backendName, backend, 'expected a map of backends').superRefine(checkBackends),
).prefault({})

const subgraph = section({ url: url.optional(), listen: map({ host: host.default('127.0.0.1'), port }).optional() })

const reader = text.refine((name) => ['public', 'staff'].includes(name) || departmentPattern.test(name), 'expected a department such as tech/backend, staff or public')
const readers = z.array(reader, 'expected a list of departments, staff or public')
const accessRule = map({ source: text.optional(), place: text.min(1, 'expected a space, a namespace or a folder').optional(), readers })

const secret = text.refine((value) => Buffer.byteLength(value) >= 32, 'expected at least 32 bytes')

const thisMachine = () => hostname().replaceAll(/[^\w.-]/g, '-').slice(0, 63) || 'hub'

const settings = map({
  instance: text.regex(/^[\w.-]{1,63}$/, 'expected at most 63 letters, digits, dots and dashes').default(thisMachine),
  host: host.default('127.0.0.1'),
  port: port.default(4_000),
  operator: section({ port: port.optional(), host: host.default('127.0.0.1') }),
  dataDir: text.min(1, 'expected a directory').default('.data'),
  logLevel: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  auth: section({
    secret: secret.optional(),
    jwks: url.optional(),
    issuer: text.optional(),
    audience: text.min(1, 'expected a name').default('fuseboard'),
  }),
  internal: section({ secret: secret.optional() }),
  executor: oneOf(['compiled', 'apollo']).default('compiled'),
  limits: section({
    bodyBytes: whole(1_024, 104_857_600).default(1_048_576),
    tokens: whole(10, 1_000_000).default(10_000),
    depth: whole(1, 1_000).default(20),
    aliases: whole(0, 100_000).default(100),
    fields: whole(1, 1_000_000).default(1_000),
    rootFields: whole(1, 10_000).default(50),
    budgetMs: whole(1, hourMs).default(10_000),
    introspection: flag.default(true),
  }),
  persistedOperations: section({
    file: text.min(1, 'expected a file').optional(),
    only: z.array(oneOf(['VISITOR', 'AGENT', 'ANALYST', 'ADMIN']), 'expected a list of roles').default([]),
    cacheBytes: whole(0, 1_073_741_824).default(8_388_608),
  }),
  freshness: section({ maxAgeMs: whole(0, hourMs).default(0), staleIfErrorMs: whole(0, 604_800_000).default(600_000) }),
  bus: section({
    url: busUrl.optional(),
    token: text.min(1, 'expected a token').optional(),
    prefix: text.regex(/^[\w-]{1,40}$/, 'expected a word of letters, digits and dashes').default('fuseboard'),
  }),
  database: section({ url: databaseUrl.optional(), maxConnections: whole(1, 1_000).default(10) }),
  sockets: section({
    perAddress: whole(1, 1_000_000).default(10_000),
    subscriptions: whole(1, 100_000).default(100),
    messageBytes: whole(1_024, 104_857_600).default(131_072),
    queuedBytes: whole(1_024, 1_073_741_824).default(1_048_576),
    initMs: whole(1, 600_000).default(5_000),
    pingMs: whole(100, 600_000).default(30_000),
  }),
  chat: section({
    sites: z.array(text.min(1, 'expected the name of a site').max(100, 'expected at most 100 characters'), 'expected a list of sites').default([]),
    visitorTokenHours: whole(1, 8_760).default(720),
    messageLength: whole(1, 100_000).default(10_000),
    presenceGraceMs: whole(0, hourMs).default(10_000),
    queuedEvents: whole(1, 1_000_000).default(1_000),
  }),
  knowledge: section({
    sync: flag.default(true),
    syncSeconds: whole(1, 86_400).default(15),
    sweepMinutes: whole(1, 10_080).default(60),
    access: z.array(accessRule, 'expected a list of rules').default([]),
    groups: z.record(z.string(), readers, 'expected a map of groups').default({}),
    synonyms: text.min(1, 'expected a file').optional(),
  }),
  routing: section({ directory: text.min(1, 'expected a directory').optional() }),
  console: section({ serve: flag.optional(), directory: text.min(1, 'expected a directory').optional() }),
  supergraph: section({ file: text.min(1, 'expected a file').optional() }),
  tracing: section({
    endpoint: url.optional(),
    serviceName: text.min(1, 'expected a name').default('fuseboard'),
    sampleRatio: share.default(1),
  }),
  stale: section({ maxBytes: whole(0, 68_719_476_736).default(67_108_864) }),
  subgraphs: section({ chat: subgraph, directory: subgraph, orders: subgraph, crm: subgraph, logistics: subgraph, knowledge: subgraph, routing: subgraph, status: subgraph }),
  backends,
  demo: map({ controls: z.record(z.string(), loopbackUrl, 'expected a map of URLs').default({}) }).optional(),
})

/** Whoever can set faults must be on this machine, so nothing else may reach a process that has the demo's controls. */
const checkDemo = (config: z.output<typeof settings>, mistakes: z.RefinementCtx): void => {
  if (config.demo === undefined) return
  const listening = Object.entries(config.subgraphs)
    .map(([name, { listen }]) => ({ path: ['subgraphs', name, 'listen', 'host'], at: listen?.host }))
  const doors = [{ path: ['host'], at: config.host }, { path: ['operator', 'host'], at: config.operator.host }, ...listening]
  for (const { path, at } of doors) {
    if (at === undefined || isLoopbackName(at)) continue
    mistakes.addIssue({ code: 'custom', path, message: 'expected a loopback address such as 127.0.0.1 beside demo' })
  }
}

/** Nobody could run anything. */
const checkPersisted = ({ persistedOperations: { file, only } }: z.output<typeof settings>, mistakes: z.RefinementCtx): void => {
  if (only.length === 0 || file !== undefined) return
  mistakes.addIssue({ code: 'custom', path: ['persistedOperations', 'file'], message: 'expected the file of the operations that the roles of `only` may run' })
}

export const configSchema = settings.superRefine(checkDemo).superRefine(checkPersisted)

export type ParsedConfig = z.output<typeof configSchema>
export type SubgraphName = keyof ParsedConfig['subgraphs']
