import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import { demoBackends } from '../../demo/backends.ts'
import { demoKnowledge, demoRouting } from '../../demo/company/departments.ts'
import { loadConfig } from '../../gateway/config.ts'
import { subgraphModules } from '../../subgraphs/index.ts'
import { runProgram, skipWithout } from '../kit/installed.ts'
import { parseComposeFile, readComposeFile } from './compose-file.ts'
import type { ComposeService } from './compose-file.ts'
import { readStages } from './image.ts'

const configFile = 'deploy/fuseboard.compose.yaml'
const secrets = ['FUSEBOARD_SECRET', 'FUSEBOARD_INTERNAL_SECRET', 'POSTGRES_PASSWORD']
const long = 'a secret of this test, and of nothing else'

const config = loadConfig({ env: { FUSEBOARD_CONFIG: configFile, FUSEBOARD_SECRET: long, FUSEBOARD_INTERNAL_SECRET: long } })
const file = await readComposeFile()
const text = await readFile('docker-compose.yml', 'utf8')

const serviceOf = (name: string): ComposeService => {
  const service = file.services[name]
  assert.ok(service, `there is no service ${name}`)
  return service
}

const ours = Object.entries(file.services).filter(([, { build }]) => build !== undefined)
const share = (one: string, other: string): boolean => serviceOf(one).networks.some((network) => serviceOf(other).networks.includes(network))

/** Where each of our services listens inside of its container. */
const listening: Readonly<Record<string, readonly number[]>> = {
  hub: [config.port, ...(config.operator.port === undefined ? [] : [config.operator.port])],
  ...Object.fromEntries(Object.entries(config.subgraphs).flatMap(([name, { listen }]) => (listen ? [[name, [listen.port]]] : []))),
}

/** The ports of the demo's table, by system. */
const demoPorts = new Map(
  [...(await readFile('demo/README.md', 'utf8')).matchAll(/^\| `([\w-]+)` \| (\d{4}) \|/gm)].map(([, name = '', port = '']) => [name, Number(port)] as const),
)

