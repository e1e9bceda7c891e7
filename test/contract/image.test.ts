import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { openDockerignore, readStages } from './image.ts'
import type { Stage, Step } from './image.ts'

/** https://docs.docker.com/reference/dockerfile/: those that are used here; another one is to be looked at first. */
const known = ['WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'EXPOSE', 'STOPSIGNAL', 'HEALTHCHECK', 'CMD']

const packageFile = z.object({ scripts: z.record(z.string(), z.string()), dependencies: z.record(z.string(), z.string()) })
const readPackage = async () => packageFile.parse(JSON.parse(await readFile('package.json', 'utf8')))

const stepsOf = async (keyword: string): Promise<readonly Step[]> => {
  const stages = await readStages('Dockerfile')
  return (stages.at(-1)?.steps ?? []).filter((step) => step.keyword === keyword)
}

const isCopiedFromHere = ({ keyword, flags }: Step) => keyword === 'COPY' && flags['from'] === undefined

/** What the image builds itself. */
const isBuilt = (file: string) => file.startsWith('console/dist/')

/** Every file that the builder would find below `place`. */
const filesBelow = async (place: string): Promise<readonly string[]> => {
  if (path.extname(place) !== '' || path.basename(place).startsWith('.')) return [place]
  const entries = await readdir(place, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
}

describe('the image', () => {
  it('is written in instructions that the builder knows', async () => {
    const stages = await readStages('Dockerfile')
    assert.deepEqual(stages.map(({ name }) => name), ['dependencies', 'console', 'runtime'])
    const keywords = stages.flatMap(({ steps }) => steps.map(({ keyword }) => keyword))
    assert.deepEqual(keywords.filter((keyword) => !known.includes(keyword)), [])
  })

  it('copies what is there, and what the builder is given', async () => {
    const reaches = await openDockerignore()
    const stages = await readStages('Dockerfile')
    const sources = stages.flatMap(({ steps }) => steps.filter(isCopiedFromHere).flatMap(({ args }) => args.slice(0, -1)))
    assert.ok(sources.length > 6)
    for (const source of sources) {
      assert.ok(existsSync(source), `there is no ${source}`)
      const files = await filesBelow(source)
      assert.deepEqual(files.filter((file) => !reaches(file) && !isBuilt(file)), [], source)
    }
  })

  it('is given nothing that it does not copy, least of all secrets, data or the history', async () => {
    const reaches = await openDockerignore()
    const kept = ['.env', '.env.example', '.git/config', '.data/secret', 'fuseboard.yaml', 'console/dist/current.json', 'deploy/fuseboard.compose.yaml', 'node_modules/zod/index.js', 'test/kit/fuses.ts']
    assert.deepEqual(kept.filter(reaches), [])
    const stages = await readStages('Dockerfile')
    const sources = stages.flatMap(({ steps }) => steps.filter(isCopiedFromHere).flatMap(({ args }) => args.slice(0, -1)))
    const all = await readdir('.')
    assert.deepEqual(all.filter((entry) => reaches(entry) && !sources.includes(entry)), [])
  })

  it('copies from a stage before it, and all of what that one installed', async () => {
    const stages = await readStages('Dockerfile')
    const copied = (stages.at(-1)?.steps ?? []).filter(({ keyword, flags }) => keyword === 'COPY' && flags['from'] !== undefined)
    assert.deepEqual(copied.map(({ flags, args }) => [flags['from'], ...args]), [
      ['dependencies', '/app/node_modules', './node_modules'],
      ['console', '/app/console/dist', './console/dist'],
    ])
    const install = stages[0]?.steps.find(({ keyword }) => keyword === 'RUN')?.args.join(' ') ?? ''
    assert.match(install, /^npm ci --omit=dev --ignore-scripts && /)
  })

  it('builds the console in a stage of its own, as npm start does, with what only building takes', async () => {
    const { scripts } = await readPackage()
    const steps = (await readStages('Dockerfile')).find(({ name }) => name === 'console')?.steps ?? []
    const runs = steps.filter(({ keyword }) => keyword === 'RUN').map(({ args }) => args.join(' '))
    assert.match(runs[0] ?? '', /^npm ci --ignore-scripts && /)
    assert.equal(runs.at(-1), scripts['start']?.split(' && ')[0])
  })

  it('has the Node.js that package.json names', async () => {
    const { dependencies } = await readPackage()
    const bases = (await readStages('Dockerfile')).map(({ base }: Stage) => base)
    assert.deepEqual([...new Set(bases)], [`node:${dependencies['node'] ?? ''}-bookworm-slim`])
  })

  it('starts the hub as npm start does, without a shell in between', async () => {
    const { scripts } = await readPackage()
    const [command] = await stepsOf('CMD')
    assert.equal(command?.exec?.join(' '), scripts['start']?.split(' && ').at(-1))
    const [signal] = await stepsOf('STOPSIGNAL')
    assert.deepEqual(signal?.args, ['SIGTERM'])
  })

  it('does not run as root, and what runs belongs to root', async () => {
    const steps = (await readStages('Dockerfile')).at(-1)?.steps ?? []
    const users = steps.filter(({ keyword }) => keyword === 'USER').map(({ args }) => args[0])
    assert.deepEqual(users, ['node'])
    const last = steps.findLastIndex(({ keyword }) => keyword === 'COPY')
    assert.ok(steps.findIndex(({ keyword }) => keyword === 'USER') > last)
    assert.deepEqual(steps.filter(({ flags }) => 'chown' in flags), [])
  })

  it('carries no secret in its environment', async () => {
    const stages = await readStages('Dockerfile')
    const variables = stages.flatMap(({ steps }) => steps.filter(({ keyword }) => keyword === 'ENV').flatMap(({ args }) => args))
    assert.deepEqual(variables.map((one) => one.split('=')[0]), ['NODE_ENV', 'FUSEBOARD_CONFIG', 'FUSEBOARD_DATA'])
  })

  it('looks after its own health with what it has', async () => {
    const [check] = await stepsOf('HEALTHCHECK')
    assert.deepEqual(check?.exec, ['node', 'deploy/healthy.ts', 'http://127.0.0.1:4000/readyz'])
    assert.deepEqual(Object.keys(check.flags).toSorted(), ['interval', 'retries', 'start-period', 'timeout'])
  })
})
