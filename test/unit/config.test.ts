import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { text as readAll } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { jwtVerify } from 'jose'
import { parse } from 'yaml'
import { z } from 'zod'
import { knownKeys } from '../../gateway/config-mistakes.ts'
import { ConfigError, loadConfig, parseBackends } from '../../gateway/config.ts'
import type { Config, Env } from '../../gateway/config.ts'
import { loadSecrets } from '../../gateway/secrets.ts'

const root = path.join(import.meta.dirname, '..', '..')
let cwd = ''
before(async () => { cwd = await mkdtemp(path.join(tmpdir(), 'fuseboard-config-')) })
after(() => rm(cwd, { recursive: true, force: true }))

/** What a file of this name and text is read as. */
const load = async (yaml: string | Buffer, env: Env = {}): Promise<Config> => {
  await writeFile(path.join(cwd, 'hub.yaml'), yaml)
  return loadConfig({ env: { FUSEBOARD_CONFIG: 'hub.yaml', ...env }, cwd })
}

const mistakesOf = async (yaml: string | Buffer, env: Env = {}): Promise<readonly string[]> => {
  try {
    await load(yaml, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
  throw new assert.AssertionError({ message: `nothing is found wrong in ${yaml.toString()}` })
}

const oneBackend = (more: string): string => `backends:\n  orders:\n    protocol: rest\n    url: http://a.example\n${more}`
const long = 'x'.repeat(32)

describe('without a configuration', () => {
  test('the demo is what there is to serve, on loopback', () => {
    const { mode, host, port, backends, dataDir } = loadConfig({ env: {}, cwd })
    assert.deepEqual([mode, host, port, backends, dataDir], [{ kind: 'demo' }, '127.0.0.1', 4000, [], path.join(cwd, '.data')])
  })

  test('fuseboard.yaml of the working directory is taken where it is there', async () => {
    const file = path.join(cwd, 'fuseboard.yaml')
    await writeFile(file, 'port: 4010')
    const { mode, port } = loadConfig({ env: { FUSEBOARD_CONFIG: '' }, cwd })
    await rm(file)
    assert.deepEqual([mode, port], [{ kind: 'configured', path: file }, 4010])
  })

  test('a mistake in the environment is told by its variable', () => {
    assert.throws(() => loadConfig({ env: { PORT: 'http' }, cwd }), (error: unknown) => error instanceof ConfigError
      && error.mistakes.join() === 'the environment: PORT: expected a whole number from 0 to 65535; found "http"')
  })
})

describe('a configuration', () => {
  test('is frozen to its last leaf', async () => {
    const config = await load(oneBackend('    options: { a: { b: [1] } }'))
    const thaw = (value: unknown): boolean => typeof value === 'object' && value !== null && (!Object.isFrozen(value) || Object.values(value).some(thaw))
    assert.equal(thaw(config), false)
  })

  test('gives way to the environment', async () => {
    const env = { PORT: '4020', FUSEBOARD_DATA: '/data', FUSEBOARD_INSTANCE: 'b', FUSEBOARD_LOG: 'warn', FUSEBOARD_SECRET: long, FUSEBOARD_INTERNAL_SECRET: `${long}y` }
    const config = await load('port: 1\ninstance: a\ndataDir: d\nauth: { secret: short, issuer: me }\ninternal:', env)
    const { port, dataDir, instance, logLevel, auth, internal } = config
    assert.deepEqual([port, dataDir, instance, logLevel], [4020, '/data', 'b', 'warn'])
    assert.deepEqual([auth, internal], [{ secret: long, issuer: 'me', audience: 'fuseboard' }, { secret: `${long}y` }])
  })

  test('takes tracing from the variables of OpenTelemetry; without them, and without an endpoint, there is none', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SERVICE_NAME: 'support', OTEL_TRACES_SAMPLER_ARG: '0.25' }
    const { tracing } = await load('tracing: { endpoint: "http://a.example", sampleRatio: 1 }', env)
    assert.deepEqual(tracing, { endpoint: 'http://127.0.0.1:4318', serviceName: 'support', sampleRatio: 0.25 })
    assert.deepEqual((await load('tracing:')).tracing, { serviceName: 'fuseboard', sampleRatio: 1 })
    const wrong = await mistakesOf('', { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4317', OTEL_TRACES_SAMPLER_ARG: '2' })
    assert.deepEqual(wrong, [
      'the environment: OTEL_EXPORTER_OTLP_ENDPOINT: expected an http or https URL without a user and a password; found "localhost:4317"',
      'the environment: OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1; found "2"',
    ])
  })

  test('maps a backend to its own settings and those of its fuse', async () => {
    const { backends: [wiki] } = await load('backends: { wiki: { subgraph: knowledge, protocol: confluence, url: "http://w.example", timeoutMs: 700 } }')
    assert.equal(wiki?.subgraph, 'knowledge')
    assert.deepEqual(Object.keys(wiki.backend).toSorted(), ['charset', 'headers', 'maxResponseBytes', 'name', 'options', 'protocol', 'timeZone', 'url'])
    assert.deepEqual([wiki.backend.name, wiki.fuse.timeoutMs, wiki.fuse.breaker.enabled], ['wiki', 700, true])
    assert.deepEqual(parseBackends({ wiki: { subgraph: 'knowledge', protocol: 'confluence', url: 'http://w.example', timeoutMs: 700 } }), [wiki])
  })

  for (const nothing of ['', '# nothing', 'auth:\nlimits:\nbackends:\n']) {
    test(`that says nothing (${JSON.stringify(nothing)}) has every default`, async () => {
      const { mode: _, ...config } = await load(nothing)
      const { mode: __, ...defaults } = loadConfig({ env: {}, cwd })
      assert.deepEqual(config, defaults)
    })
  }
})

describe('a variable', () => {
  const headerOf = async (value: string, env: Env): Promise<unknown> =>
    (await load(oneBackend(`    headers: { x: ${JSON.stringify(value)} }`), env)).backends[0]?.backend.headers['x']

  test('is put into text, more than once', async () => assert.equal(await headerOf('${A}-${B}', { A: 'a', B: 'b' }), 'a-b'))
  test('that is unset or empty gives its default', async () => assert.equal(await headerOf('${A:-x y}${B:-z}', { B: '' }), 'x yz'))
  test('that is empty is empty where it has no default', async () => assert.equal(await headerOf('a${A}', { A: '' }), 'a'))
  test('is not one behind a second dollar', async () => assert.equal(await headerOf('$${A} $A', { A: 'a' }), '${A} $A'))
  test('brings neither YAML nor variables of its own', async () => assert.equal(await headerOf('${A}', { A: '{a: "${B}"} # !!' }), '{a: "${B}"} # !!'))
  test('of digits stays text where text is wanted', async () => assert.equal(await headerOf('${A}', { A: '00123456789012345678901' }), '00123456789012345678901'))
  test('is read as a number or a boolean where one is wanted', async () => {
    const { port, limits } = await load('port: ${P}\nlimits: { introspection: "${I}" }', { P: '4077', I: 'false' })
    assert.deepEqual([port, limits.introspection], [4077, false])
  })
  test('in a key or a comment is none', async () => {
    const mistakes = await mistakesOf('# ${NOBODY}\n"${NOBODY}": 1')
    assert.match(mistakes.join(), /found "\$\{NOBODY\}"$/)
  })
})

type Case = readonly [what: string, yaml: string | Buffer, expected: readonly string[], env?: Env]

const cases: readonly Case[] = [
  ['a variable that is not set', 'port: 1\nhost: ${NOBODY}', ['hub.yaml:2:7: expected the variable NOBODY to be set; found it unset']],
  ['a variable that is none', 'host: a${B:c}', ['hub.yaml:1:7: expected ${NAME} or ${NAME:-default}, or $${ for a plain ${; found another ${']],
  ['a variable without an end', 'host: a${B', ['hub.yaml:1:7: expected ${NAME} or ${NAME:-default}, or $${ for a plain ${; found another ${']],
  ['a near name', oneBackend('    timeoutMS: 5'), ['hub.yaml:5:5: backends.orders.timeoutMS: expected a known key; found "timeoutMS": did you mean timeoutMs?']],
  ['a far name', 'freshness: { soon: 1 }', ['hub.yaml:1:14: freshness.soon: expected one of maxAgeMs, staleIfErrorMs; found "soon"']],
  ['a wrong type', oneBackend('    timeoutMs: soon'), ['hub.yaml:5:16: backends.orders.timeoutMs: expected a whole number from 1 to 3600000; found "soon"']],
  ['a fraction', 'port: 1.5', ['hub.yaml:1:7: port: expected a whole number from 0 to 65535; found 1.5']],
  ['too large', 'port: 65536', ['hub.yaml:1:7: port: expected a whole number from 0 to 65535; found 65536']],
  ['a wrong word', 'logLevel: loud', ['hub.yaml:1:11: logLevel: expected one of trace, debug, info, warn, error, fatal, silent; found "loud"']],
  ['a missing key', 'backends:\n  orders: { protocol: rest }', ['hub.yaml:2:3: backends.orders.url: expected text; found nothing']],
  ['text for a map', 'limits: 5', ['hub.yaml:1:9: limits: expected a map; found a number']],
  ['a list as a whole', '[1]', ['hub.yaml: expected a map; found a list']],
  ['another protocol', oneBackend('').replace('http:', 'ftp:'), [
    'hub.yaml:4:10: backends.orders.url: expected an http, https, grpc, grpcs or mysql URL without a user and a password; found "ftp://a.example"']],
  ['a zone that nobody knows', oneBackend('    timeZone: Asia/Shangai'), [
    'hub.yaml:5:15: backends.orders.timeZone: expected an IANA time zone such as Asia/Shanghai; found "Asia/Shangai"']],
  ['an offset for a zone', oneBackend('    timeZone: "+08:00"'), [
    'hub.yaml:5:15: backends.orders.timeZone: expected an IANA time zone such as Asia/Shanghai; found "+08:00"']],
  ['a charset that nobody knows', oneBackend('    charset: gbx'), ['hub.yaml:5:14: backends.orders.charset: expected a charset such as utf-8 or gbk; found "gbx"']],
  ['a fuse that closes before its calls end', oneBackend('    timeoutMs: 2000'), [
    'hub.yaml:2:3: backends.orders.breaker.openMs: expected more than timeoutMs (2000), so that no call outlives the time that its fuse is open; found nothing']],
  ['a fuse that never trips', oneBackend('    breaker: { window: 3, minimumCalls: 4 }'), [
    'hub.yaml:5:41: backends.orders.breaker.minimumCalls: expected at most window (3), as the fuse would never trip; found 4']],
  ['a backend that serves nothing', 'backends: { wiki: { protocol: rest, url: "http://a.example" } }', [
    'hub.yaml:1:13: backends.wiki.subgraph: expected one of orders, crm, logistics, knowledge, as the name is none of them; found nothing']],
  ['two backends for one subgraph', `${oneBackend('')}\n  old: { subgraph: orders, protocol: rest, url: "http://b.example" }`, [
    'hub.yaml:6:20: backends.old.subgraph: expected one backend for orders, which orders is already; found "orders"']],
  ['a name of capitals', 'backends: { CRM: { protocol: rest, url: "http://a.example" } }', [
    'hub.yaml:1:13: backends.CRM: expected a name of at most 40 letters, digits and dashes that starts in lower case; found "CRM"']],
  ['the demo behind a public address', 'host: 0.0.0.0\ndemo: { controls: { crm: "http://10.0.0.1/" } }', [
    'hub.yaml:2:26: demo.controls.crm: expected an http URL of a loopback address: the demo never leaves this machine; found "http://10.0.0.1/"',
    'hub.yaml:1:7: host: expected a loopback address such as 127.0.0.1 beside demo; found "0.0.0.0"']],
  ['a door of the demo to others', 'host: 0.0.0.0\ndemo: { controls: {} }', ['hub.yaml:1:7: host: expected a loopback address such as 127.0.0.1 beside demo; found "0.0.0.0"']],
  ['several mistakes', 'port: -1\nhosts: a', ['hub.yaml:1:7: port: expected a whole number from 0 to 65535; found -1', 'hub.yaml:2:1: hosts: expected a known key; found "hosts": did you mean host?']],
  ['what is no YAML', 'a: [1', ['hub.yaml:1:6: expected YAML; found: Flow sequence in block collection must be sufficiently indented and end with a ]']],
  ['a key said twice', 'port: 1\nport: 2', ['hub.yaml:2:1: expected YAML; found: Map keys must be unique']],
  ['an anchor that nobody set', 'host: *other', ['hub.yaml:1:7: expected the name of an anchor; found one that nobody set']],
  ['bytes that are no UTF-8', Buffer.from('host: caf\xe9', 'latin1'), ['hub.yaml: expected a file of YAML in UTF-8; found bytes that are not UTF-8']],
]

describe('a mistake ends the start and is told in one line:', () => {
  for (const [what, yaml, expected, env] of cases) {
    test(what, async () => assert.deepEqual(await mistakesOf(yaml, env), expected))
  }

  test('a named file that is missing, or a directory', () => {
    const of = (name: string) => () => loadConfig({ env: { FUSEBOARD_CONFIG: name }, cwd })
    const message = (found: string) => (error: unknown) => error instanceof ConfigError && error.mistakes.join().endsWith(`: expected a file of YAML in UTF-8; found ${found}`)
    assert.throws(of('nowhere.yaml'), message('none there'))
    assert.throws(of('/'), message('a directory'))
  })

  const laughs = ['a0: &a0 [x]', ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join()}]`)].join('\n')
  test('a billion laughs', async () => assert.deepEqual(await mistakesOf(laughs), ['hub.yaml: expected a configuration; found aliases that grow without end']))
})

describe('a secret is not repeated', () => {
  const hidden = 'hunter2'
  const leaks: Readonly<Record<string, string>> = {
    'that is short': `auth: { secret: ${hidden} }`,
    'of the hub itself': `internal: { secret: ${hidden} }`,
    'where its map was to be': `auth: ${hidden}`,
    'in a map where a number was to be': `port: { secret: ${hidden} }`,
    'for the whole file': hidden,
    'in a header that can not be sent': oneBackend(`    headers: { authorization: "${hidden}\\n" }`),
    'in a URL': oneBackend('').replace('http://', `http://me:${hidden}@`),
    'in the query of a URL': oneBackend('').replace('http://a.example', `ftp://a.example/?key=${hidden}`),
    'out of a variable': 'host: ok\nport: ${A}',
    'that begins like an alias': `auth: { secret: *${hidden} }`,
    'in broken YAML': `auth: "${hidden}" ${hidden}\n  ${hidden}`,
  }
  for (const [what, yaml] of Object.entries(leaks)) {
    test(what, async () => {
      const mistakes = await mistakesOf(yaml, { A: hidden })
      assert.ok(mistakes.length > 0)
      assert.doesNotMatch(mistakes.join('\n'), new RegExp(hidden))
    })
  }

  test('and limits.tokens is none', async () => assert.match((await mistakesOf('limits: { tokens: few }')).join(), /found "few"$/))
})

