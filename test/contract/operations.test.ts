import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { startRunningHub } from '../kit/running-hub.ts'
import { firstCellsOf, headingsOf } from './operations-text.ts'

const file = 'docs/operations.md'

/** The names of what `/metrics` exposes, without those that prom-client gives every process of Node.js. */
const exposedMetrics = (text: string): readonly string[] =>
  [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name).filter((name) => !/^(process|nodejs)_/.test(name))

describe('docs/operations.md', () => {
  it('lists every metric that the hub has, and none that it has not', async () => {
    await using hub = await startRunningHub({ transport: 'in-process' })
    const answer = await fetch(new URL('/metrics', hub.url))
    const exposed = exposedMetrics(await answer.text())
    assert.deepEqual((await firstCellsOf(file, 'Metrics')).toSorted(), exposed.toSorted())
  })

  it('lists every metric that an alert looks at', async () => {
    const listed = await firstCellsOf(file, 'Metrics')
    const rules = await readFile('deploy/prometheus/alerts.yml', 'utf8')
    const used = new Set((rules.match(/\bfuseboard_\w+/g) ?? []).map((name) => name.replace(/_(bucket|count|sum)$/, '')))
    assert.deepEqual([...used].filter((name) => !listed.includes(name)), [])
  })

  it('links to what is there', async () => {
    const text = await readFile(file, 'utf8')
    const anchors = await headingsOf(file)
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue
      const [linked = '', anchor] = target.split('#')
      if (linked !== '') assert.ok(existsSync(path.join('docs', linked)), target)
      else assert.ok(anchors.has(anchor ?? ''), target)
    }
  })

  it('names no variable that the configuration does not read', async () => {
    const text = await readFile(file, 'utf8')
    const config = await readFile('gateway/config.ts', 'utf8')
    const compose = await readFile('docker-compose.yml', 'utf8')
    const named = new Set(text.match(/\bFUSEBOARD_[A-Z_]+\b/g))
    assert.deepEqual([...named].filter((name) => !config.includes(name) && !compose.includes(name)), [])
  })
})