describe('docker-compose.yml', () => {
  it('has only keys that this test knows, and what hardens a service in each', () => {
    assert.throws(() => parseComposeFile(text.replace('read_only: true', 'read_only: false')), /read_only/)
    assert.throws(() => parseComposeFile(text.replace('mem_limit:', 'memory_limit:')), /memory_limit/)
    assert.throws(() => parseComposeFile(text.replace('cap_drop: [ALL]', 'privileged: true')), /privileged/)
  })

  it('is what Compose itself accepts, and refuses while one of the secrets of .env.example is empty', { skip: skipWithout('docker-compose') }, () => {
    const given = Object.fromEntries(secrets.map((name) => [name, long]))
    const { PATH: path } = process.env
    const check = (env: Readonly<Record<string, string>>) => runProgram('docker-compose', ['--env-file', '.env.example', 'config', '-q'], { PATH: path, ...env })
    const { code, said } = check(given)
    assert.equal(code, 0, said)
    for (const name of secrets) {
      const refused = check({ ...given, [name]: '' })
      assert.notEqual(refused.code, 0, name)
      assert.match(refused.said, /set it in \.env/)
    }
  })

  it('has no secret of its own: each is a variable that .env.example names and leaves empty', async () => {
    const example = await readFile('.env.example', 'utf8')
    const named = new Map([...example.matchAll(/^(?:# )?([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value] as const))
    const asked = [...text.replaceAll(/^\s*#.*$/gm, '').matchAll(/\$\{(\w+)(:[?-])?/g)]
    for (const [, name = '', how] of asked) {
      assert.ok(named.has(name), `${name} is not in .env.example`)
      if (how !== ':-') assert.deepEqual([how, named.get(name)], [':?', ''], name)
    }
    assert.deepEqual([...new Set(asked.filter(([, , how]) => how === ':?').map(([, name]) => name))].toSorted(), secrets.toSorted())
    assert.deepEqual([...named.keys()].filter((name) => !asked.some(([, one]) => one === name)), [])
  })

  it('gives the secret of clients to the hub alone', () => {
    const holders = Object.entries(file.services).filter(([, { environment }]) => 'FUSEBOARD_SECRET' in environment).map(([name]) => name)
    assert.deepEqual(holders, ['hub'])
  })

  it('builds a stage that the Dockerfile has, under the version of package.json', async () => {
    const stages = (await readStages('Dockerfile')).map(({ name }) => name)
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(await readFile('package.json', 'utf8')))
    for (const [name, { image, build }] of ours) {
      assert.equal(build?.context, '.', name)
      assert.ok(stages.includes(build.target), name)
      assert.equal(image, `fuseboard:${version}`, name)
    }
  })

  it('runs scripts that are there, and subgraphs that there are', () => {
    for (const [name, { command }] of ours) {
      const [node, ...words] = command
      const script = words.find((word) => word.endsWith('.ts')) ?? ''
      assert.equal(node, 'node', name)
      assert.ok(existsSync(script), `${name}: there is no ${script}`)
      if (script === 'subgraphs/main.ts') assert.equal(command.at(-1), name)
    }
    const apart = ours.filter(([, { command }]) => command.includes('subgraphs/main.ts')).map(([name]) => name)
    assert.deepEqual(apart.toSorted(), Object.entries(config.subgraphs).filter(([, { url }]) => url !== undefined).map(([name]) => name).toSorted())
    assert.deepEqual(apart.filter((name) => !subgraphModules.some((module) => module.name === name)), [])
  })

  it('mounts what is there, for reading alone, and declares every volume and network that it uses, and no other', () => {
    const mounts = Object.values(file.services).flatMap(({ volumes }) => volumes.map((volume) => volume.split(':')))
    for (const [source = '', , mode] of mounts.filter(([source = '']) => source.startsWith('.'))) {
      assert.ok(existsSync(source), source)
      assert.equal(mode, 'ro', source)
    }
    const named = mounts.map(([source = '']) => source).filter((source) => !source.startsWith('.'))
    assert.deepEqual([...new Set(named)].toSorted(), Object.keys(file.volumes).toSorted())
    const networks = Object.values(file.services).flatMap((service) => service.networks)
    assert.deepEqual([...new Set(networks)].toSorted(), Object.keys(file.networks).toSorted())
  })

  it('puts the configuration where the image looks for it', async () => {
    const env = (await readStages('Dockerfile')).at(-1)?.steps.filter(({ keyword }) => keyword === 'ENV').flatMap(({ args }) => args) ?? []
    const place = env.find((one) => one.startsWith('FUSEBOARD_CONFIG='))?.split('=')[1] ?? ''
    for (const [name, { volumes }] of ours) {
      if (name !== 'demo') assert.ok(volumes.includes(`./${configFile}:${place}:ro`), name)
    }
  })

  it('publishes to this machine alone, and only what is meant for others', () => {
    const published = Object.entries(file.services).flatMap(([name, { ports }]) => ports.map((port) => `${name} ${port}`))
    assert.deepEqual(published, ['hub ${FUSEBOARD_PUBLISH:-127.0.0.1}:4000:4000', 'prometheus ${FUSEBOARD_PUBLISH:-127.0.0.1}:9090:9090'])
    assert.equal(config.port, 4000)
    for (const [name, { networks }] of Object.entries(file.services)) {
      assert.equal(networks.some((network) => file.networks[network]?.internal === false), ['hub', 'prometheus'].includes(name), name)
    }
  })
})

const urlOf = ({ healthcheck }: ComposeService): URL | null => {
  const url = healthcheck.test.find((word) => word.startsWith('http://'))
  return url === undefined ? null : new URL(url)
}

describe('docker-compose.yml and its configuration', () => {
  it('agree on where each process listens, so that its health is asked there', () => {
    for (const [name] of ours) {
      const url = urlOf(serviceOf(name))
      assert.equal(url?.hostname, '127.0.0.1', name)
      const ports = name === 'demo' ? [...demoPorts.values()] : (listening[name] ?? [])
      assert.ok(ports.includes(Number(url.port)), `${name}: ${url.port} is none of ${ports.join(', ')}`)
      if (name !== 'demo') assert.equal(url.pathname, '/readyz')
    }
    assert.equal(Number(urlOf(serviceOf('hub'))?.port), config.operator.port)
  })

  it('have each process listen where other containers reach it', () => {
    const hosts = [config.host, config.operator.host, ...Object.values(config.subgraphs).flatMap(({ listen }) => listen?.host ?? [])]
    assert.deepEqual([...new Set(hosts)], ['0.0.0.0'])
    const { command } = serviceOf('demo')
    assert.equal(command[command.indexOf('--host') + 1], '0.0.0.0')
  })

  it('put the hub and each subgraph onto a network that they share, at the port where it listens', () => {
    for (const [name, { url, listen }] of Object.entries(config.subgraphs)) {
      if (url === undefined) continue
      const { hostname, port, pathname } = new URL(url)
      assert.deepEqual([hostname, Number(port), pathname], [name, listen?.port, '/graphql'])
      assert.ok(share('hub', name), name)
    }
  })

  it('put each backend where its subgraph reaches it, and the hub does not', () => {
    for (const { subgraph, backend } of config.backends) {
      const { hostname } = new URL(backend.url)
      assert.ok(share(subgraph, hostname), backend.name)
      assert.ok(!share('hub', hostname), backend.name)
    }
  })

  it('know the demo company as the demo does', async () => {
    const at = (name: string) => ({ url: `http://demo:${demoPorts.get(name) ?? 0}` })
    const { backends } = z.object({ backends: z.unknown() }).parse(parse(await readFile(configFile, 'utf8')))
    assert.deepEqual(backends, demoBackends({ orders: at('orders'), crm: at('crm'), logistics: at('logistics'), confluence: at('confluence'), yuque: at('yuque'), svn: at('svn') }))
  })

  it('have every process of the hub scraped where its metrics are', async () => {
    const scraped = z.object({ scrape_configs: z.tuple([z.object({ job_name: z.literal('fuseboard'), static_configs: z.tuple([z.object({ targets: z.array(z.string()) })]) })]) })
    const { scrape_configs: [{ static_configs: [{ targets }] }] } = scraped.parse(parse(await readFile('deploy/prometheus/prometheus.yml', 'utf8')))
    const processes = Object.entries(listening).map(([name, ports]) => `${name}:${name === 'hub' ? (config.operator.port ?? 0) : (ports[0] ?? 0)}`)
    assert.deepEqual(targets.toSorted(), processes.toSorted())
    for (const target of targets) assert.ok(share('prometheus', target.split(':')[0] ?? ''), target)
  })

  it('put the database where those reach it that keep something, and nobody else, and tell them alone how', () => {
    const others = Object.keys(file.services).filter((name) => name !== 'postgres')
    assert.deepEqual(others.filter((name) => share(name, 'postgres')), ['hub', 'knowledge'])
    const told = Object.entries(file.services).filter(([, { environment }]) => 'DATABASE_URL' in environment).map(([name]) => name)
    assert.deepEqual(told, ['hub', 'knowledge'])
    const { DATABASE_URL: url } = serviceOf('hub').environment
    assert.equal(url, 'postgresql://fuseboard:${POSTGRES_PASSWORD:?set it in .env}@postgres:5432/fuseboard')
  })

  it('have the departments that the demo company has', () => {
    const place = config.routing.directory ?? ''
    assert.ok(serviceOf('hub').volumes.includes(`./${path.relative(process.cwd(), demoRouting)}:${place}:ro`))
    const { access, groups } = config.knowledge
    assert.deepEqual({ access, groups }, { access: demoKnowledge.access, groups: demoKnowledge.groups })
  })

  it('put the bus where every process of the hub reaches it', () => {
    const { hostname } = new URL(config.bus.url ?? '')
    for (const name of ['hub', ...Object.keys(listening)]) if (name !== 'demo') assert.ok(share(name, hostname), name)
  })
})