describe('fuseboard.example.yaml', () => {
  const file = path.join(root, 'fuseboard.example.yaml')

  test('says what holds where nothing is said', () => {
    const { mode: _, backends, ...config } = loadConfig({ env: { FUSEBOARD_CONFIG: file }, cwd })
    const { mode: __, backends: ___, ...defaults } = loadConfig({ env: {}, cwd })
    assert.deepEqual(config, defaults)
    const [orders] = backends
    assert.deepEqual(parseBackends({ orders: { protocol: orders?.backend.protocol, url: orders?.backend.url } }), [orders])
    assert.deepEqual(backends.map(({ backend }) => backend.name), ['orders', 'crm', 'logistics', 'confluence'])
  })

  test('has every key, those without a default in a comment', async () => {
    const yaml = await readFile(file, 'utf8')
    const missing = (where: readonly string[], value: unknown): readonly string[] => knownKeys(where).flatMap((key) => {
      const inner = z.record(z.string(), z.unknown()).safeParse(value).data?.[key]
      if (inner !== undefined) return missing([...where, key], inner)
      return new RegExp(`^ *# *${key}:`, 'm').test(yaml) ? [] : [[...where, key].join('.')]
    })
    const parsed = z.looseObject({ backends: z.looseObject({ orders: z.unknown() }) }).parse(parse(yaml))
    const { orders } = parsed.backends
    assert.deepEqual([...missing([], parsed), ...missing(['backends', 'orders'], orders)], [])
  })
})

describe('secrets', () => {
  const at = (dataDir: string, env: Env = {}): Config => loadConfig({ env: { FUSEBOARD_DATA: dataDir, ...env }, cwd })

  test('are made once, for nobody else to read, and kept', async () => {
    const config = at('made')
    const made = await loadSecrets(config)
    const modes = await Promise.all(['secret', 'internal-secret'].map(async (name) => (await stat(path.join(config.dataDir, name))).mode & 0o777))
    assert.deepEqual(modes, [0o600, 0o600])
    assert.equal(Buffer.from(made.secret, 'base64url').length, 32)
    assert.notEqual(made.secret, made.internal)
    assert.deepEqual(await loadSecrets(config), made)
  })

  test('of the environment are taken, and nothing is made', async () => {
    const config = at('given', { FUSEBOARD_SECRET: long, FUSEBOARD_INTERNAL_SECRET: `${long}y` })
    assert.deepEqual(await loadSecrets(config), { secret: long, internal: `${long}y` })
    await assert.rejects(stat(config.dataDir), { code: 'ENOENT' })
  })

  test('are counted in bytes', async () => assert.deepEqual((await load(`auth: { secret: ${'密'.repeat(11)} }`)).auth.secret, '密'.repeat(11)))

  test('that were cut short are refused', async () => {
    const config = at('short')
    await loadSecrets(config)
    await writeFile(path.join(config.dataDir, 'secret'), 'cut')
    await assert.rejects(loadSecrets(config), /expected a secret of at least 32 bytes; found a shorter one/)
  })

  test('are the same for processes that start at once', async () => {
    const script = `const { loadConfig } = await import('./gateway/config.ts'); const { loadSecrets } = await import('./gateway/secrets.ts')
      process.stdout.write('ready\\n'); process.stdin.once('data', async () => { process.stdout.write(JSON.stringify(await loadSecrets(loadConfig()))); process.exit() })`
    const dataDir = path.join(cwd, 'raced')
    const env = { PATH: process.env['PATH'], FUSEBOARD_DATA: dataDir }
    const racers = Array.from({ length: 4 }, () => spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: root, env, stdio: ['pipe', 'pipe', 'inherit'] }))
    await Promise.all(racers.map(({ stdout }) => once(stdout, 'data')))
    const answers = racers.map(({ stdout }) => readAll(stdout))
    for (const { stdin } of racers) stdin.write('go\n')
    const told = await Promise.all(answers)
    assert.equal(new Set(told).size, 1)
    assert.match(told.join(), /"internal":"[\w-]{43}"/)
    assert.deepEqual((await readdir(dataDir)).toSorted(), ['internal-secret', 'secret'])
  })
})

describe('npm run token', () => {
  const run = (...args: string[]) => promisify(execFile)(process.execPath, ['gateway/token.ts', ...args], { cwd: root, env: { FUSEBOARD_SECRET: long, FUSEBOARD_DATA: cwd } })

  test('prints a token with what was asked for, and nothing else', async () => {
    const { stdout, stderr } = await run('--role', 'agent', '--name', 'agent-1', '--departments', 'tech/backend, sales', '--ttl', '30m')
    const { payload, protectedHeader } = await jwtVerify(stdout.trimEnd(), new TextEncoder().encode(long), { audience: 'fuseboard' })
    assert.equal(protectedHeader.alg, 'HS256')
    const { iat = 0, exp = 0, ...claims } = payload
    assert.deepEqual(claims, { role: 'agent', name: 'agent-1', sub: 'agent-1', departments: ['tech/backend', 'sales'], aud: 'fuseboard' })
    assert.deepEqual([exp - iat, stderr, stdout.split('\n').length], [1800, '', 2])
  })

  for (const args of [['--role', 'boss', '--name', 'a'], ['--role', 'agent'], ['--role', 'agent', '--name', 'a', '--ttl', '0h'], ['--rolle', 'agent']]) {
    test(`${args.join(' ')} is a mistake, told on standard error with exit 2`, () => assert.rejects(run(...args), (error: unknown) => {
      const { code, stdout, stderr } = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() }).parse(error)
      return code === 2 && stdout === '' && stderr.includes('usage: npm run --silent token')
    }))
  }
})
